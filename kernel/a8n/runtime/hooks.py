"""Which webhook belongs to which workflow: a table in memory, because every request asks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from a8n.plan import Plan
from a8n.trigger import Route, WebhookTrigger

PARAMETER = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Hook:
    """One live webhook trigger, ready to run."""

    workflow_id: str
    project_id: str
    workflow_name: str
    version: int
    node: str
    """Id of the trigger node."""
    trigger: WebhookTrigger | None
    """None where the trigger uses credentials: it is then bound for each request."""
    route: Route
    plan: Plan
    listening: bool = False
    """A draft that somebody watches in the editor: requests are captured."""
    replies: bool = False
    """Its items may be replies that steps wait for."""


class Found(NamedTuple):
    """A hook and the values of its path parameters."""

    hook: Hook
    params: Mapping[str, str]


class Hooks:
    """Finds the hook of a request. Literal paths cost one look-up; paths with parameters a scan of their length."""

    def __init__(self) -> None:
        self._by_workflow: dict[str, list[Hook]] = {}
        self._broken: dict[str, Sequence[Route]] = {}
        self._literal: dict[tuple[str, str], Hook] = {}
        self._patterns: dict[int, list[tuple[str, list[str], Hook]]] = {}

    def put(self, workflow_id: str, hooks: list[Hook], broken: Sequence[Route] = ()) -> None:
        """Make these the live hooks of a workflow, in place of those it had; `broken` are routes that it would
        listen to if it could run."""
        if broken:
            self._broken[workflow_id] = broken
        else:
            self._broken.pop(workflow_id, None)
        if hooks:
            self._by_workflow[workflow_id] = hooks
        else:
            self._by_workflow.pop(workflow_id, None)
        self._rebuild()

    def find(self, method: str, path: str) -> Found | None:
        """The hook for a request; literal paths come before those with parameters."""
        hook = self._literal.get((method, path))
        if hook is not None:
            return Found(hook, {})
        parts = path.split("/")
        for wanted, pattern, candidate in self._patterns.get(len(parts), ()):
            if wanted == method:
                params = _match(pattern, parts)
                if params is not None:
                    return Found(candidate, params)
        return None

    def broken(self, method: str, path: str) -> bool:
        """Whether a workflow that cannot run would listen here."""
        parts = path.split("/")
        for routes in self._broken.values():
            for route in routes:
                pattern = route.path.split("/")
                if method in route.methods and len(pattern) == len(parts) and _match(pattern, parts) is not None:
                    return True
        return False

    def methods(self, path: str) -> list[str]:
        """The methods that some hook takes at a path: for 405 and CORS."""
        known = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
        return [method for method in known if self.find(method, path) is not None]

    def __iter__(self) -> Iterator[Hook]:
        return (hook for hooks in self._by_workflow.values() for hook in hooks)

    def _rebuild(self) -> None:
        """Published hooks first; a draft that is listened to covers those of its own workflow, never another's."""
        held: dict[tuple[str, str], Hook] = {}
        for hook in sorted(self, key=lambda hook: hook.listening):
            for method in hook.route.methods:
                place = (method, shape(hook.route.path))
                holder = held.get(place)
                if holder is None or (hook.listening and holder.workflow_id == hook.workflow_id):
                    held[place] = hook
        self._literal = {}
        self._patterns = {}
        for (method, path), hook in held.items():
            if "{}" in path:
                parts = hook.route.path.split("/")
                self._patterns.setdefault(len(parts), []).append((method, parts, hook))
            else:
                self._literal[method, path] = hook


def shape(path: str) -> str:
    """The path with every parameter as `{}`: two webhooks of one shape and method would clash."""
    return PARAMETER.sub("{}", path)


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, part in zip(pattern, parts, strict=True):
        name = PARAMETER.fullmatch(wanted)
        if name is not None and part:
            params[name.group(1)] = part
        elif wanted != part:
            return None
    return params
