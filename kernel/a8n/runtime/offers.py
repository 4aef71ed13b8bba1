"""Which active workflows are functions that agents and MCP clients may call: a table in memory, as that of webhooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from a8n.items import Item
from a8n.plan import Plan
from a8n.runtime.orders import Order
from a8n.services import Function
from a8n.trigger import Trigger
from a8n.workflow import Workflow

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance


@dataclass(frozen=True, slots=True)
class Offer:
    """One trigger that offers its workflow as a function."""

    workflow_id: str
    project_id: str
    version: int
    node: str
    """Id of the trigger node."""
    trigger: Trigger
    function: Function
    plan: Plan

    def order(self, items: list[Item], mode: str) -> Order:
        """An execution of it."""
        document = self.plan.workflow
        return Order(
            self.workflow_id, self.project_id, document.name, document, self.version, self.node, items, mode
        )  # fmt: skip


class Offers:
    """The functions of this instance."""

    def __init__(self) -> None:
        self._by_workflow: dict[str, list[Offer]] = {}

    def put(self, workflow_id: str, offers: list[Offer]) -> None:
        """Make these the functions of a workflow, in place of those it had."""
        if offers:
            self._by_workflow[workflow_id] = offers
        else:
            self._by_workflow.pop(workflow_id, None)

    def __iter__(self) -> Iterator[Offer]:
        return (offer for offers in self._by_workflow.values() for offer in offers)

    def named(self, projects: Collection[str] | None = None) -> Mapping[str, Offer]:
        """The functions of some projects, or of all, by name: see `named`."""
        return named(offer for offer in self if projects is None or offer.project_id in projects)


def named(offers: Iterable[Offer]) -> dict[str, Offer]:
    """Functions by names that differ, and stay the same as long as the functions do.

    Of those of one name each has a part of its workflow's id behind it.
    """
    known = sorted(offers, key=lambda offer: (offer.function.name, offer.workflow_id, offer.node))
    often = Counter(offer.function.name for offer in known)
    found: dict[str, Offer] = {}
    for offer in known:
        name = base = offer.function.name
        if often[name] > 1:
            name = base = f"{name}_{offer.workflow_id[-6:]}"
        number = 2
        while name in found:
            name, number = f"{base}_{number}", number + 1
        found[name] = offer
    return found


def offered(instance: Instance, row: Any, document: Workflow) -> list[Offer]:
    """The functions of a published workflow. Raises InvalidError where it cannot run."""
    offers = []
    for node in document.nodes:
        node_type = instance.kernel.catalogue.get(node.type)
        if node_type is None or not issubclass(node_type.cls, Trigger) or node.settings.disabled:
            continue
        if node_type.cls.offers is Trigger.offers:
            continue
        plan = instance.runner.plan(row.id, row.published, document, node.id)
        trigger = plan.nodes[0].binder.constant
        function = trigger.offers() if isinstance(trigger, Trigger) else None
        if isinstance(trigger, Trigger) and function is not None:
            offers.append(Offer(row.id, row.project_id, row.published, node.id, trigger, function, plan))
    return offers
