"""Tests, as in `json.total is number`."""

from __future__ import annotations

from typing import Any, Final

from a8n.expressions import operators
from a8n.expressions.access import Missing
from a8n.expressions.filters.entry import Group
from a8n.expressions.filters.patterns import compiled
from a8n.expressions.limits import Work

GROUP: Final = Group("Tests", "test")


@GROUP.add
def defined(value: object) -> bool:
    """Whether it is there; null is.

    >>> json.user.nickname is defined
    false
    """
    return not isinstance(value, Missing)


@GROUP.add
def undefined(value: object) -> bool:
    """Whether it is missing.

    >>> json.user.nickname is undefined
    true
    """
    return isinstance(value, Missing)


@GROUP.also("null")
def none(value: Any) -> bool:
    """Whether it is null.

    >>> null is none
    true
    """
    return value is None


@GROUP.add
def string(value: Any) -> bool:
    """Whether it is text.

    >>> "a" is string
    true
    """
    return isinstance(value, str)


@GROUP.add
def number(value: Any) -> bool:
    """Whether it is a number.

    >>> "1" is number
    false
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@GROUP.add
def integer(value: Any) -> bool:
    """Whether it is a whole number.

    >>> 1.5 is integer
    false
    """
    return isinstance(value, int) and not isinstance(value, bool)


@GROUP.add
def float_(value: Any) -> bool:
    """Whether it is a number with a decimal point.

    >>> 1.5 is float
    true
    """
    return isinstance(value, float)


@GROUP.add
def boolean(value: Any) -> bool:
    """Whether it is true or false, not merely like it.

    >>> 1 is boolean
    false
    """
    return isinstance(value, bool)


@GROUP.add
def true(value: Any) -> bool:
    """Whether it is true itself.

    >>> 1 is true
    false
    """
    return value is True


@GROUP.add
def false(value: Any) -> bool:
    """Whether it is false itself.

    >>> false is false
    true
    """
    return value is False


@GROUP.also("object")
def mapping(value: Any) -> bool:
    """Whether it is an object.

    >>> {"a": 1} is mapping
    true
    """
    return isinstance(value, dict)


@GROUP.also("list", "array")
def sequence(value: Any) -> bool:
    """Whether it is a list; text is not.

    >>> [1] is sequence
    true
    """
    return isinstance(value, (list, tuple, range))


@GROUP.add
def empty(value: object) -> bool:
    """Whether it is missing, null, or a text, list or object with nothing in it. 0 and false are not empty.

    >>> [] is empty
    true
    """
    return isinstance(value, Missing) or value is None or (isinstance(value, (str, list, dict)) and not value)


@GROUP.add
def even(value: int) -> bool:
    """Whether it can be divided by two.

    >>> 4 is even
    true
    """
    return value % 2 == 0


@GROUP.add
def odd(value: int) -> bool:
    """Whether it cannot be divided by two.

    >>> 4 is odd
    false
    """
    return value % 2 == 1


@GROUP.add
def divisibleby(value: int, by: int) -> bool:
    """Whether it can be divided by `by`.

    >>> 9 is divisibleby 3
    true
    """
    return value % by == 0


@GROUP.also("equalto", "==")
def eq(work: Work, value: Any, other: Any) -> bool:
    """Whether both are equal; mostly for `select`.

    >>> [1, 2] | select("eq", 2)
    [2]
    """
    return operators.compare(work, value, "eq", other)


@GROUP.also("!=")
def ne(work: Work, value: Any, other: Any) -> bool:
    """Whether they differ.

    >>> [1, 2] | select("ne", 2)
    [1]
    """
    return operators.compare(work, value, "ne", other)


@GROUP.also("lessthan", "<")
def lt(work: Work, value: Any, other: Any) -> bool:
    """Whether it is less.

    >>> [1, 2] | select("lt", 2)
    [1]
    """
    return operators.compare(work, value, "lt", other)


@GROUP.also("<=")
def le(work: Work, value: Any, other: Any) -> bool:
    """Whether it is less or equal.

    >>> [1, 2] | select("le", 1)
    [1]
    """
    return operators.compare(work, value, "lteq", other)


@GROUP.also("greaterthan", ">")
def gt(work: Work, value: Any, other: Any) -> bool:
    """Whether it is greater.

    >>> [1, 2] | select("gt", 1)
    [2]
    """
    return operators.compare(work, value, "gt", other)


@GROUP.also(">=")
def ge(work: Work, value: Any, other: Any) -> bool:
    """Whether it is greater or equal.

    >>> [1, 2] | select("ge", 2)
    [2]
    """
    return operators.compare(work, value, "gteq", other)


@GROUP.add
def in_(work: Work, value: Any, container: Any) -> bool:
    """Whether it is an item, key or part of `container`.

    >>> ["a", "z"] | select("in", ["a", "b"])
    ["a"]
    """
    return operators.contains(work, container, value)


@GROUP.also("regex")
def matching(work: Work, value: str, pattern: str) -> bool:
    r"""Whether the regular expression (RE2) is found in the text.

    >>> "A-17" is matching("\\d+$")
    true
    """
    work.search_time()
    return compiled(pattern, False).search(value) is not None


@GROUP.add
def startswith(value: str, prefix: str) -> bool:
    """Whether the text begins with `prefix`.

    >>> "invoice" is startswith("in")
    true
    """
    return value.startswith(prefix)


@GROUP.add
def endswith(value: str, suffix: str) -> bool:
    """Whether the text ends with `suffix`.

    >>> "a.pdf" is endswith(".pdf")
    true
    """
    return value.endswith(suffix)


@GROUP.add
def upper(value: str) -> bool:
    """Whether all letters are capitals.

    >>> "ADA" is upper
    true
    """
    return value.isupper()


@GROUP.add
def lower(value: str) -> bool:
    """Whether all letters are small.

    >>> "Ada" is lower
    false
    """
    return value.islower()
