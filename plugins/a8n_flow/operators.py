"""The operators of conditions, by name, and how a list of conditions combines."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from a8n import JSON, Condition, Conditions, Context, NodeError
from a8n_flow.values import IncomparableError, as_text, equal, moment, order, shown

Operator: TypeAlias = Callable[[Any, Any, Context], bool]
"""Takes the left and the right value, and the context for the workflow's time zone."""

_LONGEST_PATTERN = 1_000
_PATTERN_MEMORY = 4 * 2**20


def _eq(left: JSON, right: JSON, ctx: Context) -> bool:
    return left == right if type(left) is type(right) else equal(left, right)


def _ne(left: JSON, right: JSON, ctx: Context) -> bool:
    return left != right if type(left) is type(right) else not equal(left, right)


def _gt(left: JSON, right: JSON, ctx: Context) -> bool:
    return order(left, right, ctx.execution.timezone) == 1


def _gte(left: JSON, right: JSON, ctx: Context) -> bool:
    return order(left, right, ctx.execution.timezone) in (0, 1)


def _lt(left: JSON, right: JSON, ctx: Context) -> bool:
    return order(left, right, ctx.execution.timezone) == -1


def _lte(left: JSON, right: JSON, ctx: Context) -> bool:
    return order(left, right, ctx.execution.timezone) in (-1, 0)


def _contains(left: JSON, right: JSON, ctx: Context) -> bool:
    if left is None:
        return False
    if isinstance(left, list):
        return any(equal(entry, right) for entry in left)
    if isinstance(left, dict):
        return isinstance(right, str) and right in left
    return right is not None and as_text(right, "right") in as_text(left, "left")


def _starts_with(left: JSON, right: JSON, ctx: Context) -> bool:
    return left is not None and right is not None and as_text(left, "left").startswith(as_text(right, "right"))


def _ends_with(left: JSON, right: JSON, ctx: Context) -> bool:
    return left is not None and right is not None and as_text(left, "left").endswith(as_text(right, "right"))


def _matches(left: JSON, right: JSON, ctx: Context) -> bool:
    if not isinstance(right, str):
        raise IncomparableError(f"{shown(right)} is not a regular expression", "right")
    search = pattern(right).search
    return left is not None and search(as_text(left, "left")) is not None


def _in(left: JSON, right: JSON, ctx: Context) -> bool:
    if right is None:
        return False
    if isinstance(right, str):
        right = [entry.strip() for entry in right.split(",")]
    if isinstance(right, list):
        return any(equal(left, entry) for entry in right)
    if isinstance(right, dict):
        return isinstance(left, str) and left in right
    raise IncomparableError(f"{shown(right)} is not a list", "right")


def _empty(left: JSON, right: JSON, ctx: Context) -> bool:
    return left is None or left == "" or left == [] or left == {}


def _true(left: JSON, right: JSON, ctx: Context) -> bool:
    return left is True or (isinstance(left, str) and left.strip().lower() == "true")


def _false(left: JSON, right: JSON, ctx: Context) -> bool:
    return left is False or (isinstance(left, str) and left.strip().lower() == "false")


def _before(left: JSON, right: JSON, ctx: Context) -> bool:
    return _moments(left, right, ctx) == -1


def _after(left: JSON, right: JSON, ctx: Context) -> bool:
    return _moments(left, right, ctx) == 1


def _moments(left: JSON, right: JSON, ctx: Context) -> int | None:
    if left is None or right is None:
        return None
    a = moment(left, ctx.execution.timezone, "left")
    b = moment(right, ctx.execution.timezone, "right")
    return int(a > b) - int(a < b)


OPERATORS: dict[str, Operator] = {
    "eq": _eq,
    "ne": _ne,
    "gt": _gt,
    "gte": _gte,
    "lt": _lt,
    "lte": _lte,
    "contains": _contains,
    "not_contains": lambda left, right, ctx: not _contains(left, right, ctx),
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "matches": _matches,
    "in": _in,
    "not_in": lambda left, right, ctx: not _in(left, right, ctx),
    "empty": _empty,
    "not_empty": lambda left, right, ctx: not _empty(left, right, ctx),
    "exists": lambda left, right, ctx: left is not None,
    "not_exists": lambda left, right, ctx: left is None,
    "true": _true,
    "false": _false,
    "before": _before,
    "after": _after,
}


def holds(conditions: Conditions, ctx: Context, field: str = "conditions") -> bool:
    """Whether the conditions are met; an empty list is. `field` is where they stand, for errors.

    Raises NodeError that names the operand at fault.
    """
    rows = conditions.list
    try:
        decisive = conditions.combine == "any"
        for row in rows:
            if OPERATORS[row.op](row.left, row.right, ctx) is decisive:
                return decisive
        return not decisive or not rows
    except IncomparableError:
        raise _located(rows, ctx, field) from None


def _located(rows: list[Condition], ctx: Context, field: str) -> NodeError:
    """The error of the first condition that cannot be decided, with its place."""
    for index, row in enumerate(rows):
        try:
            OPERATORS[row.op](row.left, row.right, ctx)
        except IncomparableError as error:
            return NodeError(str(error), field=f"{field}.list.{index}.{error.side}", retryable=False)
    raise AssertionError("no condition failed the second time")


@lru_cache(256)
def pattern(source: str) -> Any:
    """A regular expression compiled by RE2, which takes time linear in the text for every pattern."""
    import re2

    if len(source) > _LONGEST_PATTERN:
        raise IncomparableError(f"the pattern is longer than {_LONGEST_PATTERN:,} characters", "right")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(source, options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise IncomparableError(
            f"{shown(source)} is no regular expression of RE2 (no look-around, no back-references): {reason}",
            "right",
        ) from None
