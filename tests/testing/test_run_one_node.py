"""`a8n.testing`: a node is run as the engine runs it, and the fakes stand for the outside."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from a8n import (
    BatchNode,
    Context,
    Credential,
    Item,
    Kernel,
    Node,
    NodeError,
    Reply,
    Secret,
    Trigger,
    Wait,
    hookimpl,
    to,
)
from a8n.testing import (
    FakeCaller,
    FakeHttp,
    InvalidError,
    MemoryFiles,
    Services,
    StepWaits,
    credential,
    objects,
    outputs_of,
    resume_workflow,
    run,
    run_sync,
    run_workflow,
)


class Bot(Credential):
    """A bot."""

    key = "trial.bot"

    token: Secret


class Greet(Node):
    """Greet somebody."""

    key = "trial.greet"
    version = 2
    effect = "pure"

    text: str

    def run(self, ctx: Context) -> Any:
        return {"text": self.text}

    @classmethod
    def upgrade(cls, params: dict[str, Any], version: int) -> dict[str, Any]:
        return {"text": params["message"]} if version == 1 else params


class Send(Node):
    """Send a message."""

    key = "trial.send"

    bot: Bot
    text: str = "hello"

    async def run(self, ctx: Context) -> Any:
        token = self.bot.token.get_secret_value()
        answer = await ctx.http.request(
            "POST", "https://bot.test/send", json={"text": self.text}, headers={"Authorization": token}
        )
        return {"status": answer.status, "body": answer.json()}


class Zip(BatchNode):
    """Put the second input's items behind the first's."""

    key = "trial.zip"
    effect = "pure"
    inputs = ("left", "right")

    def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        return [*ctx.inputs["left"], *ctx.inputs["right"]]


class Ask(BatchNode):
    """Wait for an answer."""

    key = "trial.ask"
    effect = "idempotent"

    async def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        return Wait(callable=True, data={"asked": len(items)})

    def resume(self, ctx: Context, items: Sequence[Item], data: Any, payload: Any) -> Any:
        return {"asked": data["asked"], "answer": payload}


class Sort(Node):
    """Send items two ways."""

    key = "trial.sort"
    effect = "pure"
    outputs = ("even", "odd")

    number: int

    def run(self, ctx: Context) -> Any:
        return to("odd" if self.number % 2 else "even", ctx.item)


class Crash(Node):
    """Fail with an exception of Python's own."""

    key = "trial.crash"

    async def run(self, ctx: Context) -> Any:
        raise KeyError("missing")


class Clock(Node):
    """Give something that is not JSON."""

    key = "trial.clock"

    async def run(self, ctx: Context) -> Any:
        return {"at": datetime.now(UTC)}


class Measure(Node):
    """How large a file is."""

    key = "trial.measure"
    effect = "pure"

    file: str

    def run(self, ctx: Context) -> dict[str, int]:
        return {"size": ctx.file(self.file, "file").size}


class Copy(Node):
    """Save a file, and answer the caller."""

    key = "trial.copy"

    async def run(self, ctx: Context) -> Any:
        files = ctx.item.files or {}
        data = await ctx.files.read(files["in"])
        ctx.reply(Reply(status=201, body=data))
        return Item({}, {"out": await ctx.files.save(data * 2, "twice.txt", "text/plain")})


class Start(Trigger):
    """Start by hand."""

    key = "trial.start"


class Plugin:
    """All of the above."""

    @hookimpl
    def register_nodes(self) -> list[Any]:
        return [Greet, Ask]

    @hookimpl
    def register_triggers(self) -> list[Any]:
        return [Start]


async def test_expressions_see_the_item_the_trigger_and_the_variables() -> None:
    text = {"$t": "{{ vars.word }} {{ json.name }}, order {{ trigger.json.order }}"}
    outputs = await run(
        Greet, {"text": text}, [{"name": "Ada"}, {"name": "Bo"}], trigger={"order": 7}, vars={"word": "Hi"}
    )
    assert objects(outputs["main"]) == [{"text": "Hi Ada, order 7"}, {"text": "Hi Bo, order 7"}]


def test_there_is_a_twin_for_plain_tests_and_keys_work_with_a_kernel() -> None:
    assert objects(run_sync("trial.greet", {"text": "a"}, kernel=Kernel([Plugin()]))["main"]) == [{"text": "a"}]


async def test_every_declared_output_is_there() -> None:
    outputs = await run(Sort, {"number": {"$": "json.n"}}, [{"n": 1}, {"n": 3}])
    assert {port: objects(items) for port, items in outputs.items()} == {"even": [], "odd": [{"n": 1}, {"n": 3}]}


async def test_no_items_run_nothing() -> None:
    assert await run(Crash, {}, []) == {"main": []}


async def test_several_inputs_are_fed_and_lineage_counts_through_them() -> None:
    outputs = await run(Zip, inputs={"left": [{"x": 1}], "right": [{"x": 2}, {"x": 3}]})
    assert [(item.json["x"], item.source) for item in outputs["main"]] == [(1, 0), (2, 1), (3, 2)]


