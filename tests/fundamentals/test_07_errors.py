"""7. Errors and retries.

A node that cannot do its work raises an error; what that means is for the workflow to say, in the settings of the
node: stop the execution (if nothing else is said), go on with the item and a note of its error, or send it out by an
output of its own. Before any of that, a node may be tried again a few times. Nodes know nothing of this, except that
they can say when trying again is of no use.
"""

from __future__ import annotations

import pytest

from a8n import JSON, Context, Kernel, Node, NodeError
from a8n.testing import objects, outputs_of, run_sync, run_workflow
from tests.fundamentals.drawing import node, put, workflow

KERNEL = Kernel.discover()
DIVIDE: dict[str, JSON] = {"fields": [{"name": "x", "value": {"$": "10 / json.n"}}]}


async def test_stop_is_the_default_and_names_node_field_and_item() -> None:
    document = workflow([node("divide", "data.set", DIVIDE)], "start > divide")
    execution = await run_workflow(document, [{"n": 2}, {"n": 0}], KERNEL)
    assert execution.status == "failed"
    error = execution.error or {}
    assert (error["node"], error["field"], error["item"]) == ("divide", "fields.0.value", 1)


async def test_continue_passes_the_item_on_with_its_error() -> None:
    document = workflow([node("divide", "data.set", DIVIDE, on_error="continue")], "start > divide")
    execution = await run_workflow(document, [{"n": 2}, {"n": 0}], KERNEL)
    fine, failed = objects(outputs_of(execution, "divide"))
    assert fine == {"n": 2, "x": 5}
    assert "zero" in failed["error"]["message"]


async def test_the_error_output_is_a_branch_of_its_own() -> None:
    document = workflow(
        [node("divide", "data.set", DIVIDE, on_error="output"), put("mend", x=0)],
        "start > divide", "divide.error > mend",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 2}, {"n": 0}], KERNEL)
    assert execution.status == "succeeded"
    assert objects(outputs_of(execution, "divide")) == [{"n": 2, "x": 5}]
    assert [item["x"] for item in objects(outputs_of(execution, "mend"))] == [0]


class Moody(Node):
    """Answer at the third attempt."""

    key = "fundamentals.moody"
    effect = "idempotent"

    hopeless: bool = False

    async def run(self, ctx: Context) -> dict[str, JSON]:
        if ctx.attempt < 3:
            raise NodeError("not now", retryable=not self.hopeless)
        return {"attempts": ctx.attempt}


def test_a_step_is_tried_again_as_often_as_its_settings_say() -> None:
    three = {"retry": {"attempts": 3, "delay": 0}}
    assert objects(run_sync(Moody, settings=three)["main"]) == [{"attempts": 3}]
    with pytest.raises(NodeError, match="not now"):
        run_sync(Moody, settings={"retry": {"attempts": 2, "delay": 0}})


def test_a_node_can_say_that_trying_again_is_of_no_use() -> None:
    with pytest.raises(NodeError, match="not now"):
        run_sync(Moody, {"hopeless": True}, settings={"retry": {"attempts": 3, "delay": 0}})
