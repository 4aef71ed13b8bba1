"""An agent that uses nodes as tools: what it is told, what goes wrong, and that it survives its process."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, ClassVar, Literal

import pytest

import a8n_ai
import a8n_data
import a8n_flow
import a8n_manual
from a8n import Context, Field, Kernel, Node, NodeError, hookimpl
from a8n.events import Event
from a8n.testing import InvalidError, MemoryJournal, Services, objects, outputs_of, resume_workflow, run_workflow
from a8n_ai.agent import Agent

from .conftest import Says, Service


class Weather(Node):
    """Tell the weather of a city."""

    key = "test_ai.weather"
    effect = "pure"

    city: str = Field(min_length=2, description="Name of the city.")
    unit: Literal["C", "F"] = Field("C", description="Unit of temperatures.")
    days: int = Field(1, ge=1, le=7, description="How many days.")

    def run(self, ctx: Context) -> dict[str, Any]:
        if self.city == "Atlantis":
            raise NodeError("Atlantis has sunk")
        return {"city": self.city, "temperature": f"20 {self.unit}", "days": self.days}


class Post(Node):
    """Send a parcel."""

    key = "test_ai.post"
    effect = "unsafe"

    to: str = Field(description="Who gets it.")

    sent: ClassVar[list[tuple[str, str]]] = []
    stuck: ClassVar[str] = ""
    """Who a parcel is on its way to when the process dies."""
    under_way: ClassVar[asyncio.Event]

    async def run(self, ctx: Context) -> dict[str, Any]:
        self.sent.append((self.to, ctx.key))
        if self.to == self.stuck:
            self.under_way.set()
            await asyncio.Event().wait()
        return {"sent": self.to}


@hookimpl
def register_nodes() -> list[type[Node]]:
    return [Weather, Post]


KERNEL = Kernel([a8n_ai, a8n_data, a8n_flow, a8n_manual, sys.modules[__name__]])


@pytest.fixture(autouse=True)
def _post_office() -> None:
    Post.sent.clear()
    Post.stuck = ""
    Post.under_way = asyncio.Event()


def document(**params: Any) -> dict[str, Any]:
    """An agent with two tools: the model chooses city and days, but not the unit; and who gets a parcel."""
    given = {"account": {"$credential": "acc"}, "model": "small", "prompt": {"$": "json.task"}, **params}
    city = {"city": {"$": "json.city"}, "unit": "F", "days": {"$": "json.days"}}
    return {
        "name": "Agent",
        "nodes": [
            {"id": "start", "name": "Start", "type": "manual.trigger", "params": {}},
            {"id": "agent", "name": "Agent", "type": "ai.agent", "params": given},
            {"id": "weather", "name": "Look at the sky", "type": "test_ai.weather", "params": city},
            {"id": "post", "name": "Post", "type": "test_ai.post", "params": {"to": {"$t": "Dr {{ json.name }}"}}},
        ],
        "connections": [
            {"from": "start", "output": "main", "to": "agent", "input": "main"},
            {"from": "agent", "output": "tools", "to": "weather", "input": "main"},
            {"from": "agent", "output": "tools", "to": "post", "input": "main"},
        ],
    }


async def execute(service: Service, services: Services, items: Any = None, /, **params: Any) -> Any:
    """Run the workflow; give its execution."""
    options = {name: params.pop(name) for name in ("journal", "observer") if name in params}
    return await run_workflow(
        document(**params), items or [{"task": "Weather?"}], KERNEL, services=services,
        credentials={"acc": service.openai}, **options,
    )  # fmt: skip


async def answer(service: Service, services: Services, **params: Any) -> dict[str, Any]:
    execution = await execute(service, services, **params)
    assert execution.status == "succeeded", execution.error
    [made] = objects(outputs_of(execution, "agent"))
    return made


SUNNY = Says(calls=[("Look_at_the_sky", {"city": "Rome", "days": 2})])


async def test_it_uses_a_tool_and_answers(service: Service, services: Services) -> None:
    service.script(SUNNY, Says("It is 20 F."))
    made = await answer(service, services, system="You know the sky.", input_price=1, output_price=1)
    assert (made["text"], made["model"], made["finish"]) == ("It is 20 F.", "small", "stop")
    assert made["usage"] == {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30, "cost": 0.00003}
    [first, second] = made["steps"]
    assert first["calls"] == [{
        "tool": "Look_at_the_sky", "arguments": {"city": "Rome", "days": 2}, "error": None,
        "result": {"city": "Rome", "temperature": "20 F", "days": 2},
    }]  # fmt: skip
    assert (second["text"], second["calls"]) == ("It is 20 F.", [])
    *_, call, result = service.asked[1].body["messages"]
    assert call["tool_calls"][0]["function"]["name"] == "Look_at_the_sky"
    assert (result["role"], result["tool_call_id"]) == ("tool", "call_0")
    assert result["content"] == '{"city": "Rome", "temperature": "20 F", "days": 2}'


async def test_the_model_is_told_the_fields_that_are_its_own(service: Service, services: Services) -> None:
    service.script(Says("Hello"))
    await answer(service, services)
    sky, post = (tool["function"] for tool in service.asked[0].body["tools"])
    assert (sky["name"], sky["description"]) == ("Look_at_the_sky", "Look at the sky: Tell the weather of a city.")
    assert sky["parameters"] == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "minLength": 2, "description": "Name of the city."},
            "days": {"type": "integer", "minimum": 1, "maximum": 7, "description": "How many days."},
        },
        "required": ["city", "days"],
    }
    assert post["parameters"]["properties"] == {"name": {"type": "string", "description": "Who gets it."}}


async def test_the_model_is_told_what_the_author_noted(service: Service, services: Services) -> None:
    service.script(Says("Hello"))
    drawn = document()
    drawn["nodes"][3]["settings"] = {"notes": "Only for parcels up to 5 kg."}
    known = {"acc": service.openai}
    await run_workflow(drawn, [{"task": "Send"}], KERNEL, services=services, credentials=known)
    [_, post] = (tool["function"] for tool in service.asked[0].body["tools"])
    assert post["description"] == "Post: Send a parcel.\nOnly for parcels up to 5 kg."


async def test_several_calls_of_one_step_are_made_in_order(service: Service, services: Services) -> None:
    service.script(Says(calls=[("Post", {"name": "Ann"}), ("Post", {"name": "Bob"})]), Says("Done"))
    made = await answer(service, services)
    assert [call["result"] for call in made["steps"][0]["calls"]] == [{"sent": "Dr Ann"}, {"sent": "Dr Bob"}]
    keys = [key for _, key in Post.sent]
    assert len(set(keys)) == 2, "each call has an idempotency key of its own"


async def test_each_item_is_a_task_of_its_own(service: Service, services: Services) -> None:
    service.script(Says("one"), SUNNY, Says("two"))
    execution = await execute(service, services, [{"task": "First"}, {"task": "Second"}])
    assert [made["text"] for made in objects(outputs_of(execution, "agent"))] == ["one", "two"]
    assert [asked.body["messages"][0]["content"] for asked in service.asked] == ["First", "Second", "Second"]


async def test_tokens_and_calls_are_seen_live(service: Service, services: Services) -> None:
    service.script(SUNNY, Says("It is warm."))
    events: list[Event] = []
    await execute(service, services, observer=events.append)
    told = [event.data["event"] for event in events if event.kind == "step.progress" and event.node == "agent"]
    assert told[0] == {"kind": "tool_call", "tool": "Look_at_the_sky", "arguments": {"city": "Rome", "days": 2}}
    assert told[1] == {"kind": "tool_result", "tool": "Look_at_the_sky", "error": None}
    assert "".join(one["text"] for one in told[2:]) == "It is warm."
    assert [(e.kind, e.status) for e in events if e.node == "weather"] == [
        ("step.started", ""), ("step.finished", "succeeded"),
    ]  # fmt: skip


async def test_an_answer_that_fits_the_schema(service: Service, services: Services) -> None:
    schema = {"type": "object", "required": ["warm"], "properties": {"warm": {"type": "boolean"}}}
    service.script(SUNNY, Says("Quite warm."), Says('{"warm": true}'))
    made = await answer(service, services, output_schema=schema)
    assert (made["data"], len(made["steps"])) == ({"warm": True}, 3)


async def test_an_answer_that_never_fits_is_an_error(service: Service, services: Services) -> None:
    service.script(Says("warm"), Says("very warm"))
    execution = await execute(service, services, output_schema={"type": "object"})
    assert execution.status == "failed"
    assert "does not fit the schema" in execution.error["message"]


# --- a model that does as it likes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (("launch_rocket", {}), "there is no tool 'launch_rocket'; there are: Look_at_the_sky, Post"),
        (("Look_at_the_sky", "{city: Rome"), "the arguments are no JSON object"),
        (("Look_at_the_sky", '["Rome"]'), "no JSON object"),
        (("Look_at_the_sky", {"city": "Rome"}), "'days' is a required property"),
        (("Look_at_the_sky", {"city": "Rome", "days": "soon"}), "days: 'soon' is not of type 'integer'"),
        (("Look_at_the_sky", {"city": "Atlantis", "days": 1}), "Atlantis has sunk"),
    ],
)
async def test_a_call_that_cannot_be_made_is_told_to_the_model(
    service: Service, services: Services, call: tuple[str, Any], says: str
) -> None:
    service.script(Says(calls=[call]), Says("I give up."))
    made = await answer(service, services)
    assert made["text"] == "I give up."
    assert says in made["steps"][0]["calls"][0]["error"]
    last = service.asked[1].body["messages"][-1]
    assert last["role"] == "tool"
    assert last["content"].startswith("Error: ")
    assert says in last["content"]


async def test_a_failing_tool_may_stop_it(service: Service, services: Services) -> None:
    service.script(Says(calls=[("Look_at_the_sky", {"city": "Atlantis", "days": 1})]))
    execution = await execute(service, services, on_tool_error="stop")
    assert execution.error["message"] == "Look_at_the_sky: Atlantis has sunk"


async def test_a_model_that_loops_is_stopped(service: Service, services: Services) -> None:
    service.script(*[SUNNY] * 9)
    execution = await execute(service, services, max_steps=4)
    assert execution.error["message"] == "the agent had no answer after 4 steps"
    assert len(service.asked) == 4


async def test_a_stream_that_is_cut_repeats_no_tool(service: Service, services: Services) -> None:
    """The engine tries the step again, and it goes on where it was."""
    service.script(Says(calls=[("Post", {"name": "Ann"})]), Says("Al", cut=True), Says("All done"))
    drawn = document()
    drawn["nodes"][1]["settings"] = {"retry": {"attempts": 2, "delay": 0}}
    execution = await run_workflow(
        drawn, [{"task": "Send"}], KERNEL, services=services, credentials={"acc": service.openai}
    )
    assert objects(outputs_of(execution, "agent"))[0]["text"] == "All done"
    assert [to for to, _ in Post.sent] == ["Dr Ann"]


async def test_nothing_can_follow_a_tool(service: Service, services: Services) -> None:
    drawn = document()
    drawn["connections"].append({"from": "weather", "output": "main", "to": "post", "input": "main"})
    with pytest.raises(InvalidError, match="Look at the sky is a tool of Agent"):
        await run_workflow(drawn, [{}], KERNEL, services=services, credentials={"acc": service.openai})


# --- a person approves -----------------------------------------------------------------------------------------


async def asking(service: Service, services: Services, **options: Any) -> Any:
    service.script(Says(calls=[("Post", {"name": "Ann"}), ("Post", {"name": "Bob"})]))
    execution = await execute(service, services, approve=["Post"], **options)
    assert execution.status == "waiting", execution.error
    assert Post.sent == []
    return execution


async def decide(execution: Any, approved: bool, note: str = "") -> Any:
    [wait] = [record.wait for record in execution.steps.values() if record.status == "waiting"]
    question = wait.form.fields[0].name
    form = {question: "yes" if approved else "no", "note": note}
    return await resume_workflow(execution, {"agent": {"form": form}})


async def test_a_tool_waits_for_approval_of_each_use(service: Service, services: Services) -> None:
    execution = await asking(service, services)
    [wait] = [record.wait for record in execution.steps.values() if record.status == "waiting"]
    assert (wait.kind, wait.form.title) == ("form", "May the agent use Post?")
    assert '"name": "Ann"' in wait.form.description
    execution = await decide(execution, True)
    assert (execution.status, [to for to, _ in Post.sent]) == ("waiting", ["Dr Ann"])
    service.script(Says("Ann gets one, Bob does not."))
    execution = await decide(execution, False, "Bob has moved")
    assert (execution.status, [to for to, _ in Post.sent]) == ("succeeded", ["Dr Ann"])
    [made] = objects(outputs_of(execution, "agent"))
    first, second = made["steps"][0]["calls"]
    assert first["result"] == {"sent": "Dr Ann"}
    assert second["error"] == "a person did not approve this: Bob has moved"
    assert service.asked[1].body["messages"][-1]["content"] == f"Error: {second['error']}"


@pytest.mark.parametrize(
    "payload", [None, {}, [], "yes", {"form": None}, {"form": {"use_0_1_0": True}}, {"form": {"use_0_0_0": "yes"}}]
)
async def test_what_is_no_answer_to_the_question_is_asked_again(
    service: Service, services: Services, payload: Any
) -> None:
    """Also a form that was sent twice, since its URL is that of the next question as well."""
    execution = await resume_workflow(await asking(service, services), {"agent": payload})
    assert (execution.status, Post.sent) == ("waiting", [])
    assert (await decide(execution, True)).status == "waiting"
    assert [to for to, _ in Post.sent] == ["Dr Ann"]


async def test_items_before_one_that_waits_are_not_worked_on_again(service: Service, services: Services) -> None:
    service.script(Says("one"), Says(calls=[("Post", {"name": "Ann"})]))
    execution = await execute(service, services, [{"task": "First"}, {"task": "Second"}], approve=["Post"])
    assert execution.status == "waiting"
    service.script(Says("two"))
    execution = await decide(execution, True)
    assert [made["text"] for made in objects(outputs_of(execution, "agent"))] == ["one", "two"]
    assert len(service.asked) == 3


async def test_a_tool_to_approve_that_is_not_there_is_named(service: Service, services: Services) -> None:
    execution = await execute(service, services, approve=["Pots"])
    assert execution.error["message"] == "no tool of the agent is called 'Pots'"
    assert service.asked == []


# --- its process dies ------------------------------------------------------------------------------------------


async def killed(service: Service, services: Services, journal: MemoryJournal, moment: asyncio.Event) -> None:
    """Run, and pull the plug at a moment."""
    running = asyncio.create_task(execute(service, services, journal=journal))
    await moment.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_after_a_crash_it_goes_on_and_no_recorded_call_runs_again(service: Service, services: Services) -> None:
    journal, never = MemoryJournal(), asyncio.Event()
    second = asyncio.Event()

    def dies(body: Any) -> Says:
        second.set()
        return Says(status=503, body={})

    service.script(Says(calls=[("Post", {"name": "Ann"})]), Says(calls=[("Post", {"name": "Bob"})]), dies)
    assert not never.is_set()
    await killed(service, services, journal, second)
    assert [to for to, _ in Post.sent] == ["Dr Ann", "Dr Bob"]

    service.script(Says("Both sent."))
    execution = await execute(service, services, journal=journal)
    assert execution.status == "succeeded"
    [made] = objects(outputs_of(execution, "agent"))
    assert (made["text"], len(made["steps"])) == ("Both sent.", 3)
    assert [to for to, _ in Post.sent] == ["Dr Ann", "Dr Bob"]
    roles = [message["role"] for message in service.asked[-1].body["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "tool"]


async def test_what_is_recorded_is_plain_json_of_our_own(service: Service, services: Services) -> None:
    journal = MemoryJournal()
    service.script(SUNNY, Says("Warm"))
    await execute(service, services, journal=journal)
    waits = [record.wait for record in journal.records if record.wait is not None]
    assert waits[0].data["state"]["messages"] == [
        {"role": "user", "text": "Weather?"},
        {"role": "assistant", "text": "", "calls": [
            {"id": "call_0", "name": "Look_at_the_sky", "arguments": {"city": "Rome", "days": 2}},
        ]},
    ]  # fmt: skip
    assert len(waits) == 3, "after each answer of the model and each call"


async def test_an_unsafe_call_is_announced_before_it_is_made(service: Service, services: Services) -> None:
    """So that after a crash in its middle the node's settings decide, as they do about an unsafe step."""
    journal = MemoryJournal()
    Post.stuck = "Dr Ann"
    service.script(Says(calls=[("Look_at_the_sky", {"city": "Rome", "days": 1}), ("Post", {"name": "Ann"})]))
    await killed(service, services, journal, Post.under_way)
    assert journal.intents == [("agent", (), 2)]


def test_an_agent_takes_one_item_at_a_time() -> None:
    assert Agent.concurrency == 1
