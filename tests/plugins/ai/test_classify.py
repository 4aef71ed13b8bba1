"""Sorting texts by a model: the categories are the outputs."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_ai.classify import Classify

from .conftest import Says, Service

CATEGORIES = [{"name": "order", "description": "They want to buy."}, {"name": "complaint"}]


async def sort(service: Service, services: Services, **params: Any) -> dict[str, list[dict[str, Any]]]:
    given = {"account": service.openai, "model": "small", "text": {"$": "json.body"}, "categories": CATEGORIES}
    outputs = await run(Classify, {**given, **params}, [{"body": "No lid!"}], services=services)
    return {port: objects(items) for port, items in outputs.items() if items}


async def test_an_item_goes_to_its_category(service: Service, services: Services) -> None:
    service.script(Says('{"categories": ["complaint"]}'))
    assert await sort(service, services, instructions="We sell teapots.") == {"complaint": [{"body": "No lid!"}]}
    system, user = service.asked[0].body["messages"]
    assert "- order: They want to buy.\n- complaint\n" in system["content"]
    assert "We sell teapots." in system["content"]
    assert user["content"] == "No lid!"


async def test_an_item_goes_to_several_categories_where_that_is_wanted(service: Service, services: Services) -> None:
    service.script(Says('{"categories": ["complaint", "order"]}'))
    item = {"body": "No lid!"}
    assert await sort(service, services, several=True) == {"order": [item], "complaint": [item]}


async def test_two_categories_where_one_is_wanted_are_sent_back(service: Service, services: Services) -> None:
    service.script(Says('{"categories": ["complaint", "order"]}'), Says('{"categories": ["order"]}'))
    assert await sort(service, services) == {"order": [{"body": "No lid!"}]}
    assert "does not fit" in service.asked[1].body["messages"][-1]["content"]


async def test_a_category_that_there_is_not_is_an_error_after_one_repair(service: Service, services: Services) -> None:
    service.script(Says('{"categories": ["spam"]}'), Says('{"categories": ["spam"]}'))
    with pytest.raises(NodeError, match="'spam' is not one of"):
        await sort(service, services)
    assert len(service.asked) == 2


@pytest.mark.parametrize(("otherwise", "outputs"), [("output", {"fallback": [{"body": "No lid!"}]}), ("drop", {})])
async def test_what_fits_nothing(service: Service, services: Services, otherwise: str, outputs: Any) -> None:
    service.script(Says('{"categories": []}'))
    assert await sort(service, services, otherwise=otherwise) == outputs


async def test_what_fits_nothing_can_be_an_error(service: Service, services: Services) -> None:
    service.script(Says('{"categories": []}'))
    with pytest.raises(NodeError, match="fits no category"):
        await sort(service, services, otherwise="error")


async def test_what_was_found_is_saved_in_a_field_of_the_item(service: Service, services: Services) -> None:
    service.script(Says('{"categories": ["order"]}', tokens=(7, 3)))
    [item] = (await sort(service, services, save_as="found"))["order"]
    assert item["body"] == "No lid!"
    assert (item["found"]["categories"], item["found"]["usage"]["total_tokens"]) == (["order"], 10)


@pytest.mark.parametrize("name", ["order", "fallback"])
async def test_two_outputs_of_one_name_are_an_error(service: Service, services: Services, name: str) -> None:
    with pytest.raises(NodeError, match=f"two outputs called '{name}'") as caught:
        await sort(service, services, categories=[*CATEGORIES, {"name": name}])
    assert caught.value.field == "categories.2.name"
    assert service.asked == []


def test_the_categories_are_the_outputs() -> None:
    assert Classify.ports({"categories": CATEGORIES}) == ("order", "complaint", "fallback")
    assert Classify.ports({"categories": CATEGORIES, "otherwise": "drop"}) == ("order", "complaint")
    assert Classify.ports({"categories": {"$": "json.list"}, "otherwise": "drop"}) == ("fallback",)
