"""Renaming a node in the expressions that name it, without touching anything else in them."""

from __future__ import annotations

import re
from typing import Final

from a8n.expressions.errors import ExpressionError
from a8n.expressions.text import split_holes

# Texts are matched first, so that a `node("…")` inside of one stays as it is; names next, so that
# `my_node(` and
# `json.node(` are not taken for the function.
_TOKEN: Final = re.compile(
    r"""(?P<call>(?<![\w.])node\s*\(\s*)(?P<name>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=\s*\))"""
    r"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.\s*\w+|\w+""",
    re.DOTALL,
)


def rename_node(source: str, old: str, new: str, *, template: bool) -> str:
    """`source` with each `node("old")` naming `new`; every other character stays, also in broken expressions.

    In a template only holes are looked at. Quotes stay of the kind they were.
    """
    if not template:
        return _TOKEN.sub(lambda match: _renamed(match, old, new), source)
    try:
        parts = list(split_holes(source))
    except ExpressionError:
        return source
    for offset, text, is_hole in reversed(parts):
        if is_hole:
            renamed = rename_node(text, old, new, template=False)
            source = source[:offset] + renamed + source[offset + len(text) :]
    return source


def _renamed(match: re.Match[str], old: str, new: str) -> str:
    quoted = match["name"]
    if not quoted or _unquoted(quoted) != old:
        return match[0]
    quote = quoted[0]
    escaped = new.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("\n", "\\n").replace("\r", "\\r")
    return f"{match['call']}{quote}{escaped}{quote}"


def _unquoted(text: str) -> str | None:
    """What a text in quotes means, by the rules of Jinja's lexer; None if it is malformed."""
    try:
        return text[1:-1].encode("ascii", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError:
        return None
