"""What expressions see: the current item, its neighbours, earlier nodes, and facts about the execution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from a8n.expressions import exposed
from a8n.items import JSON, Item
from a8n.scheduler import Key

if TYPE_CHECKING:
    from a8n.execution import Execution


@exposed("item", "items", "first", "last", "json")
class NodeView:
    """`node("Name")`: the output of an earlier node."""

    def __init__(self, name: str, items: Sequence[Item], matched: Callable[[], Item | None]):
        self._name = name
        self._items = items
        self._matched = matched

    @property
    def item(self) -> JSON:
        """The item that the current one was made from, by lineage."""
        matched = self._matched()
        if matched is None:
            raise LookupError(
                f"node({self._name!r}).item: no lineage leads from the current item to one of that node; "
                "use .first, .last or .items"
            )
        return matched.as_data()

    @property
    def json(self) -> JSON:
        """Short for `.item.json`."""
        return self.item["json"]

    @property
    def items(self) -> list[JSON]:
        """All items, each with `json` and `files`."""
        return [item.as_data() for item in self._items]

    @property
    def first(self) -> JSON:
        """The first item."""
        if not self._items:
            raise LookupError(f"node({self._name!r}) gave no items")
        return self._items[0].as_data()

    @property
    def last(self) -> JSON:
        """The last item."""
        if not self._items:
            raise LookupError(f"node({self._name!r}) gave no items")
        return self._items[-1].as_data()


class StepScope:
    """The scope of one step. `at` moves it to an item; expressions are evaluated before `run` is awaited."""

    __slots__ = ("_everything", "_execution", "_index", "_item", "_items", "_step", "json")

    def __init__(self, execution: Execution, step: Key, items: Sequence[Item]):
        self._execution = execution
        self._step = step
        self._items = items
        self._everything: list[JSON] | None = None
        self.at(0)

    def at(self, index: int) -> None:
        """Make the item with this index the current one."""
        self._index = index
        self._item = self._items[index] if self._items else _EMPTY
        self.json = self._item.json

    def lookup(self, name: str) -> Any:
        """The value of a root name. Raises KeyError when there is none."""
        return _ROOTS[name](self)

    @exposed
    def node(self, name: str) -> NodeView:
        """The view of an earlier node."""
        return self._execution.view(name, self._step, self._index)

    @property
    def _data(self) -> list[JSON]:
        """All items as data, made once for the step."""
        if self._everything is None:
            self._everything = [item.as_data() for item in self._items]
        return self._everything

    @property
    def _now(self) -> datetime:
        return datetime.now(ZoneInfo(self._execution.info.timezone))


def _node(scope: StepScope) -> Any:
    return scope.node


_EMPTY = Item({})
_ROOTS: Mapping[str, Any] = {
    "json": lambda scope: scope.json,
    "item": lambda scope: scope._item.as_data(),
    "items": lambda scope: scope._data,
    "node": _node,
    "trigger": lambda scope: scope._execution.trigger_item.as_data(),
    "execution": lambda scope: scope._execution.facts,
    "workflow": lambda scope: scope._execution.workflow_facts,
    "vars": lambda scope: scope._execution.services.vars,
    "now": lambda scope: scope._now,
    "today": lambda scope: scope._now.date(),
}
