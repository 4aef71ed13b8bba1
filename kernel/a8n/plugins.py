"""Finding plugins, guarding the kernel against the broken ones, and reporting on all. Alone touches pluggy."""

from __future__ import annotations

import importlib.metadata
import json
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from a8n import hookspecs
from a8n.credential import Credential
from a8n.errors import A8nError
from a8n.events import Event
from a8n.node import BatchNode, Node, Step
from a8n.trigger import Trigger

GROUP = "a8n"
"""The entry-point group that distributions declare their plugins in."""


@dataclass(slots=True)
class PluginReport:
    """What became of one plugin; the CLI, the API and the builder show it."""

    name: str
    distribution: str = ""
    version: str = ""
    module: str = ""
    doc: str = ""
    error: str | None = None
    """Why it was left out, in one sentence; None for a healthy plugin."""
    details: str = ""
    """The traceback, for the operator."""
    nodes: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    folder: Path | None = None
    """Where its files (icons) lie."""

    @property
    def healthy(self) -> bool:
        """True when all it registers is in use."""
        return self.error is None


@dataclass(slots=True)
class Registry:
    """Everything that healthy plugins registered, by key, and who registered it."""

    nodes: dict[str, type[Node] | type[BatchNode]] = field(default_factory=dict)
    triggers: dict[str, type[Trigger]] = field(default_factory=dict)
    credentials: dict[str, type[Credential]] = field(default_factory=dict)
    owner: dict[str, PluginReport] = field(default_factory=dict)

    def step(self, key: str) -> type[Step] | None:
        """The node or trigger class of a key."""
        return self.nodes.get(key) or self.triggers.get(key)


class PluginError(Exception):
    """A plugin that cannot be used; its message is for the report."""


