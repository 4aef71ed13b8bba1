"""6. Loops.

A loop is drawn: a connection leads back to a node that heads the loop. Each round is a step of its own and is known
by its path, `(0,)`, `(1,)` and so on, with one number for each loop around it. No node remembers anything between
rounds: the head learns from the recorded steps which round it is and what came back so far.
"""

from __future__ import annotations

import pytest

from a8n import Kernel
from a8n.testing import InvalidError, objects, outputs_of, run_workflow
from tests.fundamentals.drawing import node, put, workflow

KERNEL = Kernel.discover()


async def test_items_go_round_a_few_at_a_time() -> None:
    document = workflow(
        [node("loop", "flow.loop", {"batch_size": 2}), put("work", double={"$": "json.n * 2"}),
         put("after", done=True)],
        "start > loop", "loop.loop > work", "work > loop", "loop.done > after",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(5)], KERNEL)
    assert [item["double"] for item in objects(outputs_of(execution, "after"))] == [0, 2, 4, 6, 8]
    assert [record.path for record in execution.steps.values() if record.node == "work"] == [(0,), (1,), (2,)]


async def test_a_part_is_repeated_until_a_condition_holds() -> None:
    enough = {"list": [{"left": {"$": "json.n"}, "op": "gte", "right": 100}]}
    document = workflow(
        [node("repeat", "flow.repeat", {"until": enough}), put("double", n={"$": "json.n * 2"}),
         put("after", done=True)],
        "start > repeat", "repeat.loop > double", "double > repeat", "repeat.done > after",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 3}], KERNEL)
    assert objects(outputs_of(execution, "after")) == [{"n": 192, "done": True}]


async def test_loops_stand_inside_loops() -> None:
    document = workflow(
        [node("rows", "flow.loop"), node("cells", "data.split_out", {"field": "row"}), node("each", "flow.loop"),
         put("work", n={"$": "json.n + 1"})],
        "start > rows", "rows.loop > cells", "cells > each", "each.loop > work", "work > each", "each.done > rows",
    )  # fmt: skip
    execution = await run_workflow(document, [{"row": [{"n": 1}, {"n": 2}]}, {"row": [{"n": 3}]}], KERNEL)
    assert objects(outputs_of(execution, "rows", "done")) == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert [r.path for r in execution.steps.values() if r.node == "work"] == [(0, 0), (0, 1), (1, 0)]


async def test_a_jump_into_the_middle_of_a_loop_is_refused() -> None:
    document = workflow([put("a"), put("b")], "start > a", "start > b", "a > b", "b > a")
    with pytest.raises(InvalidError, match="loop"):
        await run_workflow(document, kernel=KERNEL)
