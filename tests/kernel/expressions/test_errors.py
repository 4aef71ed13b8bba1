"""What a person reads when an expression is wrong."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from a8n.expressions import ExpressionError

Evaluate = Callable[..., Any]


@pytest.mark.parametrize(
    ("source", "position", "message", "hint"),
    [
        ("json.user.nam", 10, "json.user has no 'nam'; did you mean 'name'?", "default"),
        ("json.user.nam | upper", 10, "json.user has no 'nam'; did you mean 'name'?", "default"),
        ("1 + json.usr.name", 9, "json has no 'usr'; did you mean 'user'?", "default"),
        ("json.user.manager.name", 18, "json.user.manager is null, so it has no 'name'", "default"),
        ("json.items[7]", 11, "json.items has 3 items, so there is no [7]", "default"),
        ("json.items.length", 11, "json.items is a list and has no 'length'", "| length"),
        ("json.user.name.first", 15, "json.user.name is text and has no 'first'", "default"),
        ("node('Hook').json.ids", 18, "node(\"Hook\").json has no 'ids'; did you mean 'id'?", "default"),
        ("node('Huk').json.id", None, "There is no node 'Huk'", None),
        ("node(json.nix).json", 10, "json has no 'nix'", "default"),
        ("jsn.a", 0, "There is no 'jsn' here; did you mean 'json'?", "Names are"),
        ("json.user.get", None, "'get' is a method here, and there is no key of that name", "()"),
        ("json.n + 'x'", None, "Cannot use + between a number and text", "~"),
        ("json.n / 0", None, "Division by zero", None),
        ("json.n < 'x'", None, "Cannot compare a number < text", None),
        ("json.user()", None, "Cannot call an object: it is not a function", None),
        ("item", None, "The result is something that is not data, which is not data", None),
        ("1e308 * 10", None, "The result is not a finite number, which JSON cannot hold", None),
        ("", 0, "The expression is empty", None),
        ("1 +", 3, "Unexpected 'the end'", None),
        ("json.a b", 7, "Did not expect 'b' here", None),
        ("json.a && json.b", 7, "Unexpected char '&'", "`and`"),
        ("json.a || json.b", 8, "Expected 'name', got '|'", "`or`"),
        ("json.a ? 1 : 2", 7, "Unexpected char '?'", "if"),
        ("x = 1", 2, "Did not expect '=' here", "=="),
        ("'abc", 0, 'Unexpected char "\'"', None),
        ("\r\n\r\n  json.a b", 13, "Did not expect 'b' here", None),
        ("[1, 2", 5, None, None),
    ],
)
def test_error(evaluate: Evaluate, source: str, position: int | None, message: str | None, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(source)
    error = caught.value
    assert error.source == source
    assert message is None or error.message == message
    assert error.position == position
    assert (hint or "") in (error.hint or "")


def test_errors_survive_pickling() -> None:
    error = ExpressionError("No.", "json.a", 3, "Yes.")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.message, copy.source, copy.position, copy.hint) == ("No.", "json.a", 3, "Yes.")
