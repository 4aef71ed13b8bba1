"""4. A workflow is a graph of nodes. The scheduler decides what runs from what was recorded, and nothing else does."""

from __future__ import annotations

from a8n import Kernel
from a8n.items import JSON
from a8n.testing import objects, outputs_of, run_workflow

KERNEL = Kernel.discover()  # all plugins that are installed; none of them is special


def node(id: str, type: str, params: dict[str, JSON] | None = None, **settings: JSON) -> dict[str, JSON]:
    return {"id": id, "name": id, "type": type, "params": params or {}, "settings": settings}


def put(id: str, **fields: JSON) -> dict[str, JSON]:
    return node(id, "data.set", {"fields": [{"name": name, "value": value} for name, value in fields.items()]})


def workflow(nodes: list[dict[str, JSON]], *wires: tuple[str, str]) -> dict[str, JSON]:
    """Wires lead from `node` or `node.output` to `node` or `node.input`."""
    connections = []
    for source, target in wires:
        start, _, output = source.partition(".")
        end, _, port = target.partition(".")
        connections.append({"from": start, "output": output or "main", "to": end, "input": port or "main"})
    return {"name": "Fundamentals", "nodes": [node("start", "manual.trigger"), *nodes], "connections": connections}


async def test_a_join_waits_for_every_branch_that_can_still_deliver() -> None:
    document = workflow(
        [
            node("if", "flow.if", {"conditions": {"list": [{"left": {"$": "json.n"}, "op": "gt", "right": 10}]}}),
            put("big", size="big"),
            put("small", size="small"),
            put("joined", seen=True),
        ],
        ("start", "if"), ("if.true", "big"), ("if.false", "small"), ("big", "joined"), ("small", "joined"),
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 5}, {"n": 50}], KERNEL)
    assert execution.status == "succeeded"
    sizes = [(row["n"], row["size"]) for row in objects(outputs_of(execution, "joined"))]
    assert sizes == [(50, "big"), (5, "small")]  # in the order of the connections


async def test_a_branch_without_items_is_skipped_and_holds_up_nobody() -> None:
    document = workflow(
        [
            node("if", "flow.if", {"conditions": {"list": [{"left": {"$": "json.n"}, "op": "gt", "right": 10}]}}),
            put("big", size="big"),
            put("joined", seen=True),
        ],
        ("start", "if"), ("if.true", "big"), ("if.false", "joined"), ("big", "joined"),
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 5}], KERNEL)
    assert {record.node for record in execution.steps.values()} == {"start", "if", "joined"}


async def test_a_loop_leads_back_to_its_head_and_no_node_keeps_state() -> None:
    document = workflow(
        [
            node("loop", "flow.loop", {"batch_size": 2}),
            put("work", double={"$": "json.n * 2"}),
            put("after", done=True),
        ],
        ("start", "loop"), ("loop.loop", "work"), ("work", "loop"), ("loop.done", "after"),
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(5)], KERNEL)
    assert [row["double"] for row in objects(outputs_of(execution, "after"))] == [0, 2, 4, 6, 8]
    assert sorted(record.path for record in execution.steps.values() if record.node == "work") == [(0,), (1,), (2,)]


async def test_an_expression_follows_an_item_back_to_where_it_came_from() -> None:
    was = {"name": "was", "value": {"$": 'node("name").item.json.label'}}
    document = workflow(
        [
            put("name", label={"$t": "item {{ json.n }}"}),
            node("sort", "data.sort", {"keys": [{"field": "n", "order": "desc"}]}),
            node("only", "data.set", {"mode": "only", "fields": [was]}),
        ],
        ("start", "name"), ("name", "sort"), ("sort", "only"),
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 1}, {"n": 3}, {"n": 2}], KERNEL)
    assert objects(outputs_of(execution, "only")) == [{"was": "item 3"}, {"was": "item 2"}, {"was": "item 1"}]
