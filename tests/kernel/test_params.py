"""Binding: the quick copy gives what validation gives, and stands back where a validator could object."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import ValidationError, field_validator

from a8n import JSON, Field, Node, NodeError, Parameters
from a8n.params import Binder


class Scope:
    """A scope with one object."""

    def __init__(self, json: JSON):
        self.json = json

    def lookup(self, name: str) -> Any:
        raise KeyError(name)


class Row(Parameters):
    """A row."""

    name: str
    value: Any = None


class Left(Parameters):
    """One member."""

    kind: Literal["left"] = "left"
    rows: list[Row] = Field(default_factory=lambda: [])


class Right(Parameters):
    """Another member."""

    kind: Literal["right"] = "right"
    n: int = 0


class Free(Node):
    """Takes anything."""

    key = "test.free"

    any: Any = None
    rows: list[Row] = Field(default_factory=lambda: [])
    side: Annotated[Left | Right, Field(discriminator="kind")] = Left()
    n: int = 3


class Checked(Node):
    """Looks at what it takes."""

    key = "test.checked"

    value: Any = None

    @field_validator("value")
    @classmethod
    def _no_five(cls, value: Any) -> Any:
        if value == 5:
            raise ValueError("five is not taken")
        return value


N: JSON = {"$": "json.n"}
CASES: list[dict[str, JSON]] = [
    {"any": N},
    {"any": [1, N, {"deep": N, "fixed": [N]}]},
    {"rows": [{"name": "a", "value": N}, {"name": "b", "value": 7}]},
    {"rows": [{"name": N}]},
    {"side": {"kind": "left", "rows": [{"name": "x", "value": {"$t": "n is {{ json.n }}"}}]}, "n": 9},
    {"side": {"kind": "right", "n": N}},
    {"n": N, "any": {"$literal": {"$": "as it is"}}},
]


@pytest.mark.parametrize("n", [1, "2"])
@pytest.mark.parametrize("params", CASES)
def test_binding_gives_what_validation_gives(params: dict[str, JSON], n: JSON) -> None:
    binder = Binder(Free, params)
    assert binder.problems == []
    try:
        expected = Free.model_validate(filled(params, n))
    except ValidationError:
        with pytest.raises(NodeError):
            binder.bind(Scope({"n": n}))
        return
    bound = binder.bind(Scope({"n": n}))
    assert bound == expected
    assert bound.model_fields_set == expected.model_fields_set
    assert bound.model_dump() == expected.model_dump()


def filled(value: JSON, n: JSON) -> JSON:
    """The parameters as a person would fill them in."""
    if value == N:
        return n
    if isinstance(value, dict):
        if "$t" in value:
            return f"n is {n}"
        if "$literal" in value:
            return value["$literal"]
        return {key: filled(child, n) for key, child in value.items()}
    return [filled(child, n) for child in value] if isinstance(value, list) else value


def test_items_do_not_share_what_was_filled_in() -> None:
    binder = Binder(Free, {"any": {"list": [N]}})
    first, second = binder.bind(Scope({"n": 1})), binder.bind(Scope({"n": 2}))
    assert (first.any, second.any) == ({"list": [1]}, {"list": [2]})


def test_a_validator_sees_every_value() -> None:
    binder = Binder(Checked, {"value": N})
    assert binder.bind(Scope({"n": 4})).value == 4
    with pytest.raises(NodeError, match="five is not taken"):
        binder.bind(Scope({"n": 5}))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"valu": 1}, "there is no parameter 'valu'; did you mean 'value'?"),
        ({"colour": 1}, "there is no parameter 'colour'; there are value"),
    ],
)
def test_a_parameter_that_does_not_exist_leads_to_one_that_does(params: dict[str, JSON], message: str) -> None:
    assert [problem.message for problem in Binder(Checked, params).problems if problem.code == "extra_forbidden"] == [
        message
    ]
