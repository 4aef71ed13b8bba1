"""Text with holes: where `{{` and `}}` are. Everything outside of holes, `{% %}` and `{# #}` too, is
literal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from a8n.expressions import limits
from a8n.expressions.errors import ExpressionError

_INSIDE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{}]', re.DOTALL)


def split_holes(source: str) -> Iterator[tuple[int, str, bool]]:
    """`(offset, text, is_hole)` of each part of `source`, in order; a hole's text is what is between its
    braces.

    Raises ExpressionError for a hole without an end, and for too many holes.
    """
    end = holes = 0
    while (begin := source.find("{{", end)) >= 0:
        if begin > end:
            yield end, source[end:begin], False
        holes += 1
        if holes > limits.HOLES:
            raise ExpressionError(f"A text may have {limits.HOLES} holes at most", source, begin)
        close = _closing(source, begin + 2)
        yield begin + 2, source[begin + 2 : close], True
        end = close + 2
    if end < len(source):
        yield end, source[end:], False


def _closing(source: str, start: int) -> int:
    """Offset of the `}}` that ends the hole begun before `start`; braces of objects and texts do not
    count."""
    depth, past = 0, start
    for match in _INSIDE.finditer(source, start, start + limits.SOURCE + 2):
        if match.start() < past:
            continue
        if match[0] == "{":
            depth += 1
        elif match[0] == "}" and depth:
            depth -= 1
        elif match[0] == "}":
            if source.startswith("}}", match.start()):
                return match.start()
            past = match.end()
    raise ExpressionError(
        "A hole begins here with {{ but has no }}",
        source,
        start - 2,
        'For the two braces as text write {{ "{{" }}.',
    )
