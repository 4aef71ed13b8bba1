"""5. Branches and joins.

A node may have several outputs, and an output several connections: the workflow then goes on along all of them, at
the same time. Where connections meet, a node waits for each that can still deliver, and for no other: a branch that
got no items is skipped, all the way down, and holds up nobody. One function decides this, from the graph and from
what was recorded, and nothing else has a say.
"""

from __future__ import annotations

from a8n import Kernel
from a8n.testing import objects, outputs_of, run_workflow
from tests.fundamentals.drawing import node, put, when, workflow

KERNEL = Kernel.discover()

BIG = when("check", {"$": "json.n"}, "gt", 10)


async def test_items_part_and_come_together_in_the_order_of_the_connections() -> None:
    document = workflow(
        [BIG, put("big", size="big"), put("small", size="small"), put("joined", seen=True)],
        "start > check", "check.true > big", "check.false > small", "big > joined", "small > joined",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 5}, {"n": 50}], KERNEL)
    sizes = [(item["n"], item["size"]) for item in objects(outputs_of(execution, "joined"))]
    assert sizes == [(50, "big"), (5, "small")]


async def test_a_branch_without_items_is_skipped_and_holds_up_nobody() -> None:
    document = workflow(
        [BIG, put("big", size="big"), put("more", size="more"), put("joined", seen=True)],
        "start > check", "check.true > big", "big > more", "more > joined", "check.false > joined",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 5}], KERNEL)
    assert [record.node for record in execution.steps.values()] == ["start", "check", "joined"]


async def test_a_node_may_have_several_inputs() -> None:
    document = workflow(
        [put("price", price={"$": "json.id * 10"}), put("stock", stock=3),
         node("merge", "flow.merge", {"mode": {"how": "key", "keys": [{"a": "id"}]}})],
        "start > price", "start > stock", "price > merge.a", "stock > merge.b",
    )  # fmt: skip
    execution = await run_workflow(document, [{"id": 1}, {"id": 2}], KERNEL)
    assert objects(outputs_of(execution, "merge")) == [
        {"id": 1, "price": 10, "stock": 3},
        {"id": 2, "price": 20, "stock": 3},
    ]
