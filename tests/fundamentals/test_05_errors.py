"""5. What an error does is the workflow's to say: stop, continue, or leave by the output `error`; after retries."""

from __future__ import annotations

from a8n.items import JSON
from a8n.testing import objects, outputs_of, run_workflow
from tests.fundamentals.test_04_workflows import KERNEL, node, put, workflow

DIVIDE: dict[str, JSON] = {"fields": [{"name": "x", "value": {"$": "10 / json.n"}}]}


async def test_stop_is_the_default_and_names_node_field_and_item() -> None:
    document = workflow([node("divide", "data.set", DIVIDE)], ("start", "divide"))
    execution = await run_workflow(document, [{"n": 2}, {"n": 0}], KERNEL)
    assert execution.status == "failed"
    assert execution.error is not None
    error = execution.error
    assert (error["node"], error["field"], error["item"]) == ("divide", "fields.0.value", 1)


async def test_continue_passes_the_item_on_with_its_error() -> None:
    document = workflow([node("divide", "data.set", DIVIDE, on_error="continue")], ("start", "divide"))
    execution = await run_workflow(document, [{"n": 2}, {"n": 0}], KERNEL)
    fine, failed = objects(outputs_of(execution, "divide"))
    assert fine == {"n": 2, "x": 5}
    assert "zero" in failed["error"]["message"]


async def test_the_error_output_is_a_branch_of_its_own() -> None:
    document = workflow(
        [node("divide", "data.set", DIVIDE, on_error="output"), put("mend", x=0)],
        ("start", "divide"), ("divide.error", "mend"),
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 2}, {"n": 0}], KERNEL)
    assert [row["x"] for row in objects(outputs_of(execution, "mend"))] == [0]
