"""What counts as an answer to a form."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from a8n import Form


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
