"""Values out of texts, by fields and by a schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_ai.extract import Extract

from .conftest import Says, Service

FIELDS = {
    "by": "fields",
    "fields": [
        {"name": "product", "required": True, "description": "What they want."},
        {"name": "count", "kind": "integer"},
        {"name": "until", "kind": "date"},
        {"name": "colours", "kind": "texts"},
    ],
}
FOUND = {"product": "teapot", "count": 3, "until": "2026-05-05", "colours": ["red", "blue"]}


async def extract(service: Service, services: Services, what: Any) -> dict[str, Any]:
    params = {"account": service.openai, "model": "small", "text": "3 teapots, please", "what": what}
    [answer] = objects((await run(Extract, params, services=services))["main"])
    return answer


async def test_it_finds_the_fields(service: Service, services: Services) -> None:
    service.script(Says(json.dumps(FOUND)))
    answer = await extract(service, services, FIELDS)
    assert (answer["data"], answer["model"], answer["usage"]["total_tokens"]) == (FOUND, "small", 15)
    assert "What they want." in service.asked[0].body["messages"][0]["content"]


async def test_what_the_text_does_not_tell_is_null(service: Service, services: Services) -> None:
    found = {"product": "teapot", "count": None, "until": None, "colours": None}
    service.script(Says(json.dumps(found)))
    assert (await extract(service, services, FIELDS))["data"] == found


async def test_a_required_field_that_the_text_does_not_tell_is_an_error(service: Service, services: Services) -> None:
    service.script(Says(json.dumps({**FOUND, "product": None})))
    with pytest.raises(NodeError, match="does not tell 'product'") as caught:
        await extract(service, services, FIELDS)
    assert caught.value.field == "what.fields.0"
    assert len(service.asked) == 1


@pytest.mark.parametrize("wrong", [{"until": "5th of May"}, {"count": "three"}, {"invented": 1}])
async def test_what_does_not_fit_is_repaired_once(service: Service, services: Services, wrong: Any) -> None:
    service.script(Says(json.dumps({**FOUND, **wrong})), Says(json.dumps(FOUND)))
    answer = await extract(service, services, FIELDS)
    assert (answer["data"], answer["usage"]["total_tokens"]) == (FOUND, 30)


async def test_it_gives_what_fits_a_schema(service: Service, services: Services) -> None:
    service.script(Says("[1, 2.5]"))
    what = {"by": "schema", "json_schema": {"type": "array", "items": {"type": "number"}}}
    assert (await extract(service, services, what))["data"] == [1, 2.5]


@pytest.mark.parametrize(("what", "field"), [
    ({"by": "schema", "json_schema": {"type": "table"}}, "what.json_schema"),
    ({"by": "fields", "fields": [{"name": "a"}, {"name": "a"}]}, "what.fields.1.name"),
])  # fmt: skip
async def test_what_cannot_be_asked_for_is_named(service: Service, services: Services, what: Any, field: str) -> None:
    with pytest.raises(NodeError) as caught:
        await extract(service, services, what)
    assert caught.value.field == field
    assert service.asked == []
