"""What may pass: personal data without a model, topics by one, JSON by its schema."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_ai.guardrail import Guardrail
from a8n_ai.personal import FINDERS, find, redact

from .conftest import Says, Service

ALL = frozenset(FINDERS)


async def guard(services: Services, text: str, **params: Any) -> tuple[str, dict[str, Any]]:
    outputs = await run(Guardrail, {"text": {"$": "json.text"}, **params}, [{"text": text}], services=services)
    [(port, answer)] = [(port, one) for port, items in outputs.items() for one in objects(items)]
    return port, answer


def judge(service: Service, **more: Any) -> dict[str, Any]:
    return {"topic": {"by": "model", "account": service.openai, "model": "small", "rule": "Teapots only.", **more}}


# --- Personal data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "text"), [
    ("email", "ann@example.com"),
    ("email", "ann.o'neil+shop@mail.example.co.uk"),
    ("email", "jürgen@bücher.example"),
    ("iban", "DE89370400440532013000"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "gb82 west 1234 5698 7654 32"),
    ("iban", "NO93 8601 1117 947"),
    ("credit_card", "4111 1111 1111 1111"),
    ("credit_card", "5500-0000-0000-0004"),
    ("credit_card", "378282246310005"),
    ("ip", "203.0.113.7"),
    ("ip", "2001:db8::8a2e:370:7334"),
    ("ip", "::1"),
    ("phone", "+49 30 901820"),
    ("phone", "+1 (212) 555-0123"),
    ("phone", "0049 30 901820"),
    ("phone", "030 90182000"),
    ("phone", "(030) 9018-2000"),
    ("phone", "(212) 555-0123"),
    ("phone", "212-555-0123"),
])  # fmt: skip
@pytest.mark.parametrize(("before", "after"), [("", ""), ("It is ", ", and more words follow."), ("(", ").")])
def test_personal_data_is_found_where_it_stands(kind: str, text: str, before: str, after: str) -> None:
    assert redact(before + text + after, find(before + text + after, ALL)) == f"{before}[{kind}]{after}"


@pytest.mark.parametrize("text", [
    "@example.com", "ann@localhost", "a @ b.com",
    "4111 1111 1111 1112",  # fails the check of Luhn
    "0000 0000 0000 0000",
    "256.1.1.1", "1.2.3", "version 1.2.3.4.5", "12:30:45", "std::vector", "a :: b",
    "01.02.2026 10:30", "01-02-2026 10:30", "2026-11-23", "1,234,567.89", "Room 12, floor 3", "order 20261123",
])  # fmt: skip
def test_what_only_looks_like_personal_data_is_left(text: str) -> None:
    assert find(text, ALL) == []


@pytest.mark.parametrize("text", [
    "DE89 3704 0044 0532 0130 01",  # its check digits are wrong
    "ZZ89 3704 0044 0532 0130 00",  # of no country
    "DE89 3704 0044 0532 0130 000",  # too long
])  # fmt: skip
def test_an_iban_is_one_that_its_country_may_give(text: str) -> None:
    assert find(text, frozenset({"iban"})) == []


def test_only_the_kinds_that_are_wanted_are_found() -> None:
    text = "ann@example.com, 203.0.113.7"
    assert redact(text, find(text, frozenset({"ip"}))) == "ann@example.com, [ip]"


def test_what_is_next_to_each_other_is_found_apart() -> None:
    text = "ann@example.com bob@example.com DE89370400440532013000 NO9386011117947"
    assert redact(text, find(text, ALL)) == "[email] [email] [iban] [iban]"


async def test_a_text_with_personal_data_fails_and_findings_do_not_repeat_it(services: Services) -> None:
    port, answer = await guard(services, "I am ann@example.com.")
    assert (port, answer["findings"]) == ("fail", [{"check": "email", "start": 5, "end": 20}])
    assert answer["text"] == "I am ann@example.com."


async def test_a_redacted_text_passes(services: Services) -> None:
    port, answer = await guard(services, "I am ann@example.com.", redact=True)
    assert (port, answer["text"]) == ("pass", "I am [email].")
    assert [finding["check"] for finding in answer["findings"]] == ["email"]


async def test_a_harmless_text_passes(services: Services) -> None:
    assert await guard(services, "A teapot, please.") == ("pass", {"text": "A teapot, please.", "findings": []})


# --- Topics ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("allowed", "port", "checks"), [("true", "pass", []), ("false", "fail", ["topic"])])
async def test_a_model_judges_the_topic(
    service: Service, services: Services, allowed: str, port: str, checks: list[str]
) -> None:
    service.script(Says(f'{{"allowed": {allowed}, "reason": "Because."}}', tokens=(8, 2)))
    found, answer = await guard(services, "A teapot, please.", **judge(service, input_price=1))
    assert (found, [finding["check"] for finding in answer["findings"]]) == (port, checks)
    assert (answer["usage"]["total_tokens"], answer["usage"]["cost"]) == (10, 0.000008)
    system, user = service.asked[0].body["messages"]
    assert "Teapots only." in system["content"]
    assert user["content"] == "A teapot, please."


async def test_the_model_sees_no_personal_data(service: Service, services: Services) -> None:
    assert (await guard(services, "I am ann@example.com.", **judge(service)))[0] == "fail"
    assert service.asked == []
    service.script(Says('{"allowed": true, "reason": "Fine."}'))
    assert (await guard(services, "I am ann@example.com.", redact=True, **judge(service)))[0] == "pass"
    assert service.asked[0].body["messages"][1]["content"] == "I am [email]."


async def test_a_judge_that_answers_nonsense_lets_nothing_pass(service: Service, services: Services) -> None:
    service.script(Says("Sure!"), Says("It is fine."))
    with pytest.raises(NodeError, match="does not fit the schema"):
        await guard(services, "A teapot, please.", **judge(service))


# --- JSON ------------------------------------------------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}


@pytest.mark.parametrize(("text", "port"), [('{"count": 1}', "pass"), ('{"count": "1"}', "fail"), ("count", "fail")])
async def test_a_text_has_to_fit_the_schema(services: Services, text: str, port: str) -> None:
    found, answer = await guard(services, text, json_schema=SCHEMA)
    assert found == port
    assert [finding["check"] for finding in answer["findings"]] == ([] if port == "pass" else ["schema"])


async def test_a_schema_that_is_none_is_named(services: Services) -> None:
    with pytest.raises(NodeError, match="no valid JSON Schema") as caught:
        await guard(services, "{}", json_schema={"type": "table"})
    assert caught.value.field == "json_schema"
