"""Workflows as text: readable, the same bytes for the same document, safe to read, and nothing lost."""

import gc
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from a8n.errors import InvalidError
from a8n.runtime.textform import credential_names, from_text, to_text
from a8n.runtime.yaml_reader import MAX_VALUES, TextError, read
from a8n.runtime.yaml_writer import write
from a8n.workflow import Workflow

DOCUMENT = {
    "name": "Greet",
    "description": "Greets whoever calls.\nPolitely.",
    "nodes": [
        {"id": "hook", "name": "Webhook", "type": "webhook.trigger", "version": 2,
         "params": {"path": "greet", "methods": ["POST"], "respond": {"mode": "last_node"}}, "position": [0, 0]},
        {"id": "check", "name": "check", "type": "flow.if",
         "params": {"conditions": {"combine": "all", "list": [{"left": {"$": "json.n"}, "op": "gt", "right": 3}]}},
         "settings": {"retry": {"attempts": 3}, "timeout": 30}, "position": [240, -12.5]},
        {"id": "send", "name": "Send", "type": "telegram.send_message",
         "params": {"bot": {"$credential": "c-1"}, "chat_id": "no", "text": {"$t": "Hello {{ json.name }}"}},
         "position": [480, 0]},
        {"id": "join", "name": "Join", "type": "flow.merge", "position": [720, 0]},
    ],
    "connections": [
        {"from": "hook", "to": "check"},
        {"from": "check", "output": "true", "to": "send"},
        {"from": "check", "output": "false", "to": "join", "input": "b"},
        {"from": "send", "output": "out put", "to": "join", "input": "main"},
    ],
    "settings": {"timezone": "Europe/Berlin"},
    "notes": [{"id": "n1", "text": "Mind the gap", "color": "mint", "position": [10, 20], "size": [240, 160]}],
    "pins": {"hook": {"main": [{"count": 4, "ratio": 1.0, "when": "2024-01-01"}]}},
}  # fmt: skip

TEXT = """\
name: Greet
description: |-
  Greets whoever calls.
  Politely.
settings:
  timezone: Europe/Berlin
nodes:
  hook:
    name: Webhook
    type: webhook.trigger
    version: 2
    params:
      path: greet
      methods:
        - POST
      respond:
        mode: last_node
  check:
    type: flow.if
    params:
      conditions:
        combine: all
        list:
          - left:
              $: json.n
            op: gt
            right: 3
    settings:
      retry:
        attempts: 3
      timeout: 30
  send:
    name: Send
    type: telegram.send_message
    params:
      bot:
        $credential: Our bot
      chat_id: "no"
      text:
        $t: Hello {{ json.name }}
  join:
    name: Join
    type: flow.merge
connections:
  - hook -> check
  - check.true -> send
  - check.false -> join.b
  - from: send
    output: out put
    to: join
    input: main
notes:
  - id: n1
    text: Mind the gap
    color: mint
    position: [10, 20]
    size: [240, 160]
pins:
  hook:
    main:
      - count: 4
        ratio: 1.0
        when: "2024-01-01"
layout:
  hook: [0, 0]
  check: [240, -12.5]
  send: [480, 0]
  join: [720, 0]
"""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.text(alphabet=" \n\tab:-#'\"|>&*!%@`{}[],?\\y", max_size=12)
    | st.sampled_from(["no", "Yes", "null", "~", "1:30", "0x1f", "1_000", ".inf", "<<", "=", "---", "- a", "a: b",
                       "é ü", "a\n\n", "\n a", " a\nb", "a\n b\n\n\n", "\x85", "\u2028", "\ufeff", "😀\nb", "a\tb\n"]),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=20), children, max_size=4),
    max_leaves=20,
)  # fmt: skip
slugs = st.text(alphabet="abcXYZ019_-", min_size=1, max_size=8).filter(lambda text: text[0] != "-")
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
points = st.tuples(*[st.integers(-5000, 5000) | st.floats(-1e6, 1e6)] * 2).map(list)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(slugs, min_size=1, max_size=5, unique=True))
    names = draw(st.lists(texts, min_size=len(ids), max_size=len(ids), unique=True))
    nodes = [
        {
            "id": slug,
            "name": name,
            "type": draw(texts),
            "version": draw(st.integers(1, 9)),
            "params": draw(st.dictionaries(st.text(max_size=10), json_values, max_size=3)),
            "settings": {"notes": draw(st.text()), "once": draw(st.booleans())},
            "position": draw(points),
        }
        for slug, name in zip(ids, names, strict=True)
    ]
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    wires = [
        {
            "from": a,
            "output": draw(st.text(max_size=9)),
            "to": b,
            "input": draw(st.sampled_from(["main", "b", "x -> y"])),
        }
        for a, b in (draw(st.lists(st.sampled_from(pairs), max_size=4, unique=True)) if pairs else [])
    ]
    pins = draw(
        st.dictionaries(st.sampled_from(ids), st.dictionaries(texts, st.lists(json_values, max_size=2), max_size=2))
    )
    notes = [{"id": "n", "text": draw(st.text()), "position": draw(points)}]
    return {"name": draw(texts), "nodes": nodes, "connections": wires, "pins": pins, "notes": notes}


