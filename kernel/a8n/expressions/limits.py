"""How much one evaluation may do. No timer can stop an expression, so every step that could grow pays for
it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from a8n.expressions.errors import RefusedError

if TYPE_CHECKING:
    from a8n.expressions.scope import Scope

SOURCE: Final = 8_192
"""Characters of one expression."""
TEMPLATE: Final = 262_144
"""Characters of one text with holes."""
HOLES: Final = 256
"""Holes in one text."""
NODES: Final = 1_000
"""Operations, names and constants in one expression."""
DEPTH: Final = 64
"""Levels of nesting, where `a + b + c` is two levels."""
COMPILED: Final = 2_048
"""Expressions that are kept compiled in a process."""
COMPILED_TEXTS: Final = 256
"""Texts with holes that are kept compiled in a process; they can be long."""
INT_BITS: Final = 4_096
"""Size of the largest whole number, in bits (about 1,233 digits)."""
TEXT: Final = 1_048_576
"""Characters of any text that an expression builds."""
RANGE: Final = 10_000
"""Numbers that one `range` may have."""
WORK: Final = 250_000
"""Units of work in one evaluation: one per operation and per item touched, one per 32 characters touched."""
RESULT_VALUES: Final = 500_000
"""Values (also nested ones) in a result that was computed, not merely passed on."""
RESULT_TEXT: Final = 8 * TEXT
"""Characters of all texts in such a result."""
RESULT_DEPTH: Final = 100
"""Levels of lists and objects inside each other in such a result."""
PATTERN: Final = 1_000
"""Characters of a regular expression."""
PATTERN_SECONDS: Final = 0.25
"""Processor time for all searches of one evaluation: RE2 is linear in one search, not in thousands of
them."""


class Work:
    """The budget of one evaluation, and what filters need to know about the scope. Never shared by two
    threads."""

    __slots__ = ("_deadline", "_zone", "left", "scope")

    def __init__(self, scope: Scope):
        self.left = WORK
        self.scope = scope
        self._zone: tzinfo | None = None
        self._deadline = 0.0

    def charge(self, units: int) -> None:
        """Take `units` from the budget; raises RefusedError when it is used up."""
        self.left -= units
        if self.left < 0:
            raise RefusedError("This expression does too much work", "Split it over several nodes.")

    def text(self, value: str) -> str:
        """Charge for a text that was made or read, refuse one that is too long, and give it back."""
        if len(value) > TEXT:
            raise RefusedError(f"A text here would be longer than {TEXT:,} characters")
        if len(value) > 31:
            self.charge(len(value) >> 5)
        return value

    def reserve_text(self, length: int) -> None:
        """Refuse a text of `length` characters before it is made."""
        if length > TEXT:
            raise RefusedError(f"A text here would be longer than {TEXT:,} characters")

    def made(self, value: Any) -> Any:
        """Charge for what an operation gave, and give it back."""
        if type(value) is str:
            return self.text(value)
        if isinstance(value, (list, dict, tuple)):
            self.charge(len(value))
        elif isinstance(value, int):
            return checked_int(value)
        return value

    def deep(self, value: Any) -> None:
        """Charge for everything inside `value`. Parts that occur twice count twice, as they do for who
        walks it."""
        rest = [value]
        while rest:
            part = rest.pop()
            if isinstance(part, str):
                self.charge(1 + (len(part) >> 5))
            elif isinstance(part, dict):
                self.charge(1 + len(part))
                rest.extend(part.values())
            elif isinstance(part, (list, tuple)):
                self.charge(1 + len(part))
                rest.extend(part)

    def search_time(self) -> None:
        """Refuse to go on once searches by pattern took too much processor time."""
        if not self._deadline:
            self._deadline = time.thread_time() + PATTERN_SECONDS
        elif time.thread_time() > self._deadline:
            raise RefusedError("The regular expression takes too long on this text")

    @property
    def now(self) -> datetime:
        """The scope's `now`; the real time in UTC where a scope has none."""
        try:
            now = self.scope.lookup("now")
        except KeyError:
            now = None
        return now if isinstance(now, datetime) and now.tzinfo else datetime.now(UTC)

    @property
    def zone(self) -> tzinfo:
        """The workflow's time zone."""
        if self._zone is None:
            self._zone = self.now.tzinfo or UTC
        return self._zone


def checked_int(value: int) -> int:
    """`value`, unless it is too large; raises RefusedError then."""
    if value.bit_length() > INT_BITS:
        raise RefusedError(f"A number here would have more than {INT_BITS:,} bits")
    return value
