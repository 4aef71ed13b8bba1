"""What an expression can see: the roots, and the marker for the few live objects among the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar, overload

EXPOSED: Final = "__a8n_exposed__"

ROOTS: Final[dict[str, str]] = {
    "json": "The JSON object of the current item.",
    "item": "The current item: `item.json`, `item.files`, `item.index`.",
    "items": "The list of all items that came into this step.",
    "node": 'The output of another node: `node("Name").json`, `.item`, `.items`, `.first`, `.last`.',
    "trigger": "The item that started the execution.",
    "execution": "This execution: `execution.id`, `execution.mode`, `execution.started_at`.",
    "workflow": "This workflow: `workflow.id`, `workflow.name`.",
    "vars": "The variables of the project.",
    "now": "This moment, in the workflow's time zone.",
    "today": "Today's date in the workflow's time zone.",
}
"""Name of each root to one line of documentation. A scope may know more; those are looked up when
evaluated."""


class Scope(Protocol):
    """What the engine hands to `Expression.evaluate`, one per item."""

    @property
    def json(self) -> Any:
        """The JSON object of the current item. Best a plain attribute: nearly every expression reads it."""

    def lookup(self, name: str) -> Any:
        """The root called `name`: JSON data, a date or datetime (zone-aware), or something marked `exposed`.

        Raises KeyError if there is no such root.
        """


T = TypeVar("T", bound=Callable[..., Any])


@overload
def exposed(target: T, /) -> T: ...


@overload
def exposed(*names: str) -> Callable[[T], T]: ...


def exposed(*names: Any) -> Any:
    """Mark what expressions may reach besides JSON data.

    `@exposed` on a function or method lets expressions call it with JSON arguments.
    `@exposed("item", "first")` on a class lets them read those attributes (and call those methods) of its
    instances, and nothing else; add `"__getitem__"` to allow `view[0]`. What such an attribute gives must
    again be JSON data or be marked.
    """
    if len(names) == 1 and callable(names[0]):
        return _mark_function(names[0])

    def mark(target: T) -> T:
        if not isinstance(target, type):
            return _mark_function(target)
        private = [name for name in names if name.startswith("_") and name != "__getitem__"]
        if private or not names:
            raise TypeError(f"name the public attributes of {target.__name__} to expose, not {private or 'nothing'}")
        setattr(target, EXPOSED, frozenset(names))
        return target

    return mark


def _mark_function(function: T) -> T:
    setattr(function, EXPOSED, True)
    return function
