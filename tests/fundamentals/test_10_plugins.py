"""10. A plugin.

A plugin is a module with hooks: functions of agreed names that say what it brings. This file is one, so it can be
handed to a kernel as it stands. An installed plugin is the same module, named by an entry point of its distribution
(`[project.entry-points.a8n]`), and found by `Kernel.discover()`. A plugin that is broken is left out, with the
reason, and does no harm to the others.
"""

from __future__ import annotations

import sys

from a8n import JSON, Context, Event, Field, Kernel, Node, Trigger, hookimpl
from a8n.testing import objects, outputs_of, run_workflow
from tests.fundamentals.drawing import node

ITSELF = sys.modules[__name__]


class Start(Trigger):
    """Start by hand."""

    key = "fundamentals.start"


class Shout(Node):
    """Say it loud."""

    key = "fundamentals.shout"
    effect = "pure"

    text: str = Field(min_length=1, description="What to say.")

    def run(self, ctx: Context) -> dict[str, JSON]:
        return {"text": f"{self.text.upper()}!"}


@hookimpl
def register_nodes() -> list[type[Node]]:
    return [Shout]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    return [Start]


HEARD: list[str] = []


@hookimpl
def on_event(event: Event) -> None:
    if event.kind == "execution.finished":
        HEARD.append(event.status)


DOCUMENT = {
    "nodes": [
        node("start", "fundamentals.start"),
        node("shout", "fundamentals.shout", {"text": {"$": "json.text"}}),
    ],
    "connections": [{"from": "start", "to": "shout"}],
}


async def test_its_nodes_can_be_used() -> None:
    execution = await run_workflow(DOCUMENT, [{"text": "hello"}], Kernel([ITSELF]))
    assert objects(outputs_of(execution, "shout")) == [{"text": "HELLO!"}]


async def test_it_hears_what_happens() -> None:
    HEARD.clear()
    kernel = Kernel([ITSELF])
    await run_workflow(DOCUMENT, [{"text": "hello"}], kernel, observer=kernel.manager.emit)
    await run_workflow(DOCUMENT, [{}], kernel, observer=kernel.manager.emit)
    assert HEARD == ["succeeded", "failed"]


def test_the_class_is_all_that_the_builder_and_the_docs_need() -> None:
    described = Kernel([ITSELF]).catalogue["fundamentals.shout"].describe()
    assert (described["title"], described["description"]) == ("Shout", "Say it loud.")
    assert described["params"]["properties"]["text"]["description"] == "What to say."
    assert described["params"]["required"] == ["text"]


class Typo:
    """A plugin with a hook that does not exist."""

    @hookimpl
    def register_notes(self) -> list[type[Node]]:
        return [Shout]


class Twin:
    """A plugin that claims a key which is taken."""

    @hookimpl
    def register_nodes(self) -> list[type[Node]]:
        return [Shout]


def test_a_broken_plugin_is_left_out_and_says_why() -> None:
    kernel = Kernel([ITSELF, Typo(), Twin()])
    fine, typo, twin = kernel.plugins
    assert fine.error is None
    assert "register_notes" in (typo.error or "")
    assert "fundamentals.shout" in (twin.error or "")
    assert sorted(kernel.catalogue) == ["fundamentals.shout", "fundamentals.start"]


def test_what_ships_with_a8n_came_the_same_way() -> None:
    kernel = Kernel.discover()
    assert kernel.catalogue["flow.if"].plugin.name == "flow"
    assert kernel.catalogue["flow.if"].cls.__module__.startswith("a8n_flow")
