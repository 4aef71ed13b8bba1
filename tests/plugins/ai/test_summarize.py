"""Summaries of short texts and of long ones, and where texts are cut."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_ai.splitting import split
from a8n_ai.summarize import Summarize

from .conftest import Says, Service

PARAGRAPHS = [letter * 400 for letter in "abc"]


async def summarize(service: Service, services: Services, text: str, settings: Any = None, **params: Any) -> Any:
    given = {"account": service.openai, "model": "small", "text": text, "part_size": 500, **params}
    [answer] = objects((await run(Summarize, given, services=services, settings=settings))["main"])
    return answer


def given_texts(service: Service) -> list[str]:
    return [asked.body["messages"][-1]["content"] for asked in service.asked]


async def test_a_text_that_fits_is_summarised_in_one_go(service: Service, services: Services) -> None:
    service.script(Says("Short."))
    answer = await summarize(service, services, "A text.", instructions="One word.")
    assert (answer["text"], answer["parts"], answer["usage"]["total_tokens"]) == ("Short.", 1, 15)
    [asked] = service.asked
    assert asked.body["messages"][0]["content"].endswith("One word.")
    assert given_texts(service) == ["A text."]


async def test_of_a_long_text_the_parts_are_summarised_and_then_their_summaries(
    service: Service, services: Services
) -> None:
    service.script(Says("A."), Says("B."), Says("C."), Says("ABC."))
    answer = await summarize(service, services, "\n\n".join(PARAGRAPHS))
    assert (answer["text"], answer["parts"], answer["usage"]["total_tokens"]) == ("ABC.", 3, 60)
    assert given_texts(service) == [*PARAGRAPHS, "A.\n\nB.\n\nC."]


async def test_summaries_that_are_long_together_are_summarised_again(service: Service, services: Services) -> None:
    first = [letter * 300 for letter in "xyz"]
    service.script(*map(Says, first), Says("X"), Says("Y"), Says("Z"), Says("XYZ"))
    assert (await summarize(service, services, "\n\n".join(PARAGRAPHS)))["text"] == "XYZ"
    assert given_texts(service) == [*PARAGRAPHS, *first, "X\n\nY\n\nZ"]


async def test_an_attempt_that_failed_goes_on_where_it_was(service: Service, services: Services) -> None:
    service.script(
        Says("A."), Says("B."), Says(status=503, body={"error": {"message": "no"}}), Says("C."), Says("ABC.")
    )
    settings = {"retry": {"attempts": 2, "delay": 0}}
    answer = await summarize(service, services, "\n\n".join(PARAGRAPHS), settings)
    assert (answer["text"], answer["usage"]["total_tokens"]) == ("ABC.", 60)
    assert given_texts(service) == [*PARAGRAPHS, PARAGRAPHS[2], "A.\n\nB.\n\nC."]


async def test_summaries_that_are_not_shorter_are_an_error(service: Service, services: Services) -> None:
    service.script(*(Says("x" * 400) for _ in PARAGRAPHS))
    with pytest.raises(NodeError, match="no shorter than the text"):
        await summarize(service, services, "\n\n".join(PARAGRAPHS))


async def test_a_text_of_too_many_parts_is_refused_before_it_costs_anything(
    service: Service, services: Services
) -> None:
    with pytest.raises(NodeError, match="3 parts, and at most 2") as caught:
        await summarize(service, services, "\n\n".join(PARAGRAPHS), max_parts=2)
    assert caught.value.field == "max_parts"
    assert service.asked == []


async def test_white_space_is_no_text(service: Service, services: Services) -> None:
    with pytest.raises(NodeError, match="no text to summarise"):
        await summarize(service, services, " \n ")


@pytest.mark.parametrize(("text", "pieces"), [
    ("", []),
    ("short", ["short"]),
    ("one one\n\ntwo\nthree", ["one one", "two\nthree"]),
    ("one one\ntwo. three", ["one one", "two. three"]),
    ("One one. Two two two", ["One one.", "Two two", "two"]),
    ("one two three four", ["one two", "three four"]),
    ("abcdefghijklmnopqrstuvwxyz", ["abcdefghij", "klmnopqrst", "uvwxyz"]),
])  # fmt: skip
def test_texts_are_cut_where_a_reader_would(text: str, pieces: list[str]) -> None:
    assert split(text, 10) == pieces
