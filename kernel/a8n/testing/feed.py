"""The trigger that stands before a node under test."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

from a8n.errors import A8nError
from a8n.fields import Field
from a8n.items import JSON
from a8n.kernel import Kernel
from a8n.node import Step
from a8n.trigger import Trigger


class Feed(Trigger):
    """Gives each input port of a node under test its items."""

    key = "testing_feed"
    outputs: ClassVar[tuple[str, ...]] = ("trigger",)

    feeds: list[str] = Field(default_factory=lambda: [], description="Input ports to feed.")

    @staticmethod
    def port(name: str) -> str:
        """The output that feeds an input port."""
        return f"to {name}"

    @classmethod
    def ports(cls, params: Mapping[str, JSON]) -> tuple[str, ...]:
        """What expressions see as the trigger's item, and one output per fed port."""
        return (*cls.outputs, *map(cls.port, params.get("feeds", ())))


class _Single:
    """A plugin of one class."""

    def __init__(self, cls: type[Step]):
        self._cls = cls

    def register_nodes(self) -> list[type[Step]]:
        return [self._cls]

    def register_triggers(self) -> list[type[Step]]:
        return [Feed]


@lru_cache(maxsize=256)
def kernel_with(cls: type[Step]) -> Kernel:
    """A kernel that knows the class and its feed. Raises A8nError for a class that no kernel would take."""
    kernel = Kernel(plugins=[_Single(cls)])
    report = kernel.plugins[0]
    if report.error is not None:
        raise A8nError(report.error)
    return kernel