def test_a_document_reads_like_this() -> None:
    assert to_text(DOCUMENT, {"c-1": "Our bot"}) == TEXT


def test_it_comes_back_with_all_its_defaults() -> None:
    assert from_text(TEXT, {"Our bot": "c-1"}) == Workflow.parse(DOCUMENT).dump()


@settings(deadline=None)
@given(documents())
def test_nothing_is_lost_and_the_bytes_stay_the_same(document: dict[str, Any]) -> None:
    text = to_text(document)
    again = from_text(text)
    assert again == Workflow.parse(document).dump()
    assert to_text(again) == text


@settings(deadline=None)
@given(json_values)
def test_other_readers_see_the_same(value: Any) -> None:
    text = write({"value": value})
    assert YAML(typ="safe", pure=True).load(text) == {"value": value}
    yaml_1_1 = YAML(typ="safe", pure=True)
    yaml_1_1.version = (1, 1)
    assert yaml_1_1.load(text) == {"value": value}


@settings(deadline=None)
@given(json_values)
def test_numbers_keep_their_kind(value: Any) -> None:
    assert json.dumps(read(write({"value": value}))[0]) == json.dumps({"value": value})


@settings(deadline=None, max_examples=300)
@given(st.text() | st.text(alphabet="a: -\n[]{}&*!|>'\"%@#?,~", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(TextError):
        json.dumps(read(text)[0], allow_nan=False)


@pytest.mark.parametrize(
    "word", ["no", "NO", "off", "y", "2024-01-01", "1:30", "1_000", "12e", "0b1", "_", "2024-01-01T10:00:00Z"]
)
def test_words_that_older_yaml_misreads_are_text(word: str) -> None:
    assert read(f"key: {word}")[0] == {"key": word}


def test_scalars_follow_the_core_schema() -> None:
    text = "[null, ~, true, False, 12, -3, +4, 1.5, .5, 1e3, -2.E-1]"
    assert read(text)[0] == [None, None, True, False, 12, -3, 4, 1.5, 0.5, 1000.0, -0.2]


@pytest.fixture
def tidy() -> None:
    """Collect what other tests have left, which Python could not report from the depth of a recursion."""
    gc.collect()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' occurs twice"),
        ("a: &x [1]\nb: *x", "line 1: anchors and aliases"),
        ("b: !!python/object/apply:os.system [ls]", "line 1: the tag"),
        ("a: !custom 1", "the tag"),
        ("<<: {a: 1}", "merge keys"),
        ("? [a, b]\n: 1", "a key must be text"),
        ("a: 1\n---\nb: 2", "line 2: there is a second document"),
        ("", "the text is empty"),
        ("a: [1", "line 1: while parsing a flow sequence"),
        ("a: b: c", "line 1: mapping values are not allowed"),
        ("a: .nan", "no JSON number"),
        ("a: 0x10", "no JSON number"),
        ("a: 1e999", "too large"),
        ("a: " + "9" * 5000, "digits"),
        ('a: "\\ud800"', "lone surrogate"),
        ("a: \x00", "line 1"),
        ("a: " + "[" * 100 + "]" * 100, "nested deeper than 64"),
        ("[" + "1," * (MAX_VALUES + 1) + "]", "more than 200,000 values"),
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": 1,\n "b" 2}', "line 2: no valid JSON"),
        ('{"a":' * 100 + "1" + "}" * 100, "nested deeper than 64"),
        ('{"a":' * 100_000, "nested deeper than 64"),
        ('{"a": "\\ud800"}', "lone surrogate"),
        ('{"a": ' + "9" * 5000 + "}", "digits"),
    ],
)
@pytest.mark.usefixtures("tidy")
def test_what_is_not_plain_data_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(TextError) as caught:
        read(text)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("change", "path", "sentence"),
    [
        (("attempts: 3", "attempts: many"), "nodes.check.settings.retry.attempts", "(line 30)"),
        (("timezone: Europe/Berlin", "timezone: Nowhere"), "settings.timezone", "(line 6)"),
        (("hook -> check", "hook -> chuck"), "connections.0.to", "'chuck' (line 45)"),
        (("hook -> check", "hook => check"), "connections.0", "is no connection"),
        (("hook: [0, 0]", "huck: [0, 0]"), "layout.huck", "no node with the id 'huck' (line 65)"),
        (("hook: [0, 0]", "hook: [0, up]"), "nodes.hook.position.1", "valid number"),
        (("    type: flow.if\n", ""), "nodes.check.type", "Field required (line 18)"),
        (("    type: flow.if\n", "    type: flow.if\n    id: x\n"), "nodes.check.id", "leave this out (line 20)"),
        (("    type: flow.if\n", "    type: flow.if\n    colour: x\n"), "nodes.check.colour", "(line 20)"),
    ],
)
def test_mistakes_are_named_with_path_and_line(change: tuple[str, str], path: str, sentence: str) -> None:
    with pytest.raises(InvalidError) as caught:
        from_text(TEXT.replace(*change))
    problem = caught.value.problems[0]
    assert (problem.path, sentence in problem.message) == (path, True), problem


