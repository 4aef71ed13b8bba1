"""Keys by which JSON values of mixed types are ordered and told apart."""

from __future__ import annotations

from datetime import date
from typing import Any

from a8n.expressions.access import kind
from a8n.expressions.errors import WrongTypeError
from a8n.expressions.limits import Work
from a8n.expressions.moments import moment
from a8n.expressions.result import to_json


def ordered(work: Work, values: list[Any], case_sensitive: bool) -> list[tuple[int, Any]]:
    """A key for each value: nulls before numbers before texts before dates. Charges for sorting by them.

    Raises WrongTypeError for lists and objects, which have no order.
    """
    size = sum(1 + (len(value) >> 5) if isinstance(value, str) else 1 for value in values)
    work.charge(size * len(values).bit_length())
    return [_order(work, value, case_sensitive) for value in values]


def _order(work: Work, value: Any, case_sensitive: bool) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, (int, float)):
        return 1, value
    if isinstance(value, str):
        return 2, value if case_sensitive else value.lower()
    if isinstance(value, date):
        return 3, moment(value, work)
    raise WrongTypeError("values with an order", kind(value), "Name what to go by: `attribute='…'`.")


def identity(work: Work, value: Any) -> tuple[str, Any]:
    """A key that is the same for equal JSON, and differs for 1, true and "1"."""
    if isinstance(value, (list, dict)):
        return "json", to_json(value, work)
    return kind(value), value
