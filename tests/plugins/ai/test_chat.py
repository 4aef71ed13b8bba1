"""One question to a chat model, over the real libraries and the guarded client."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from a8n import NodeError
from a8n.events import Event
from a8n.runtime.egress import EgressClient
from a8n.testing import Services, credential, objects, run
from a8n_ai.accounts import OpenAI
from a8n_ai.chat import ChatModel

from .conftest import Says, Service

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def ask(service: Service, services: Services, **params: Any) -> dict[str, Any]:
    given = {"account": service.openai, "model": "small", "prompt": "Hello?", **params}
    [answer] = objects((await run(ChatModel, given, services=services))["main"])
    return answer


async def test_it_answers_and_counts_tokens(service: Service, services: Services) -> None:
    service.script(Says("Hello, you!", tokens=(1_000, 500)))
    answer = await ask(service, services, system="Be kind.", input_price=2, output_price=10, temperature=0.5)
    assert answer == {
        "text": "Hello, you!",
        "data": None,
        "model": "small",
        "finish": "stop",
        "usage": {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500, "cost": 0.007},
    }
    [asked] = service.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer sk-right"
    assert asked.body["temperature"] == 0.5
    assert [(m["role"], m["content"]) for m in asked.body["messages"]] == [("system", "Be kind."), ("user", "Hello?")]


async def test_tokens_stream_to_whoever_watches(service: Service, services: Services) -> None:
    service.script(Says("one two three"))
    events: list[Event] = []
    params = {"account": service.openai, "model": "small", "prompt": "Count."}
    await run(ChatModel, params, services=services, observer=events.append)
    tokens = [event.data["event"] for event in events if event.kind == "step.progress"]
    assert len(tokens) > 2
    assert {token["kind"] for token in tokens} == {"token"}
    assert "".join(token["text"] for token in tokens) == "one two three"


@pytest.mark.parametrize("provider", ["anthropic", "groq", "ollama"])
async def test_other_providers_speak_their_own_protocols(service: Service, services: Services, provider: str) -> None:
    service.script(Says("Guten Tag", tokens=(7, 3)))
    answer = await ask(service, services, account=getattr(service, provider), max_tokens=50)
    assert answer["text"] == "Guten Tag"
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (7, 3)
    assert [asked.path for asked in service.asked] == [
        {"anthropic": "/v1/messages", "groq": "/openai/v1/chat/completions", "ollama": "/api/chat"}[provider]
    ]


async def test_the_history_comes_before_the_question(service: Service, services: Services) -> None:
    service.script(Says("Ann"))
    history = [{"role": "user", "text": "I am Ann."}, {"role": "assistant", "text": "Hello Ann."}]
    await ask(service, services, history=history, prompt="Who am I?")
    said = [(m["role"], m["content"]) for m in service.asked[0].body["messages"]]
    assert said == [("user", "I am Ann."), ("assistant", "Hello Ann."), ("user", "Who am I?")]


async def test_a_message_of_the_history_that_is_none_is_named(service: Service, services: Services) -> None:
    with pytest.raises(NodeError, match="message 1 of the history") as caught:
        await ask(service, services, history=[{"role": "user", "text": "a"}, {"role": "root", "text": "b"}])
    assert caught.value.field == "history.1"
    assert service.asked == []


# --- JSON that fits a schema -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"city": "Rome"}', 'Here it is:\n```json\n{"city": "Rome"}\n```\nEnjoy!'])
async def test_an_answer_that_fits_the_schema_is_data(service: Service, services: Services, text: str) -> None:
    service.script(Says(text))
    answer = await ask(service, services, output_schema=SCHEMA)
    assert answer["data"] == {"city": "Rome"}
    assert "JSON Schema" in service.asked[0].body["messages"][0]["content"]


@pytest.mark.parametrize("wrong", ["It is Rome.", '{"city": 5}', '{"city": NaN}', "{" * 5_000])
async def test_an_answer_that_does_not_fit_is_repaired_once(service: Service, services: Services, wrong: str) -> None:
    service.script(Says(wrong), Says('{"city": "Rome"}'))
    answer = await ask(service, services, output_schema=SCHEMA)
    assert answer["data"] == {"city": "Rome"}
    assert answer["usage"]["total_tokens"] == 30
    *_, said, complaint = service.asked[1].body["messages"]
    assert said == {"role": "assistant", "content": wrong}
    assert "does not fit" in complaint["content"]


async def test_an_answer_that_never_fits_is_an_error(service: Service, services: Services) -> None:
    service.script(Says("Rome"), Says('{"town": "Rome"}'))
    with pytest.raises(NodeError, match="'city' is a required property"):
        await ask(service, services, output_schema=SCHEMA)
    assert len(service.asked) == 2


@pytest.mark.parametrize("schema", [{"type": "objekt"}, [1], {"$literal": {"$ref": "https://example.com/s.json"}}])
async def test_a_schema_that_is_none_is_an_error(service: Service, services: Services, schema: Any) -> None:
    service.script(Says("{}"))
    with pytest.raises(NodeError, match=r"schema|Schema"):
        await ask(service, services, output_schema=schema)


# --- what goes wrong -------------------------------------------------------------------------------------------


async def test_a_wrong_key_is_said_and_not_tried_again(service: Service, services: Services) -> None:
    account = credential(OpenAI, base_url=f"{service.root}/v1", api_key="sk-wrong")
    with pytest.raises(NodeError, match="answered 401: Incorrect API key provided") as caught:
        await ask(service, services, account=account)
    assert (caught.value.field, caught.value.retryable) == ("account", False)


async def test_a_limit_says_how_long_to_wait(service: Service, services: Services) -> None:
    service.script(Says(status=429, body={"error": {"message": "Slow down"}}, headers={"Retry-After": "7"}))
    with pytest.raises(NodeError, match="429: Slow down") as caught:
        await ask(service, services)
    assert (caught.value.retry_after, caught.value.retryable) == (7.0, True)
    assert len(service.asked) == 1, "the engine retries by the node's settings, and no SDK behind its back"


async def test_a_model_that_is_not_there(service: Service, services: Services) -> None:
    service.script(Says(status=404, body={"error": {"message": "no model 'huge'"}}))
    with pytest.raises(NodeError, match="no model 'huge'") as caught:
        await ask(service, services, model="huge")
    assert (caught.value.field, caught.value.retryable) == ("model", False)


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", '"oops"', "[]", "", '{"error": {"message": {}}}'])
async def test_a_failing_service_may_be_tried_again(service: Service, services: Services, body: str) -> None:
    service.script(Says(status=502, body=body))
    with pytest.raises(NodeError, match="answered 502") as caught:
        await ask(service, services)
    assert caught.value.retryable


@pytest.mark.parametrize("says", [Says("a long answer", cut=True), Says("a long answer", unfinished=True)])
async def test_an_answer_that_is_cut_is_no_answer(service: Service, services: Services, says: Says) -> None:
    service.script(says)
    with pytest.raises(NodeError, match=r"cut short|ended the connection") as caught:
        await ask(service, services)
    assert caught.value.retryable


async def test_a_stream_of_nonsense_is_an_error_of_the_model(service: Service, services: Services) -> None:
    service.script(Says(body="data: {nonsense\n\n"))
    with pytest.raises(NodeError, match="small"):
        await ask(service, services)


async def test_nobody_home(services: Services) -> None:
    account = credential(OpenAI, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(NodeError, match=r"could not connect to 127\.0\.0\.1"):
        await run(ChatModel, {"account": account, "model": "m", "prompt": "p"}, services=services)


async def test_addresses_inside_are_refused_to_the_sdk_too(service: Service) -> None:
    client = EgressClient()
    with pytest.raises(NodeError, match="not a public address"):
        await ask(service, Services(http=client))
    await client.close()
    assert service.asked == []


async def test_the_next_model_is_asked_where_one_fails(service: Service, services: Services) -> None:
    service.script(Says(status=503, body={}), Says("Here I am"))
    fallback = {"account": service.groq, "model": "other", "input_price": 1}
    answer = await ask(service, services, fallbacks=[fallback])
    assert (answer["text"], answer["model"]) == ("Here I am", "other")
    assert answer["usage"]["cost"] == 0.00001


@pytest.mark.parametrize("more", [{"base_url": "http://169.254.169.254"}, {"http_client": 1}, {"api_key": "x"}, [1]])
async def test_options_cannot_lead_elsewhere(service: Service, services: Services, more: Any) -> None:
    with pytest.raises(NodeError) as caught:
        await ask(service, services, more=more)
    assert caught.value.field == "more"
    assert service.asked == []


async def test_a_missing_library_says_what_to_install(
    service: Service, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "langchain_anthropic", None)
    with pytest.raises(NodeError, match="langchain_anthropic is not installed") as caught:
        await ask(service, services, account=service.anthropic)
    assert caught.value.hint == "pip install 'a8n[ai-anthropic]'"


# --- the account -----------------------------------------------------------------------------------------------


async def test_the_test_button_lists_the_models(service: Service, services: Services) -> None:
    assert await service.openai.check(services.http) == "2 models, such as large"
    assert await service.ollama.check(services.http) == "1 models, such as small"
    with pytest.raises(NodeError, match="401"):
        await credential(OpenAI, base_url=f"{service.root}/v1", api_key="no").check(services.http)


async def test_models_are_live_choices(service: Service, services: Services) -> None:
    choices = await ChatModel.models(service.openai, "LAR", services.http)  # type: ignore[arg-type]
    assert [choice.value for choice in choices] == ["large"]