async def test_a_credential_stands_in_the_parameters_or_beside_them() -> None:
    http = FakeHttp().on("POST", "https://bot.test/*", json={"ok": True})
    bot = credential(Bot, token="s3cret")
    expected = [{"status": 200, "body": {"ok": True}}]
    outputs = await run(Send, {"bot": bot, "text": "hey"}, services=Services(http=http))
    assert objects(outputs["main"]) == expected
    outputs = await run(Send, {"bot": {"$credential": "b1"}}, services=Services(http=http), credentials={"b1": bot})
    assert objects(outputs["main"]) == expected
    assert [sent.json for sent in http.requests] == [{"text": "hey"}, {"text": "hello"}]
    assert http.last.headers == {"authorization": "s3cret"}


async def test_answers_for_one_address_come_in_turn() -> None:
    http = FakeHttp().on("GET", "https://x.test/", status=500).on("GET", "https://x.test/", body="fine")
    answers = [await http.request("GET", "https://x.test/?q=1") for _ in range(3)]
    assert [(a.status, a.text) for a in answers] == [(500, ""), (200, "fine"), (200, "fine")]


async def test_a_scripted_error_is_raised_and_an_unscripted_request_fails_the_test() -> None:
    bot = credential(Bot, token="t")
    http = FakeHttp().on("POST", "https://bot.test/send", error=NodeError("no connection"))
    with pytest.raises(NodeError, match="no connection"):
        await run(Send, {"bot": bot}, services=Services(http=http))
    with pytest.raises(AssertionError, match=r"no answer for POST https://bot\.test/send"):
        await run(Send, {"bot": bot}, services=Services(http=FakeHttp()))


async def test_errors_follow_the_settings_of_the_node() -> None:
    outputs = await run(Crash, items=[{"a": 1}], settings={"on_error": "output"})
    assert outputs["main"] == []
    assert outputs["error"][0].json["error"]["kind"] == "KeyError"


async def test_an_exception_of_the_node_is_the_cause_of_the_error() -> None:
    with pytest.raises(NodeError, match="missing") as caught:
        await run(Crash)
    assert isinstance(caught.value.__cause__, KeyError)


async def test_a_value_that_does_not_fit_names_its_field() -> None:
    with pytest.raises(NodeError) as caught:
        await run(Sort, {"number": {"$": "json.n"}}, [{"n": "many"}])
    assert caught.value.field == "number"


async def test_parameters_that_could_not_be_saved_are_refused() -> None:
    with pytest.raises(InvalidError, match=r"nodes\.node\.params\.text"):
        await run(Greet, {})


async def test_output_that_is_no_json_is_refused() -> None:
    with pytest.raises(NodeError, match="not JSON"):
        await run(Clock)


async def test_parameters_of_an_older_version_are_upgraded() -> None:
    assert objects((await run(Greet, {"message": "old"}, version=1))["main"]) == [{"text": "old"}]


async def test_files_and_replies_are_kept_in_memory() -> None:
    files, caller = MemoryFiles(), FakeCaller()
    given = Item({}, {"in": files.add(b"ab", "in.txt")})
    outputs = await run(Copy, items=[given], services=Services(files=files), caller=caller)
    made = (outputs["main"][0].files or {})["out"]
    assert (made.name, made.mime, made.size, await files.read(made)) == ("twice.txt", "text/plain", 4, b"abab")
    assert caller.answer == Reply(status=201, body=b"ab")


async def test_a_file_of_the_item_is_found_by_its_name_or_named_as_missing() -> None:
    files = MemoryFiles()
    given = Item({}, {"b": files.add(b"ab", "b.txt"), "a": files.add(b"abc", "a.txt")})
    assert objects((await run(Measure, {"file": "a"}, [given]))["main"]) == [{"size": 3}]
    for items, told in (([given], "no file 'x'; it has a, b"), ([{}], "no file 'x'; it has none")):
        with pytest.raises(NodeError, match=told) as caught:
            await run(Measure, {"file": "x"}, items)
        assert (caught.value.field, caught.value.retryable) == ("file", False)


async def test_a_step_that_waits_says_so_and_goes_on_with_a_payload() -> None:
    with pytest.raises(StepWaits) as caught:
        await run(Ask, items=[{}, {}])
    assert caught.value.wait.callable
    assert objects((await run(Ask, items=[{}, {}], resume="yes"))["main"]) == [{"asked": 2, "answer": "yes"}]


async def test_a_workflow_runs_waits_and_goes_on() -> None:
    document = {
        "name": "Ask and greet",
        "nodes": [
            {"id": "start", "name": "Start", "type": "trial.start"},
            {"id": "ask", "name": "Ask", "type": "trial.ask"},
            {
                "id": "greet",
                "name": "Greet",
                "type": "trial.greet",
                "version": 2,
                "params": {"text": {"$t": "{{ json.answer }} {{ node('Start').first.json.name }}"}},
            },
        ],
        "connections": [{"from": "start", "to": "ask"}, {"from": "ask", "to": "greet"}],
    }
    execution = await run_workflow(document, [{"name": "Ada"}], Kernel([Plugin()]))
    assert execution.status == "waiting"
    execution = await resume_workflow(execution, {"ask": "Hello"})
    assert execution.status == "succeeded"
    assert objects(outputs_of(execution, "greet")) == [{"text": "Hello Ada"}]
