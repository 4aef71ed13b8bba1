"""What expressions see: the current item, its neighbours, earlier nodes, and facts about the execution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from a8n.expressions import exposed
from a8n.items import JSON, Item
from a8n.past import Layout, Past
from a8n.scheduler import Key
from a8n.services import ExecutionInfo, Services


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


class Surroundings:
    """What the steps of one execution see around them."""

    def __init__(self, plan: Layout, past: Past, info: ExecutionInfo, services: Services):
        self.plan = plan
        self.past = past
        self.info = info
        self.services = services

    @property
    def trigger_item(self) -> Item:
        """The first item the trigger gave."""
        record = self.past.steps.get((0, ()))
        items = record.outputs.get(self.plan.nodes[0].outputs[0], ()) if record is not None else ()
        return items[0] if items else Item({})

    @property
    def facts(self) -> dict[str, JSON]:
        """`execution` in expressions."""
        info = self.info
        return {"id": info.id, "mode": info.mode, "started_at": info.started_at.isoformat()}

    @property
    def workflow_facts(self) -> dict[str, JSON]:
        """`workflow` in expressions."""
        return {"id": self.info.workflow_id, "name": self.info.workflow_name, "version": self.info.version}

    def view(self, name: str, step: Key, index: int) -> NodeView:
        """`node(name)` as seen from an item of a step. Raises LookupError when that node has not run."""
        node = self.plan.by_name.get(name)
        if node is None:
            raise LookupError(f"no node named {name!r} runs before this one")
        source = self.past.nearest(node, step)
        if source is None:
            raise LookupError(f"the node {name!r} has not run")
        return NodeView(name, self.past.outputs(source), lambda: self.past.ancestor(node, step, index))


class StepScope:
    """The scope of one step. `at` moves it to an item; expressions are evaluated before `run` is awaited."""

    __slots__ = ("_everything", "_execution", "_index", "_item", "_items", "_step", "json")

    def __init__(self, execution: Surroundings, step: Key, items: Sequence[Item]):
        self._execution = execution
        self._step = step
        self._items = items
        self._everything: list[JSON] | None = None
        self.at(0)

    @property
    def items(self) -> Sequence[Item]:
        """The items that it can be moved to."""
        return self._items

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
    "item": lambda scope: {**scope._item.as_data(), "index": scope._index},
    "items": lambda scope: scope._data,
    "node": _node,
    "trigger": lambda scope: scope._execution.trigger_item.as_data(),
    "execution": lambda scope: scope._execution.facts,
    "workflow": lambda scope: scope._execution.workflow_facts,
    "vars": lambda scope: scope._execution.services.vars,
    "now": lambda scope: scope._now,
    "today": lambda scope: scope._now.date(),
}
