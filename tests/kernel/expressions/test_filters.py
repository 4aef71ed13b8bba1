"""Every filter's example is true, and filters keep their promises at the edges."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from a8n.expressions import ExpressionError, FilterDoc, compile_expression, reference

Evaluate = Callable[..., Any]
DOCS = reference()
EXAMPLES = [(example.source, example.result) for doc in DOCS for example in doc.examples]


@pytest.mark.parametrize(("source", "result"), EXAMPLES, ids=[source for source, _ in EXAMPLES])
def test_example(evaluate: Evaluate, source: str, result: str) -> None:
    assert evaluate(source) == json.loads(result)


@pytest.mark.parametrize("doc", DOCS, ids=[f"{doc.kind} {doc.name}" for doc in DOCS])
def test_is_documented(doc: FilterDoc) -> None:
    assert doc.doc.endswith((".", "`."))
    assert doc.examples, "an example shows how it is used"
    assert doc.name in doc.signature


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'7' | int + 1", 8),
        ("'12.7' | int", 12),
        ("'x' | int(0)", 0),
        ("2.5 | round", 3),
        ("-2.5 | round", -3),
        ("1234 | round(-2)", 1200),
        ("'Straße, Ünï!' | slug", "strae-uni"),
        ("'abcdef' | truncate(3, '')", "abc"),
        ("'a<b' | strip_tags", "a<b"),
        ("['b', 'A', 'c'] | sort", ["A", "b", "c"]),
        ("[3, null, 'a', 1.5] | sort", [None, 1.5, 3, "a"]),
        ("[{'n': 1}, {'n': 3}] | max(attribute='n')", {"n": 3}),
        ("[] | max | default('none')", "none"),
        ("[] | first | default('none')", "none"),
        ("[0.1, 0.2, 0.3] | sum", 0.6),
        ("[] | sum", 0),
        ("[[1, [2]], [3]] | flatten(5)", [1, 2, 3]),
        ("[1, true, '1', 1.0] | unique", [1, True, "1"]),
        ("[{'a': 1}, {'a': 1}] | unique | length", 1),
        ("json.user | get('tags.1')", "vip"),
        ("json.user | keys | length", 4),
        ("{'a': 1} | to_json(2)", '{\n  "a": 1\n}'),
        ("{'n': [1, 2]} | to_json | from_json", {"n": [1, 2]}),
        ("'2026-03-28T12:00' | to_datetime(zone='Europe/Berlin') | add(days=1)", "2026-03-29T12:00:00+02:00"),
        ("'2026-03-28T12:00' | to_datetime(zone='Europe/Berlin') | add(hours=24)", "2026-03-29T13:00:00+02:00"),
        ("'5 March 2026' | parse_date", "2026-03-05T00:00:00+01:00"),
        ("'2026-02-03' | to_datetime(format='%Y-%d-%m', zone='UTC')", "2026-03-02T00:00:00+00:00"),
        ("1767225600000 | to_datetime(zone='UTC')", "2026-01-01T00:00:00+00:00"),
        ("'2026-05-31' | diff('2026-01-31', 'months')", 4),
        ("now | start_of('week')", "2026-01-26T00:00:00+01:00"),
        ("now | end_of('year') | date_format('%Y-%m-%d %H:%M')", "2026-12-31 23:59"),
        ("now | in_zone('Asia/Kathmandu') | isoformat", "2026-01-31T16:45:00+05:45"),
        ("today | weekday", 6),
        ("'a1b22' | regex_find_all('([a-z])(\\\\d+)', 2)", ["1", "22"]),
        ("'abc' | regex_search('x')", None),
        ("'ABC' | regex_match('abc', ignore_case=true)", True),
        ("'a.b' | regex_replace('\\\\.', '\\\\\\\\')", "a\\b"),
        ("'aaa' | regex_replace('a', 'b', 2)", "bba"),
        ("'ü1' | regex_find_all('\\\\w|.')", ["ü", "1"]),
        ("'ü?' | base64(true) | from_base64", "ü?"),
        ("json.items | select('gt', 1) | map('string') | join", "23"),
        ("json.items | join(', ')", "1, 2, 3"),
        ("json.user.manager | type", "null"),
        ("now | type", "date"),
    ],
)
def test_value(evaluate: Evaluate, source: str, value: Any) -> None:
    assert evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("json.n | uper", "no filter 'uper'; did you mean 'upper'"),
        ("json.n is defin", "no test 'defin'; did you mean 'defined'"),
        ("json.items | upper", "upper needs text, not a list"),
        ("'x' | round", "round needs a number, not text"),
        ("1.5 | pad_left(2.5)", "pad_left needs a whole number, not 2.5"),
        ("'x' | upper(1)", "upper: too many positional arguments"),
        ("'x' | replace('a')", "missing a required argument: 'new'"),
        ("'x' | sort", "sort needs a list, not text"),
        ("[{}] | sort", "sort needs values with an order, not an object"),
        ("[{}] | sort(attribute='n')", "has no 'n'"),
        ("[{'a': 1}] | map(attribute='b')", "has no 'b'"),
        ("[1] | map('nope')", "no filter 'nope'"),
        ("'x' | int", "'x' is not a number"),
        ("'soon' | to_datetime", "'soon' is not a date"),
        ("now | in_zone('Berlin')", "no time zone 'Berlin'"),
        ("now | in_zone('../../etc/passwd')", "no time zone"),
        ("now | diff(now, 'moons')", "no unit 'moons'"),
        ("'a' | regex_match('(')", "pattern is wrong"),
        ("'a' | regex_match('(?=a)')", "pattern is wrong"),
        ("'a' | regex_search('a', 3)", "no group 3"),
        ("'{' | from_json", "not JSON"),
        ("'NaN' | from_json", "not JSON"),
        ("'%%%' | from_base64", "not base64"),
        ("[] | average", "no average"),
    ],
)
def test_error(evaluate: Evaluate, source: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message.replace("(", r"\(")):
        evaluate(source)


def test_wrong_use_is_found_when_compiling() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("json.a | truncate(length=3, size=4)")
    assert caught.value.position == 9
    assert "truncate" in (caught.value.hint or "")


def test_signatures_show_defaults_as_they_are_written() -> None:
    signatures = {doc.name: doc.signature for doc in reference()}
    assert signatures["flatten"] == "list | flatten(levels: whole number = 1) -> list"
    assert signatures["sort"].startswith("list | sort(reverse: bool = false")
    assert "default: any = missing" in signatures["pluck"]
