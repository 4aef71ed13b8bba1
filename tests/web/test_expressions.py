"""Expressions while somebody writes them: evaluated by the engine, on data that are really there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Client, Reply
from tests.web.test_data import ran, size
from tests.web.test_executions import chain, saved


async def preview(client: Client, path: str, value: Any, node: str = "greet", **body: Any) -> Reply:
    reply = await client.post(
        "/api/expressions/preview", {"workflow": path.rpartition("/")[2], "node": node, "value": value, **body}
    )
    assert reply.status == 200, reply.body
    return reply


async def test_an_expression_is_evaluated_on_the_recorded_input(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    execution = await ran(owner, path, {"name": "Ada"}, {"name": "Bob"})
    first = await preview(owner, path, {"$": "json.name | upper"})
    assert (first["value"], first["type"], first["text"], first["error"]) == ("ADA", "text", "ADA", None)
    assert (first["items"], first["item"], first["source"], first["execution"]) == (2, 0, "execution", execution)
    second = await preview(owner, path, {"$t": "Hello {{ json.name }}!"}, item=1)
    assert second["value"] == "Hello Bob!"
    beyond = await preview(owner, path, {"$": "json.name"}, item=99)
    assert (beyond["value"], beyond["item"]) == ("Bob", 1)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('node("Start").json.name', "Bob"),
        ('node("Start").first.json.name', "Ada"),
        ('node("slow").items | length', 2),
        ("items | map(attribute='json.name') | join(' & ')", "Ada & Bob"),
        ("item.json", {"name": "Bob"}),
        ("item.index", 1),
        ("trigger.json.name", "Ada"),
        ("workflow.name", "Greet people"),
        ("execution.mode", "manual"),
        ("vars.greeting", "Hello"),
        ("json.name == 'Bob'", True),
        ("null", None),
        ("2 ** 70", "1180591620717411303424"),
    ],
)
async def test_everything_that_the_language_offers_can_be_seen(owner: Client, source: str, value: Any) -> None:
    project = (await owner.get("/api/projects"))["data"][0]["id"]
    await owner.put(f"/api/projects/{project}/variables/greeting", {"value": "Hello"})
    path = await saved(owner, {**chain("slow", "greet"), "name": "Greet people"})
    await ran(owner, path, {"name": "Ada"}, {"name": "Bob"})
    reply = await preview(owner, path, {"$": source}, item=1)
    assert (reply["error"], reply["value"]) == (None, value)


async def test_what_is_wrong_is_told_with_its_place(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, {"name": "Ada"})
    missing = await preview(owner, path, {"to": [{"$": "json.nane"}]})
    assert missing["error"]["path"] == ["to", 0]
    assert (missing["error"]["offset"], missing["error"]["missing"]) == (5, True)
    assert "'name'" in missing["error"]["message"] + str(missing["error"]["hint"])
    wrong = await preview(owner, path, {"$": "json.name | uper"})
    assert (wrong["error"]["offset"], wrong["error"]["missing"], wrong["type"]) == (12, False, "null")
    unknown = await preview(owner, path, {"$": 'node("Nobody").json'})
    assert "'Nobody'" in unknown["error"]["message"]
    unready = await preview(owner, path, {"$": "json.x"}, node="start")
    assert (unready["source"], unready["items"]) == ("none", 0)
    assert unready["error"]["missing"] is True


async def test_pins_of_the_unsaved_draft_are_what_is_looked_at(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, {"name": "Ada"})
    draft = {**chain("slow", "greet"), "pins": {"slow": {"main": [{"name": "Pia"}]}}}
    reply = await preview(owner, path, {"$": "json.name"}, document=draft)
    assert (reply["value"], reply["source"]) == ("Pia", "pin")
    around = await preview(owner, path, {"$": 'node("slow").first.json.name'}, document=draft)
    assert around["value"] == "Pia"


async def test_many_values_are_previewed_at_once(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, {"name": "Ada"})
    values = [{"$": "json.name"}, {"$": "json."}, {"a": {"$literal": {"$": "x"}}}, 7]
    reply = await preview(owner, path, None, values=values)
    assert [result["value"] for result in reply["results"]] == ["Ada", None, {"a": {"$": "x"}}, 7]
    assert [result["error"] is None for result in reply["results"]] == [True, False, True, True]


async def test_a_large_value_is_cut_and_a_costly_one_is_refused(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, {"body": "x" * 2_000_000, "rows": [{"n": n, "text": "abc" * 20} for n in range(20_000)]})
    text = await preview(owner, path, {"$": "json.body"})
    assert (text["truncated"], text["type"]) == (True, "text")
    rows = await preview(owner, path, {"$": "json.rows"})
    assert (rows["truncated"], rows["value"][0]) == (True, {"n": 0, "text": "abc" * 20})
    assert max(size(text), size(rows)) < 80 * 1024
    costly = await preview(owner, path, {"$": "'a' * 100000000"})
    assert costly["error"] is not None


async def test_bad_questions_get_an_answer_that_names_the_place(owner: Client, member: Client) -> None:
    path = await saved(owner, chain("greet"))
    workflow = path.rpartition("/")[2]
    assert (await owner.post("/api/expressions/preview", {"node": "greet"})).paths == ["workflow"]
    nobody = await owner.post("/api/expressions/preview", {"workflow": workflow, "node": "x", "value": 1})
    assert (nobody.status, nobody.paths) == (422, ["node"])
    hidden = await member.post("/api/expressions/preview", {"workflow": workflow, "node": "greet", "value": 1})
    assert hidden.status == 404
    broken = await owner.post(
        "/api/expressions/preview", {"workflow": workflow, "node": "greet", "value": 1, "document": {"nodes": 7}}
    )
    assert broken.status == 422


# --- completion --------------------------------------------------------------------------------------------------


async def options(client: Client, path: str, source: str, **body: Any) -> tuple[Reply, dict[str, Any]]:
    """What is offered at the `¦` of a source, by label."""
    cursor, source = source.index("¦"), source.replace("¦", "")
    reply = await client.post(
        "/api/expressions/complete",
        {"workflow": path.rpartition("/")[2], "node": "greet", "source": source, "cursor": cursor, **body},
    )
    assert reply.status == 200, reply.body
    return reply, {option["label"]: option for option in reply["options"]}


def applied(source: str, reply: Reply, option: dict[str, Any]) -> str:
    """The source after an option was taken, with the caret as `¦`."""
    source = source.replace("¦", "")
    start = option["from"] if option["from"] is not None else reply["from"]
    text = option["apply"]
    place = len(text) - option["back"]
    return f"{source[:start]}{text[:place]}¦{text[place:]}{source[reply['to'] :]}"


PERSON = {
    "name": "Ada", "first name": "A", 'the "x"': 1, "tags": ["a", "b"], "address": {"city": "London"}, "born": None,
}  # fmt: skip


@pytest.fixture
async def path(owner: Client) -> str:
    """A workflow that has run once."""
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, PERSON)
    return path


@pytest.mark.parametrize(
    ("source", "label", "after"),
    [
        ("¦", "json", "json¦"),
        ("¦", "json.name", "json.name¦"),
        ("na¦", "json.name", "json.name¦"),
        ("¦", "node", 'node("¦")'),
        ("¦", 'node("slow")', 'node("slow")¦'),
        ("json.na¦", "name", "json.name¦"),
        ("json.¦na", "name", "json.name¦"),
        ("1 + json.¦", "name", "1 + json.name¦"),
        ("json.¦", "first name", 'json["first name"]¦'),
        ("json.fi¦", "first name", 'json["first name"]¦'),
        ("json.¦", 'the "x"', "json['the \"x\"']¦"),
        ("json[¦", "first name", 'json["first name"]¦'),
        ("json[¦]", "name", 'json["name"¦]'),
        ("json['fi¦", "first name", "json['first name']¦"),
        ("json['fi¦']", "first name", "json['first name¦']"),
        ("json.address.¦", "city", "json.address.city¦"),
        ("json.tags.¦", "[0]", "json.tags[0]¦"),
        ("json.tags[¦]", "-1", "json.tags[-1¦]"),
        ("(json.tags | first).¦", "upper()", "(json.tags | first).upper()¦"),
        ("node(¦", "slow", 'node("slow")¦'),
        ("node(¦)", "slow", 'node("slow"¦)'),
        ('node("¦', "slow", 'node("slow")¦'),
        ('node("s¦x").json', "slow", 'node("slow¦").json'),
        ('node("Start").¦', "json", 'node("Start").json¦'),
        ('node("Start").first.json.¦', "name", 'node("Start").first.json.name¦'),
        ("json.name | up¦", "upper", "json.name | upper¦"),
        ("json.name | ¦", "replace", "json.name | replace(¦)"),
        ("json.name |¦", "upper", "json.name |upper¦"),
        ("json.name is ¦", "defined", "json.name is defined¦"),
        ("json.name is not em¦", "empty", "json.name is not empty¦"),
        ("json.name and ¦", "json.name", "json.name and json.name¦"),
        ("ra¦", "range", "range(¦)"),
        ("now.¦", "year", "now.year¦"),
        ("execution.¦", "mode", "execution.mode¦"),
    ],
)
async def test_what_is_offered_can_be_taken(owner: Client, path: str, source: str, label: str, after: str) -> None:
    reply, found = await options(owner, path, source)
    assert label in found
    assert applied(source, reply, found[label]) == after


@pytest.mark.parametrize(
    "source", ["json.name ¦", "'te¦xt'", "1.¦", "json.gone.¦", "json.name x¦", "nobody.¦", "json | | .¦", "))¦", '"\\¦']
)
async def test_where_nothing_can_come_nothing_is_offered(owner: Client, path: str, source: str) -> None:
    assert (await options(owner, path, source))[0]["options"] == []


async def test_options_say_what_they_are(owner: Client, path: str) -> None:
    _, fields = await options(owner, path, "json.¦")
    assert [fields[name]["type"] for name in PERSON] == ["text", "text", "number", "list", "object", "null"]
    assert (fields["name"]["detail"], fields["tags"]["detail"]) == ("Ada", '["a","b"]')
    _, filters = await options(owner, path, "json.tags | ¦")
    assert (filters["join"]["boost"], filters["upper"]["boost"], filters["length"]["boost"]) == (1, -1, 0)
    assert filters["join"]["type"] == "text"
    assert "→" in filters["join"]["doc"]
    _, further = await options(owner, path, "json.tags | join(',') | ¦")
    assert (further["join"]["boost"], further["upper"]["boost"]) == (-1, 1)
    _, nodes = await options(owner, path, 'node("¦')
    assert list(nodes) == ["slow", "Start"]
    assert nodes["slow"]["detail"] == "1 item"


async def test_unsaved_pins_are_offered_and_large_data_stay_out(owner: Client, path: str) -> None:
    wide = {**{f"key{n}": n for n in range(5_000)}, "text": "x" * 500_000}
    draft = {**chain("slow", "greet"), "pins": {"slow": {"main": [wide]}}}
    reply, found = await options(owner, path, "json.key49¦", document=draft)
    assert "key4999" in found
    assert size(reply) < 128 * 1024


async def test_the_language_is_described(owner: Client) -> None:
    reply = await owner.get("/api/expressions/reference")
    assert "json" in {root["name"] for root in reply["roots"]}
    entries = {(entry["kind"], entry["name"]): entry for entry in reply["entries"]}
    assert entries["filter", "upper"]["examples"] == [{"source": '"Ada" | upper', "result": '"ADA"'}]
    assert entries["function", "range"]["signature"].startswith("range(start")
