"""Filters for text."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

from a8n.expressions import limits, operators
from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group
from a8n.expressions.limits import Work
from a8n.expressions.result import as_text

GROUP: Final = Group("Text")
_WORD: Final = re.compile(r"\w[\w'’]*")
_LONGEST_SLUG: Final = 1_000


@GROUP.add
def upper(value: str) -> str:
    """All letters as capitals.

    >>> "Ada" | upper
    "ADA"
    """
    return value.upper()


@GROUP.add
def lower(value: str) -> str:
    """All letters small.

    >>> "Ada" | lower
    "ada"
    """
    return value.lower()


@GROUP.add
def title(value: str) -> str:
    """Each word with a capital.

    >>> "don't look back" | title
    "Don't Look Back"
    """
    return _WORD.sub(lambda match: match[0].capitalize(), value)


@GROUP.add
def capitalize(value: str) -> str:
    """The first letter a capital, all others small.

    >>> "hELLO world" | capitalize
    "Hello world"
    """
    return value.capitalize()


@GROUP.also("strip")
def trim(value: str, chars: str | None = None) -> str:
    """Without white space (or any of `chars`) at both ends.

    >>> "  Ada " | trim
    "Ada"
    """
    return value.strip(chars)


@GROUP.also("striptags")
def strip_tags(value: str) -> str:
    """Without HTML tags, with entities resolved and white space made single.

    >>> "<p>Fish &amp; <b>chips</b></p>" | strip_tags
    "Fish & chips"
    """
    first, *others = value.split("<")
    # By hand, because `<[^>]*>` takes quadratic time on many `<` without a `>`.
    kept = [tail if closed else f"<{tag}" for tag, closed, tail in (part.partition(">") for part in others)]
    return " ".join(html.unescape(first + "".join(kept)).split())


@GROUP.add
def truncate(value: str, length: int = 80, end: str = "…") -> str:
    """At most `length` characters, ending in `end` where something was cut off; cuts between words if it can.

    >>> "The quick brown fox" | truncate(12)
    "The quick…"
    """
    if len(value) <= length:
        return value
    kept = value[: max(length - len(end), 0)]
    whole, space, _ = kept.rpartition(" ")
    return (whole if space and not value[len(kept)].isspace() else kept).rstrip() + end


@GROUP.add
def replace(work: Work, value: str, old: str, new: str, count: int = -1) -> str:
    """With `new` in place of `old`, everywhere or the first `count` times.

    >>> "2026/01/31" | replace("/", "-")
    "2026-01-31"
    """
    times = value.count(old) if count < 0 else min(value.count(old), count)
    work.reserve_text(len(value) + times * (len(new) - len(old)))
    return value.replace(old, new, count)


@GROUP.add
def split(value: str, separator: str | None = None, count: int = -1) -> list[Any]:
    """The parts between separators (by default: white space), splitting `count` times at most.

    >>> "a, b, c" | split(", ")
    ["a", "b", "c"]
    """
    return value.split(separator, limits.WORK if count < 0 else min(count, limits.WORK))


@GROUP.add
def lines(value: str) -> list[Any]:
    r"""The lines, without their ends.

    >>> "one\ntwo" | lines
    ["one", "two"]
    """
    return value.splitlines()


@GROUP.add
def slug(work: Work, value: str, separator: str = "-") -> str:
    """For addresses and file names: small letters of ASCII, digits, and `separator` between words.

    >>> "Crème Brûlée, please!" | slug
    "creme-brulee-please"
    """
    # Sorting many combining marks takes quadratic time.
    work.charge(min(len(value), _LONGEST_SLUG))
    plain = unicodedata.normalize("NFKD", value[:_LONGEST_SLUG]).encode("ascii", "ignore").decode().lower()
    return separator.join(re.findall(r"[a-z0-9]+", plain))


@GROUP.add
def contains(work: Work, value: Any, part: Any) -> bool:
    """Whether a text has `part` in it, a list has it as an item, or an object as a key.

    >>> "workflow" | contains("flow")
    true
    """
    return operators.contains(work, value, part)


@GROUP.also("startswith")
def starts_with(value: str, prefix: str) -> bool:
    """Whether the text begins with `prefix`.

    >>> "invoice-7.pdf" | starts_with("invoice")
    true
    """
    return value.startswith(prefix)


@GROUP.also("endswith")
def ends_with(value: str, suffix: str) -> bool:
    """Whether the text ends with `suffix`.

    >>> "invoice-7.pdf" | ends_with(".pdf")
    true
    """
    return value.endswith(suffix)


@GROUP.add
def pad_left(work: Work, value: str, length: int, fill: str = " ") -> str:
    """At least `length` characters, filled up in front with the character `fill`.

    >>> 7 | pad_left(3, "0")
    "007"
    """
    work.reserve_text(length)
    return value.rjust(length, _one(fill))


@GROUP.add
def pad_right(work: Work, value: str, length: int, fill: str = " ") -> str:
    """At least `length` characters, filled up behind with the character `fill`.

    >>> "ab" | pad_right(4, ".")
    "ab.."
    """
    work.reserve_text(length)
    return value.ljust(length, _one(fill))


@GROUP.add
def repeat(work: Work, value: str, times: int) -> str:
    """The text `times` times.

    >>> "ab" | repeat(3)
    "ababab"
    """
    work.reserve_text(len(value) * max(times, 0))
    return value * times


@GROUP.also("e")
def escape(value: str) -> str:
    """Safe inside HTML: `& < > " '` as entities.

    >>> "<b>" | escape
    "&lt;b&gt;"
    """
    return html.escape(value)


@GROUP.add
def unescape(value: str) -> str:
    """HTML entities as the characters they stand for.

    >>> "caf&eacute;" | unescape
    "café"
    """
    return html.unescape(value)


@GROUP.add
def quote_(value: str, safe: str = "") -> str:
    """Percent-encoded for one part of an address; characters in `safe` stay.

    >>> "a b/c" | quote
    "a%20b%2Fc"
    """
    return quote(value, safe=safe)


@GROUP.add
def urlencode_(work: Work, value: Any) -> str:
    """An object as a query string; a text percent-encoded.

    >>> {"q": "a b", "page": 2} | urlencode
    "q=a+b&page=2"
    """
    if not isinstance(value, dict):
        return quote(as_text(value, work), safe="")
    return urlencode([(key, as_text(part, work)) for key, part in value.items()])


@GROUP.add
def urldecode(value: str) -> str:
    """Percent-encoding undone, `+` as a space.

    >>> "a%20b+c" | urldecode
    "a b c"
    """
    return unquote_plus(value)


@GROUP.add
def parse_query(value: str) -> dict[str, Any]:
    """A query string as an object; of several values for a name the last counts.

    >>> "q=a+b&page=2" | parse_query
    {"q": "a b", "page": "2"}
    """
    return dict(parse_qsl(value.removeprefix("?"), keep_blank_values=True, max_num_fields=1_000))


def _one(fill: str) -> str:
    if len(fill) != 1:
        raise RefusedError("fill must be one character")
    return fill
