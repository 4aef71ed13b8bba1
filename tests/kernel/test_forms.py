"""What counts as an answer to a form."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from a8n import Form, FormField
from a8n.forms import WrongAnswerError


def read(given: Any, **field: Any) -> Any:
    """The answer, or what is wrong with it."""
    answers, complaints = Form.model_validate({"fields": [{"name": "it", **field}]}).read({"it": given})
    return complaints.get("it") or answers["it"]


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("text", "  Ada ", "Ada"),
        ("text", "", None),
        ("multiline", "a\r\nb\rc ", "a\nb\nc "),
        ("number", "12", 12),
        ("number", " -3.5e2 ", -350.0),
        ("number", 0, 0),
        ("boolean", "on", True),
        ("boolean", "false", False),
        ("boolean", None, False),
        ("choice", " b ", " b "),
        ("date", "2026-05-01", "2026-05-01"),
        ("date", "20260501", "2026-05-01"),
        ("email", "ada@mail.example.org", "ada@mail.example.org"),
        ("email", "dörte@münchen.example", "dörte@münchen.example"),
    ],
)  # fmt: skip
def test_answers(kind: str, given: Any, expected: Any) -> None:
    found = read(given, kind=kind, choices=["a", " b "] if kind == "choice" else [])
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("text", "a\nb", "one line"),
        ("text", "a" * 1001, "at most 1,000"),
        ("text", ["a", "b"], "one text"),
        ("text", 5, "one text"),
        ("multiline", "a" * 20_001, "at most 20,000"),
        ("number", "1,5", "a number"),
        ("number", "nan", "a number"),
        ("number", "1e999", "a number"),
        ("number", "9" * 30, "too large"),
        ("number", True, "a number"),
        ("boolean", "perhaps", "true or false"),
        ("boolean", 1, "true or false"),
        ("choice", "c", "choose one"),
        ("choice", {"a": 1}, "choose one"),
        ("date", "2026-02-30", "a date"),
        ("date", "tomorrow", "a date"),
        ("email", "ada", "e-mail"),
        ("email", "ada@example.org, eve@example.org", "e-mail"),
        ("email", "a" * 300 + "@example.org", "e-mail"),
    ],
)  # fmt: skip
def test_what_does_not_do_is_told(kind: str, given: Any, message: str) -> None:
    assert message in read(given, kind=kind, choices=["a", "b"] if kind == "choice" else [])


@pytest.mark.parametrize("kind", ["text", "number", "date", "email", "multiline"])
@pytest.mark.parametrize("given", [None, "", "  "])
def test_what_is_required_has_to_be_there(kind: str, given: Any) -> None:
    answer = read(given, kind=kind, required=True)
    assert answer == "Please fill this in." or (kind == "multiline" and answer == given)


def test_a_required_box_has_to_be_ticked() -> None:
    assert read("false", kind="boolean", required=True) == "Please tick this box."
    assert read(True, kind="boolean", required=True) is True


def test_a_form_without_fields_is_a_button() -> None:
    assert Form().read({"anything": 1}) == ({}, {})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([{"name": "a b"}], "pattern"),
        ([{"name": "1"}], "pattern"),
        ([{"name": "a"}, {"name": "a"}], "two fields are named 'a'"),
        ([{"name": "a", "kind": "choice"}], "something to choose from"),
        ([{"name": "a", "kind": "choice", "choices": ["x", "x"]}], "the same"),
        ([{"name": "a", "kind": "colour"}], "kind"),
    ],
    ids=["blank", "digit", "twice", "no choice", "same choice", "kind"],
)
def test_forms_that_are_none(fields: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Form.model_validate({"fields": fields})


@pytest.mark.parametrize(
    ("kind", "given", "answer"),
    [
        ("choices", "a", ["a"]), ("choices", ["c", "a", "a"], ["a", "c"]), ("choices", None, []), ("choices", [], []),
        ("time", "9:30", None), ("time", "09:30", "09:30"), ("time", "09:30:59", "09:30"), ("time", "25:00", None),
        ("url", "https://example.org/a?b=1", "https://example.org/a?b=1"), ("url", "javascript:alert(1)", None),
        ("url", "example.org", None), ("url", "https://[::1", None), ("url", "https://a b", None),
        ("hidden", " ad-17 ", "ad-17"), ("choices", ["a", "x"], None), ("choices", [["a"]], None),
    ],
)  # fmt: skip
def test_further_kinds_are_read(kind: Any, given: Any, answer: Any) -> None:
    field = FormField(name="n", kind=kind, choices=["a", "b", "c"])
    if answer is None:
        with pytest.raises(WrongAnswerError):
            field.read(given)
    else:
        assert field.read(given) == answer


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("number", 1, "at least 2"), ("number", "4", "at most 3"), ("text", "a", "at least 2 characters"),
        ("multiline", "abcd", "at most 3 characters"), ("choices", ["a"], "choose at least 2"),
        ("choices", ["a", "b", "c", "d"], "choose at most 3"),
    ],
)  # fmt: skip
def test_bounds_are_kept(kind: Any, given: Any, said: str) -> None:
    field = FormField(name="n", kind=kind, choices=["a", "b", "c", "d"], least=2, most=3)
    with pytest.raises(WrongAnswerError, match=said):
        field.read(given)
    assert field.read({"number": 2, "choices": ["a", "b"]}.get(kind, "ab")) is not None
    assert FormField(name="n", kind="boolean", least=2).read(True) is True


def test_bounds_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(ValueError, match="less than the least"):
        FormField(name="n", least=3, most=2)
    with pytest.raises(ValueError, match="something to choose"):
        FormField(name="n", kind="choices")
    with pytest.raises(WrongAnswerError, match="choose at least one"):
        FormField(name="n", kind="choices", choices=["a"], required=True).read([])
