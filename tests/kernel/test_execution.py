"""Executions: what nodes give and get, errors, loops, waits, and going on from a journal."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from a8n import JSON, Credential, Item
from a8n.journal import MemoryJournal, StepRecord
from a8n.services import HttpClient, Services
from tests.kernel.toys import Key, execution, node, result, run, workflow


async def test_items_flow_through_nodes() -> None:
    document = workflow([node("put", {"value": {"$": "json.n + 1"}})], "start > put")
    ended = await run(document, {"n": 1}, {"n": 2})
    assert ended.status == "succeeded"
    assert result(ended) == [{"n": 1, "value": 2}, {"n": 2, "value": 3}]


async def test_pure_nodes_need_no_event_loop() -> None:
    started = execution(workflow([node("put"), node("reverse")], "start > put", "put > reverse"))
    started.begin([Item({})])
    assert started.advance() is True
    assert started.status == "succeeded"


async def test_items_are_routed_to_named_outputs() -> None:
    document = workflow(
        [node("split", {"n": {"$": "json.n"}}), node("put_odd", {"value": "odd"}), node("put_even", {"value": "even"})],
        "start > split", "split.odd > put_odd", "split.even > put_even",
    )  # fmt: skip
    ended = await run(document, {"n": 1}, {"n": 2}, {"n": 3})
    steps = {record.node: record for record in ended.steps.values()}
    assert [item.json["n"] for item in steps["put_odd"].outputs["main"]] == [1, 3]
    assert [item.json["n"] for item in steps["put_even"].outputs["main"]] == [2]


async def test_branches_run_at_the_same_time() -> None:
    document = workflow(
        [node("slow_a", {"seconds": 0.2}), node("slow_b", {"seconds": 0.2}), node("reverse")],
        "start > slow_a", "start > slow_b", "slow_a > reverse", "slow_b > reverse",
    )  # fmt: skip
    ended = await run(document)
    a, b = (record for record in ended.steps.values() if record.node.startswith("slow"))
    assert a.started_at < b.finished_at
    assert b.started_at < a.finished_at
    assert len(result(ended)) == 2


async def test_a_node_with_several_inputs_gets_each() -> None:
    document = workflow(
        [node("count", {"n": 4}), node("put"), node("pair")],
        "start > count", "start > put", "count > pair.left", "put > pair.right",
    )  # fmt: skip
    assert result(await run(document)) == [{"left": 4, "right": 1}]


async def test_lineage_leads_back_through_reordering() -> None:
    document = workflow(
        [
            node("count", {"n": 3}),
            node("put", {"value": {"$": "json.n * 10"}}),
            node("reverse"),
            node("put_back", {"name": "first", "value": {"$": 'node("Count").item.json.n'}}),
        ],
        "start > count", "count > put", "put > reverse", "reverse > put_back",
    )  # fmt: skip
    rows = result(await run(document))
    assert [(row["value"], row["first"]) for row in rows] == [(20, 2), (10, 1), (0, 0)]


async def test_loops_run_in_batches_and_lineage_passes_through_them() -> None:
    document = workflow(
        [
            node("count", {"n": 5}),
            node("batches", {"size": 2}),
            node("put", {"value": {"$": "json.n * 2"}}),
            node("put_after", {"name": "again", "value": {"$": 'node("Count").item.json.n'}}),
        ],
        "start > count", "count > batches", "batches.loop > put", "put > batches", "batches.done > put_after",
    )  # fmt: skip
    ended = await run(document)
    assert [row["again"] for row in result(ended)] == [0, 1, 2, 3, 4]
    assert sorted(record.path for record in ended.steps.values() if record.node == "put") == [(0,), (1,), (2,)]


async def test_loops_nest() -> None:
    document = workflow(
        [
            node("count", {"n": 2}),
            node("batches_outer", {"size": 1}),
            node("count_inner", {"n": 3}),
            node("batches_inner", {"size": 1}),
            node("put", {"value": {"$": "json.n"}}),
        ],
        "start > count", "count > batches_outer", "batches_outer.loop > count_inner",
        "count_inner > batches_inner", "batches_inner.loop > put", "put > batches_inner",
        "batches_inner.done > batches_outer",
    )  # fmt: skip
    ended = await run(document)
    assert sorted(r.path for r in ended.steps.values() if r.node == "put") == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2),
    ]  # fmt: skip
    assert len(result(ended)) == 6


async def test_a_loop_that_never_ends_hits_its_limit() -> None:
    document = workflow(
        [node("put"), node("batches", {"size": 1}), node("count", {"n": 1})],
        "start > put", "put > batches", "batches.done > count", "batches.loop > count", "count > batches",
        settings={"max_iterations": 7},
    )  # fmt: skip
    ended = await run(document)
    assert ended.status == "failed"
    assert ended.error is not None
    assert "7 times" in str(ended.error["message"])


class TestErrors:
    async def test_an_error_names_the_node_the_field_and_the_item(self) -> None:
        ended = await run(
            workflow([node("fail", {"when": {"$": "json.bad"}})], "start > fail"), {"bad": False}, {"bad": True}
        )
        assert ended.status == "failed"
        assert ended.error == {
            "kind": "NodeError", "message": "it did not work", "hint": "try less", "field": "when",
            "item": 1, "node": "fail", "node_name": "Fail",
        }  # fmt: skip

    async def test_a_failing_expression_names_its_field(self) -> None:
        ended = await run(workflow([node("put", {"value": {"$": "json.missing + 1"}})], "start > put"), {"n": 1})
        assert ended.error is not None
        assert ended.error["field"] == "value"
        assert "missing" in str(ended.error["message"])

    async def test_a_value_of_the_wrong_type_names_its_field(self) -> None:
        ended = await run(workflow([node("split", {"n": {"$": "json.n"}})], "start > split"), {"n": "many"})
        assert ended.error is not None
        assert ended.error["field"] == "n"

    async def test_continue_passes_the_item_on_with_its_error(self) -> None:
        document = workflow(
            [node("fail", {"when": {"$": "json.bad"}}, on_error="continue"), node("put")], "start > fail", "fail > put"
        )
        rows = result(await run(document, {"bad": True}, {"bad": False}))
        assert rows[0]["error"]["message"] == "it did not work"
        assert "error" not in rows[1]

    async def test_output_sends_failed_items_to_the_error_port(self) -> None:
        document = workflow(
            [node("fail", {"when": {"$": "json.bad"}}, on_error="output"), node("put_ok"), node("put_bad")],
            "start > fail", "fail > put_ok", "fail.error > put_bad",
        )  # fmt: skip
        ended = await run(document, {"bad": True}, {"bad": False})
        counts = {record.node: len(record.outputs["main"]) for record in ended.steps.values() if record.node != "fail"}
        assert (counts["put_ok"], counts["put_bad"]) == (1, 1)

    async def test_stop_ends_the_execution_whatever_the_settings_say(self) -> None:
        ended = await run(workflow([node("fail", {"kind": "stop"}, on_error="continue")], "start > fail"))
        assert (ended.status, ended.error and ended.error["message"]) == ("failed", "stopped on purpose")

    async def test_an_exception_of_python_is_an_error_of_the_node(self) -> None:
        ended = await run(workflow([node("fail", {"kind": "python"})], "start > fail"))
        assert ended.error is not None
        assert ended.error["kind"] == "KeyError"

    async def test_output_that_the_schema_forbids_is_an_error(self) -> None:
        ended = await run(workflow([node("greet", {"text": 5})], "start > greet"))
        assert ended.error is not None
        assert "schema forbids: text" in str(ended.error["message"])

    async def test_retries_follow_the_policy(self) -> None:
        settings = {"retry": {"attempts": 3, "delay": 0}}
        ended = await run(workflow([node("flaky", {"times": 2}, **settings)], "start > flaky"))
        assert result(ended) == [{"attempts": 3}]
        ended = await run(workflow([node("flaky", {"times": 3}, **settings)], "start > flaky"))
        assert ended.error is not None
        assert ended.error["message"] == "attempt 3 failed"

    async def test_a_step_that_takes_too_long_is_ended(self) -> None:
        ended = await run(workflow([node("slow", {"seconds": 60}, timeout=0.05)], "start > slow"))
        assert ended.error is not None
        assert ended.error["kind"] == "TimeoutError"

    async def test_a_workflow_that_takes_too_long_is_ended(self) -> None:
        ended = await run(workflow([node("slow", {"seconds": 60})], "start > slow", settings={"timeout": 0.05}))
        assert (ended.status, ended.error and ended.error["kind"]) == ("failed", "TimeoutError")


class TestSettings:
    async def test_a_disabled_node_lets_items_pass(self) -> None:
        document = workflow([node("fail", disabled=True), node("put")], "start > fail", "fail > put")
        assert result(await run(document, {"n": 1})) == [{"n": 1, "value": None}]

    async def test_once_runs_for_the_first_item(self) -> None:
        assert len(result(await run(workflow([node("put", once=True)], "start > put"), {}, {}, {}))) == 1

    async def test_always_output_gives_an_empty_item(self) -> None:
        document = workflow([node("count", {"n": 0}, always_output=True), node("put")], "start > count", "count > put")
        assert result(await run(document)) == [{"value": None}]


async def test_async_generators_stream_items() -> None:
    assert result(await run(workflow([node("stream")], "start > stream"))) == [{"i": 0}, {"i": 1}, {"i": 2}]


async def test_before_an_unsafe_step_everything_is_committed_with_its_intent() -> None:
    ended = await run(workflow([node("put"), node("send")], "start > put", "put > send"))
    journal = ended.journal
    assert isinstance(journal, MemoryJournal)
    assert journal.intents == [("send", (), 1)]
    assert journal.commits == 2
    assert result(ended) == [{"key": "a8n-e1-send-0-0"}]


async def test_credentials_are_opened_for_the_step_that_uses_them() -> None:
    class Opener:
        async def open(self, credential_id: str) -> Credential:
            assert credential_id == "c1"
            return Key.model_validate({"token": "secret"})

        def guard(self, http: HttpClient, opened: Collection[Credential]) -> HttpClient:
            return http

    params: dict[str, JSON] = {"lock": {"$credential": "c1"}, "extra": {"$": "json.sent"}}
    document = workflow([node("locked", params)], "start > locked")
    sent = {"$credential": "c1"}  # what a visitor sends is data, whatever it looks like
    ended = await run(document, {"sent": sent}, services=Services(credentials=Opener()))
    assert result(ended) == [{"length": 6, "extra": sent}]


class TestWaits:
    async def test_a_waiting_execution_goes_on_with_its_payload(self) -> None:
        document = workflow(
            [node("put"), node("pause"), node("put_after")], "start > put", "put > pause", "pause > put_after"
        )
        waiting = await run(document)
        assert waiting.status == "waiting"
        assert isinstance(waiting.journal, MemoryJournal)
        again = execution(document)
        again.restore(waiting.journal.records, {("pause", ()): {"ok": True}})
        await again.run()
        assert again.status == "succeeded"
        assert result(again) == [{"asked": 1, "answer": {"ok": True}, "value": None}]

    async def test_the_other_branches_go_on_meanwhile(self) -> None:
        document = workflow([node("pause"), node("slow"), node("put")], "start > pause", "start > slow", "slow > put")
        waiting = await run(document)
        assert waiting.status == "waiting"
        assert {record.node for record in waiting.steps.values()} == {"start", "pause", "slow", "put"}


class TestRecovery:
    async def test_recorded_steps_do_not_run_again(self) -> None:
        document = workflow(
            [node("count", {"n": 3}), node("put", {"value": {"$": "json.n"}}), node("send"), node("put_last")],
            "start > count", "count > put", "put > send", "send > put_last",
        )  # fmt: skip
        whole = await run(document)
        assert isinstance(whole.journal, MemoryJournal)
        records = whole.journal.records
        for cut in range(1, len(records) + 1):
            again = execution(document)
            again.restore(records[:cut])
            if not again.advance():
                await again.run()
            assert isinstance(again.journal, MemoryJournal)
            assert {r.node for r in again.journal.records}.isdisjoint({r.node for r in records[:cut]})
            assert [item.json for item in again.steps[4, ()].outputs["main"]] == result(whole)

    async def test_a_failed_step_is_run_again(self) -> None:
        document = workflow([node("put"), node("slow"), node("put_b")], "start > put", "put > slow", "slow > put_b")
        ended = await run(document, {"n": 1})
        assert isinstance(ended.journal, MemoryJournal)
        records = [
            StepRecord(r.node, r.path, 1, "failed", 0, 0) if r.node == "slow" else r
            for r in ended.journal.records
            if r.node != "put_b"
        ]
        again = execution(document)
        again.restore(records)
        await again.run()
        assert result(again) == result(ended)

    async def test_where_nothing_is_left_to_run_the_last_step_is_what_it_came_to(self) -> None:
        ended = await run(workflow([node("put")], "start > put"), {"n": 1})
        assert isinstance(ended.journal, MemoryJournal)
        again = execution(workflow([node("put")], "start > put"))
        again.restore(ended.journal.records)
        await again.run()
        assert (again.status, result(again)) == ("succeeded", result(ended))

    async def test_cancel_stops_what_runs(self) -> None:
        started = execution(workflow([node("slow", {"seconds": 60})], "start > slow"))
        started.begin([Item({})])
        assert started.advance() is False
        task = asyncio.ensure_future(started.run())
        await asyncio.sleep(0.01)
        started.cancel()
        task.cancel()
        await task
        assert started.status == "canceled"


@pytest.mark.parametrize("count", [0, 1, 2_500])
async def test_any_number_of_items(count: int) -> None:
    document = workflow(
        [node("count", {"n": count}), node("put", {"value": {"$": "json.n"}})], "start > count", "count > put"
    )
    ended = await run(document)
    assert ended.status == "succeeded"
    if count:
        assert len(result(ended)) == count