class PluginManager:
    """Loads plugins so that one that fails to import or to validate is reported and left out."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.registry = Registry()
        self.reports: list[PluginReport] = []
        self._observed = False

    def discover(self, lock: Path | None = None) -> None:
        """Load every entry point of the group, in order of name; only what `lock` lists where one is given.

        The bundled ones come first, so that no other plugin can take the key of one of their nodes.

        The lock is a JSON object that maps distribution names to versions. Nothing outside it is imported.
        Raises A8nError for a lock that cannot be read: nothing is loaded on a guess.
        """
        pinned = _pinned(lock) if lock is not None else None
        for point in sorted(importlib.metadata.entry_points(group=GROUP), key=_turn):
            report = PluginReport(name=point.name, module=point.value)
            if point.dist is not None:
                report.distribution, report.version = point.dist.name, point.dist.version
            if pinned is not None and pinned.get(report.distribution) != report.version:
                report.error = f"{report.distribution} {report.version} is not in {lock}"
                self.reports.append(report)
                continue
            self._guarded(report, point)

    def load(self, plugins: Iterable[object]) -> None:
        """Load modules or objects that were imported already."""
        for plugin in plugins:
            name = getattr(plugin, "__name__", type(plugin).__name__)
            self._guarded(PluginReport(name=name.removeprefix("a8n_"), module=name), plugin)

    def emit(self, event: Event) -> None:
        """Tell every observer. One that raises is reported and not asked again."""
        for implementation in self._manager.hook.on_event.get_hookimpls():
            try:
                implementation.function(event)
            except Exception as error:
                self._manager.unregister(implementation.plugin)
                self._observed = bool(self._manager.hook.on_event.get_hookimpls())
                for report in self.reports:
                    if report.name == implementation.plugin_name:
                        report.error = f"on_event raised {type(error).__name__}: {error}"

    @property
    def observed(self) -> bool:
        """True when some plugin listens to events."""
        return self._observed

    def _guarded(self, report: PluginReport, source: Any) -> None:
        self.reports.append(report)
        try:
            plugin = source.load() if isinstance(source, importlib.metadata.EntryPoint) else source
            self._register(report, plugin)
        except PluginError as error:
            report.error = str(error)
        except BaseException as error:  # a plugin that calls sys.exit at import must not stop the web or a worker
            if isinstance(error, KeyboardInterrupt):
                raise
            report.error = f"{type(error).__name__}: {error}"
            report.details = traceback.format_exc(limit=-6)

    def _register(self, report: PluginReport, plugin: Any) -> None:
        report.doc = (getattr(plugin, "__doc__", "") or "").strip()
        if isinstance(plugin, ModuleType) and plugin.__file__:
            report.folder = Path(plugin.__file__).parent
        self._check_hooks(plugin)
        nodes = _called(plugin, "register_nodes")
        triggers = _called(plugin, "register_triggers")
        credentials = _called(plugin, "register_credentials")
        for kind, base, classes in (
            ("node", (Node, BatchNode), nodes),
            ("trigger", (Trigger,), triggers),
            ("credential", (Credential,), credentials),
        ):
            for cls in classes:
                _check_class(kind, base, cls)
                self._check_key(kind, cls.key)
        self._manager.register(plugin, name=report.name)
        self._observed = bool(self._manager.hook.on_event.get_hookimpls())
        self.registry.nodes.update({cls.key: cls for cls in nodes})
        self.registry.triggers.update({cls.key: cls for cls in triggers})
        self.registry.credentials.update({cls.key: cls for cls in credentials})
        self.registry.owner.update({cls.key: report for cls in (*nodes, *triggers)})
        self.registry.owner.update({f"credential:{cls.key}": report for cls in credentials})
        report.nodes = sorted(cls.key for cls in nodes)
        report.triggers = sorted(cls.key for cls in triggers)
        report.credentials = sorted(cls.key for cls in credentials)

    def _check_hooks(self, plugin: object) -> None:
        for name in dir(plugin):
            if getattr(getattr(plugin, name, None), f"{GROUP}_impl", None) is None:
                continue
            if not hasattr(hookspecs, name):
                raise PluginError(f"there is no hook named {name}")

    def _check_key(self, kind: str, key: str) -> None:
        table = self.registry.credentials if kind == "credential" else {**self.registry.nodes, **self.registry.triggers}
        if key in table:
            owner = self.registry.owner[f"credential:{key}" if kind == "credential" else key]
            raise PluginError(f"the {kind} key {key!r} is taken by the plugin {owner.name!r}")


def _pinned(lock: Path) -> dict[str, str]:
    try:
        pinned = json.loads(lock.read_bytes())
    except OSError as error:
        raise A8nError(f"{lock} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise A8nError(f"{lock} is not JSON: {error}") from error
    if not isinstance(pinned, dict) or not all(isinstance(version, str) for version in pinned.values()):
        raise A8nError(f'{lock} has to map distributions to versions, such as {{"a8n": "0.1.0"}}')
    return pinned


def _turn(point: importlib.metadata.EntryPoint) -> tuple[bool, str]:
    return (point.dist is None or point.dist.name != "a8n", point.name)


def _called(plugin: Any, hook: str) -> Sequence[Any]:
    function = getattr(plugin, hook, None)
    if function is None:
        return ()
    classes = function()
    if not isinstance(classes, list | tuple):
        raise PluginError(f"{hook} must return a list of classes, not {type(classes).__name__}")
    if len({getattr(cls, "key", None) for cls in classes}) != len(classes):
        raise PluginError(f"{hook} returns two classes with one key")
    return classes


def _check_class(kind: str, bases: tuple[type, ...], cls: Any) -> None:
    if not isinstance(cls, type) or not issubclass(cls, bases):
        raise PluginError(f"{cls!r} is not a {kind} class")
    if not cls.key:  # type: ignore[attr-defined]
        raise PluginError(f"{cls.__name__} has no key")
    if not (cls.__doc__ or "").strip():
        raise PluginError(f"{cls.__name__} has no docstring: it is the text in the catalogue")
