"""What can go wrong with an expression, as a person should read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a8n.errors import A8nError

if TYPE_CHECKING:
    from a8n.expressions.access import Missing


class ExpressionError(A8nError):
    """An expression that cannot be compiled or evaluated.

    `message` is a plain sentence, `source` the whole expression or template, `position` the 0-based offset in
    `source` of what is at fault (None where it is not known), `hint` what to write instead (None if there is
    nothing to say). `missing` is True where the only fault is that something in the data is not there.
    """

    missing = False

    def __init__(self, message: str, source: str = "", position: int | None = None, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.source = source
        self.position = position
        self.hint = hint

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, str, int | None, str | None]]:
        return type(self), (self.message, self.source, self.position, self.hint)

    def inside(self, source: str, offset: int) -> ExpressionError:
        """The same error seen from `source`, a template in which this expression begins at `offset`."""
        position = None if self.position is None else self.position + offset
        error = ExpressionError(self.message, source, position, self.hint)
        error.missing = self.missing
        return error


class RefusedError(Exception):
    """Raised while an expression runs, by code that does not know its source. Becomes an
    `ExpressionError`."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint


class WrongTypeError(RefusedError):
    """A value of another type than the one that a filter or operator needs. `wanted` is the type in words."""

    def __init__(self, wanted: str, got: str, hint: str | None = None):
        super().__init__(f"needs {wanted}, not {got}", hint)


class MissingError(RefusedError):
    """Something that is not there was used. The expression that knows the path turns it into a good
    sentence."""

    def __init__(self, missing: Missing):
        super().__init__(f"There is no {missing.key!r}")
        self.missing = missing