@pytest.mark.parametrize("text", ["just words", "- a", "nodes: 3", "nodes: {a: 1}", "connections: {}", "layout: 3"])
def test_text_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        from_text(text)


def test_json_is_read_too_and_the_api_s_own_answer() -> None:
    answer = {**DOCUMENT, "id": "w1", "version": 3, "active": False, "tags": [], "project": "p", "created_at": "…"}
    assert from_text(json.dumps(answer)) == Workflow.parse(DOCUMENT).dump()


def test_credentials_go_by_name_unless_two_share_it() -> None:
    assert "$credential: c-1" in to_text(DOCUMENT, {"c-1": "Bot", "c-2": "Bot"})
    assert "$credential: c-1" in to_text(DOCUMENT, {"c-1": "c-2", "c-2": "Bot"})
    assert credential_names(from_text(TEXT)) == {"Our bot"}
    with pytest.raises(InvalidError, match="no credential named 'Our bot'") as caught:
        from_text(TEXT, {"Their bot": "c-1"})
    assert caught.value.problems[0].code == "unknown_credential"


def test_literal_data_that_looks_like_a_reference_is_left_alone() -> None:
    literal = {"$literal": {"$credential": "c-1"}}
    document = {"nodes": [{"id": "a", "name": "a", "type": "t", "params": {"value": literal}}]}
    text = to_text(document, {"c-1": "Our bot"})
    assert from_text(text, {})["nodes"][0]["params"] == {"value": literal}
