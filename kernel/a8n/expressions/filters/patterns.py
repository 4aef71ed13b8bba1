"""Regular expressions, by RE2: linear in the text for any pattern; no look-around, no back-references in
patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from a8n.expressions import limits
from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group
from a8n.expressions.limits import Work

GROUP: Final = Group("Regular expressions (RE2)")
_REFERENCE: Final = re.compile(r"\\([0-9\\])")
_MEMORY: Final = 4 * 1024 * 1024
_HINT: Final = "Patterns are RE2's: no look-around and no back-references."


@GROUP.add
def regex_match(work: Work, value: str, pattern: str, ignore_case: bool = False) -> bool:
    r"""Whether the whole text matches.

    >>> "A-17" | regex_match("[A-Z]-\\d+")
    true
    """
    work.search_time()
    return compiled(pattern, ignore_case).fullmatch(value) is not None


@GROUP.add
def regex_search(work: Work, value: str, pattern: str, group: int = 0, ignore_case: bool = False) -> str | None:
    r"""The first match, or a group of it; null if there is none.

    >>> "Order 4711 is late" | regex_search("Order (\\d+)", 1)
    "4711"
    """
    work.search_time()
    match = compiled(pattern, ignore_case).search(value)
    return None if match is None else _group(match, group)


@GROUP.add
def regex_find_all(work: Work, value: str, pattern: str, group: int = 0, ignore_case: bool = False) -> list[Any]:
    r"""All matches, or a group of each.

    >>> "a1 b22" | regex_find_all("\\d+")
    ["1", "22"]
    """
    return [_group(match, group) for match in _matches(work, value, pattern, ignore_case)]


@GROUP.add
def regex_replace(work: Work, value: str, pattern: str, new: str, count: int = 0, ignore_case: bool = False) -> str:
    r"""With `new` for each match (or the first `count`); `\1` in it stands for the first group, `\0` for all.

    >>> "2026-01-31" | regex_replace("(\\d+)-(\\d+)-(\\d+)", "\\3.\\2.\\1")
    "31.01.2026"
    """
    parts, end, size = list[str](), 0, 0
    for number, match in enumerate(_matches(work, value, pattern, ignore_case), 1):
        parts += (value[end : match.start()], _filled(work, new, match))
        size += len(parts[-1])
        work.reserve_text(size)
        end = match.end()
        if number == count:
            break
    parts.append(value[end:])
    work.reserve_text(sum(map(len, parts)))
    return "".join(parts)


@GROUP.add
def regex_split(work: Work, value: str, pattern: str, ignore_case: bool = False) -> list[Any]:
    r"""The parts between matches.

    >>> "a, b;c" | regex_split("[,;]\\s*")
    ["a", "b", "c"]
    """
    parts, end = [], 0
    for match in _matches(work, value, pattern, ignore_case):
        parts.append(value[end : match.start()])
        end = match.end()
    return [*parts, value[end:]]


@GROUP.add
def regex_escape(value: str) -> str:
    """The text as a pattern that matches only itself.

    >>> "1+1" | regex_escape
    "1\\\\+1"
    """
    import re2

    return str(re2.escape(value[: limits.PATTERN]))


@lru_cache(256)
def compiled(pattern: str, ignore_case: bool) -> Any:
    """The pattern compiled by RE2 in bounded memory; raises RefusedError if it is wrong or too large."""
    import re2

    if len(pattern) > limits.PATTERN:
        raise RefusedError(f"A pattern may have {limits.PATTERN:,} characters at most")
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        text = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise RefusedError(f"The pattern is wrong: {text[:120]}", _HINT) from error


def _matches(work: Work, value: str, pattern: str, ignore_case: bool) -> Iterator[Any]:
    for match in compiled(pattern, ignore_case).finditer(value):
        work.charge(1)
        work.search_time()
        yield match


def _group(match: Any, group: int) -> str:
    try:
        return match.group(group) or ""
    except IndexError as error:
        raise RefusedError(f"The pattern has no group {group}") from error


def _filled(work: Work, new: str, match: Any) -> str:
    r"""`new` with `\0` to `\9` filled in, and `\\` as one backslash."""
    work.charge(len(new) >> 5)
    work.reserve_text(len(new) + new.count("\\") * len(match.group()))
    return _REFERENCE.sub(lambda found: "\\" if found[1] == "\\" else _group(match, int(found[1])), new)
