"""Memory: what a model is told of earlier questions, and what is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from a8n.testing import MemoryStores, Services, objects, outputs_of, run, run_workflow
from a8n_ai.chat import ChatModel
from a8n_ai.memory import LARGEST, ROOM, SessionNode

from .conftest import Says, Service
from .test_agent import KERNEL, SUNNY, document


@pytest.fixture
def services(services: Services) -> Services:
    services.store = MemoryStores()
    return services


async def ask(service: Service, services: Services, *prompts: str, session: str = "ada", **memory: Any) -> list[Any]:
    """Ask one after the other, as items of one step, which are exchanges of their own."""
    kept = {"kind": "session", "session": {"$": "json.session"}, **memory}
    params = {"account": service.openai, "model": "small", "prompt": {"$": "json.q"}, "memory": kept}
    items = [{"q": prompt, "session": session} for prompt in prompts]
    return objects((await run(ChatModel, params, items, services=services))["main"])


def told(service: Service, number: int = -1) -> list[tuple[str, str]]:
    return [(one["role"], one["content"]) for one in service.asked[number].body["messages"]]


async def known(services: Services, session: str = "ada", **params: Any) -> dict[str, Any]:
    [memory] = objects((await run(SessionNode, {"session": session, **params}, services=services))["main"])
    return memory


async def test_a_session_goes_on_where_it_was_and_others_know_nothing(service: Service, services: Services) -> None:
    service.script(Says("Hello Ada"), Says("You are Ada"), Says("Who are you?"))
    await ask(service, services, "I am Ada", "Who am I?")
    assert told(service) == [("user", "I am Ada"), ("assistant", "Hello Ada"), ("user", "Who am I?")]
    await ask(service, services, "Who am I?", session="bob")
    assert told(service) == [("user", "Who am I?")]
    assert [one["text"] for one in (await known(services))["messages"]] == [
        "I am Ada", "Hello Ada", "Who am I?", "You are Ada",
    ]  # fmt: skip


async def test_a_step_that_is_run_again_is_remembered_once(service: Service, services: Services) -> None:
    service.script(Says("Hello"), Says("Hello again"))
    for _ in range(2):  # with one idempotency key, as after a crash
        await ask(service, services, "I am Ada")
    assert [one["text"] for one in (await known(services))["messages"]] == ["I am Ada", "Hello"]


async def test_only_the_last_exchanges_are_told(service: Service, services: Services) -> None:
    service.script(*(Says(f"a{number}") for number in range(4)))
    await ask(service, services, "q0", "q1", "q2", "q3", exchanges=2)
    assert [text for _, text in told(service)] == ["q1", "a1", "q2", "a2", "q3"]
    assert len((await known(services))["messages"]) == 4


async def test_what_is_older_is_summarised_unseen_by_who_watches(service: Service, services: Services) -> None:
    service.script(Says("a0"), Says("a1"), Says("a2"), Says("They counted.", tokens=(100, 50)), Says("a3"))
    seen: list[str] = []
    kept = {"kind": "session", "session": "ada", "exchanges": 2, "summarize": True}
    params = {"account": service.openai, "model": "small", "prompt": {"$": "json.q"}, "memory": kept}
    outputs = await run(
        ChatModel, params, [{"q": f"q{number}"} for number in range(4)], services=services,
        observer=lambda event: seen.append(str(event.data)),
    )  # fmt: skip
    assert "q0" in told(service, 3)[1][1]
    assert told(service) == [
        ("system", "What was said earlier in this conversation, in short:\nThey counted."),
        ("user", "q2"), ("assistant", "a2"), ("user", "q3"),
    ]  # fmt: skip
    assert [one["usage"]["total_tokens"] for one in objects(outputs["main"])] == [15, 15, 165, 15]
    assert not any("They" in one for one in seen if "'token'" in one)
    assert (await known(services))["summary"] == "They counted."


async def test_a_summary_that_cannot_be_made_costs_nobody_the_answer(service: Service, services: Services) -> None:
    service.script(Says("a0"), Says("a1"), Says(status=400, body={"error": {"message": "no"}}), Says("a2"), Says("S"))
    answers = await ask(service, services, "q0", "q1", "q2", exchanges=1, summarize=True)
    assert [one["text"] for one in answers] == ["a0", "a1", "a2"]
    memory = await known(services)
    assert (memory["summary"], [one["text"] for one in memory["messages"]]) == ("S", ["q2", "a2"])


async def test_an_agent_remembers_tasks_and_answers(service: Service, services: Services) -> None:
    service.script(SUNNY, Says("It is 20 F."), Says("As I said."))
    memory = {"kind": "session", "session": "ada"}
    items = [{"task": "Weather?"}, {"task": "Again?"}]
    execution = await run_workflow(
        document(memory=memory), items, KERNEL, services=services, credentials={"acc": service.openai}
    )
    assert [made["text"] for made in objects(outputs_of(execution, "agent"))] == ["It is 20 F.", "As I said."]
    assert told(service) == [("user", "Weather?"), ("assistant", "It is 20 F."), ("user", "Again?")]


async def test_a_session_is_forgotten(service: Service, services: Services) -> None:
    service.script(Says("Hello"))
    await ask(service, services, "I am Ada")
    assert len((await known(services, forget=True))["messages"]) == 2
    assert (await known(services))["messages"] == []


async def test_workflows_of_a_project_may_share_a_session(service: Service, services: Services) -> None:
    service.script(Says("Hello"))
    await ask(service, services, "I am Ada", shared=True)
    assert (await known(services))["messages"] == []
    assert len((await known(services, shared=True))["messages"]) == 2


async def test_long_messages_and_odd_sessions_find_room(service: Service, services: Services) -> None:
    session = "odd\n" + "x" * 500
    service.script(Says("first"), Says("last"))
    await ask(service, services, "ü" * 50_000, session=session, exchanges=200)
    assert [len(one["text"]) for one in (await known(services, session))["messages"]] == [LARGEST + 1, 5]
    assert services.store is not None
    store = services.store("test-workflow")
    [key] = await store.keys()
    old = [{"role": role, "text": "ä" * LARGEST} for role in ("user", "assistant")] * 14
    await store.put(key, {"messages": old})
    await ask(service, services, "ü" * 50_000, session=session, exchanges=200)
    messages = (await known(services, session))["messages"]
    assert len(messages) == 28
    assert messages[-1]["text"] == "last"
    assert sum(len(one["text"].encode()) for one in messages) < ROOM
