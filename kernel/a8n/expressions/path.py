"""Plain paths such as `json.user["first name"]` or `node("Hook").json.id`: most expressions are one.

They are read by one regular expression and followed in plain Python, about ten times faster than compiled
Jinja.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from a8n.expressions.access import NO_ROOT, Method, Missing, attribute, kind, subscript
from a8n.expressions.errors import ExpressionError, MissingError
from a8n.expressions.scope import ROOTS, Scope

Key = str | int

_CONSTANTS: Final = frozenset({"true", "false", "none", "null", "True", "False", "None"})
_WORDS: Final = frozenset({"not", "and", "or", "if", "else", "is", "in"})
RESERVED: Final = _CONSTANTS | _WORDS | {"self", "super", "caller", "loop", "varargs", "kwargs"}
"""Names that are not roots: words of the language, and names that Jinja gives a meaning of its own."""

_TEXT = r'"[^"\\\r\n]*"|\'[^\'\\\r\n]*\''
_START: Final = re.compile(rf"\s*(?:node\(\s*({_TEXT})\s*\)|([A-Za-z][A-Za-z0-9_]*))")
_STEP: Final = re.compile(rf"\.([^\W\d]\w*)|\[\s*({_TEXT}|-?\d{{1,9}})\s*\]")


@dataclass(frozen=True, slots=True)
class Path:
    """A root, and the steps from it. `node` is the name in `node("…")` where that is the root, else None."""

    root: str
    node: str | None
    steps: tuple[Key, ...]
    by_dot: tuple[bool, ...]
    """For each step whether it was written as `.name`, which also finds methods."""
    positions: tuple[int, ...]
    """Offset of the root and of each step in the source."""

    def follow(self, scope: Scope) -> Any:
        """The value at the end, as Jinja would find it; may be `Missing` or a method."""
        value = self.start(scope)
        for key, dotted in zip(self.steps, self.by_dot, strict=True):
            if type(value) is dict and key in value:
                value = value[key]
            else:
                value = attribute(value, str(key)) if dotted else subscript(value, key)
        return value

    def start(self, scope: Scope) -> Any:
        """The value of the root."""
        if self.node is None:
            return find_root(scope, self.root)
        return scope.lookup("node")(self.node)

    def up_to(self, count: int) -> str:
        """The source text of the first `count` steps, normalised."""
        text = self.root if self.node is None else f'node("{self.node}")'
        for key, dotted in zip(self.steps[:count], self.by_dot, strict=False):
            text += f".{key}" if dotted else f"[{key!r}]"
        return text

    def explain(self, scope: Scope, missing: Missing) -> tuple[str, int] | None:
        """What owns the missing thing and where it was asked for, if this path is the one that missed it.

        Looks at the data again, because remembering the way would cost every evaluation. Owners are compared by
        type only: a scope may make its views anew each time.
        """
        value: Any = self.start(scope)
        for index, (key, dotted) in enumerate(zip(self.steps, self.by_dot, strict=True)):
            part = attribute(value, str(key)) if dotted else subscript(value, key)
            if isinstance(part, Missing) and key == missing.key and type(value) is type(missing.owner):
                return self.up_to(index), self.positions[index + 1]
            value = part
        return None


def parse_path(source: str) -> Path | None:
    """The path that `source` is, or None if it is any other expression."""
    match = _START.match(source)
    if match is None or match[2] in RESERVED:
        return None
    node = match[1][1:-1] if match[1] else None
    positions, steps, by_dot = [match.start(1 if match[1] else 2)], list[Key](), list[bool]()
    end = match.end()
    while (step := _STEP.match(source, end)) is not None:
        end = step.end()
        positions.append(step.start(1 if step[1] else 2))
        steps.append(step[1] or _key(step[2]))
        by_dot.append(step[1] is not None)
    if source[end:].strip():
        return None
    return Path(match[2] or "node", node, tuple(steps), tuple(by_dot), tuple(positions))


def find_root(scope: Scope, name: str) -> Any:
    """The root called `name`, or `Missing`."""
    if name == "json":
        return scope.json
    try:
        return scope.lookup(name)
    except KeyError:
        return Missing(NO_ROOT, name)


def _key(text: str) -> Key:
    return text[1:-1] if text[0] in "\"'" else int(text)


def explain_missing(error: MissingError, paths: tuple[Path, ...], source: str, scope: Scope) -> ExpressionError:
    """The error a person reads: what is missing, from where, and the names that come close."""
    missing, found = error.missing, None
    if missing.owner is NO_ROOT:
        close = _did_you_mean(missing.key, list(ROOTS))
        position = next((path.positions[0] for path in paths if path.root == missing.key), None)
        return ExpressionError(f"There is no {missing.key!r} here{close}", source, position, _names_hint(missing.key))
    for path in paths:
        # A path of a branch that was not taken may lead to a node that does not exist.
        with suppress(Exception):
            found = path.explain(scope, missing)
        if found:
            return ExpressionError(_sentence(found[0], missing), source, found[1], _hint(missing))
    return ExpressionError(_sentence("a value here", missing), source, None, _hint(missing))


def _sentence(owner: str, missing: Missing) -> str:
    value, key = missing.owner, missing.key
    shown = key if isinstance(key, int) else _quoted(key)
    if isinstance(value, dict):
        return f"{owner} has no {shown}{_did_you_mean(key, list(value))}"
    if value is None:
        return f"{owner} is null, so it has no {shown}"
    if isinstance(value, (list, tuple)) and isinstance(key, int):
        return f"{owner} has {len(value)} items, so there is no [{key}]"
    if isinstance(value, Method):
        return f"{owner} is a method, so it has no {shown}"
    return f"{owner} is {kind(value)} and has no {shown}"


def _quoted(key: Any) -> str:
    text = repr(key)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _did_you_mean(key: Any, names: list[Any]) -> str:
    """`; did you mean 'name'?`, or nothing. Looks at the first 500 names only: this runs for every failed
    item."""
    candidates = [name for name in names[:500] if isinstance(name, str) and len(name) <= 64]
    close = get_close_matches(str(key)[:64], candidates, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _hint(missing: Missing) -> str:
    if missing.key == "length" and isinstance(missing.owner, (str, list, dict)):
        return "Write `| length` for the number of items or characters."
    return "If it may be missing, add `| default(…)`."


def _names_hint(name: Any) -> str | None:
    return None if name in ROOTS else f"Names are {', '.join(ROOTS)}; put text in quotes."
