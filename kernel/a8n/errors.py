"""Errors a person can act on: each names the place it is about and says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a8n.services import HttpResponse


class A8nError(Exception):
    """Base of every error that a8n raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a document, and where."""

    path: str
    """Dotted path from the document's root, with node ids for nodes: `nodes.greet.params.text`."""
    message: str
    code: str = "invalid"
    """A stable word for programs, such as `missing`, `unknown_type`, `unknown_port`, `irreducible`."""


class InvalidError(A8nError):
    """A document cannot be accepted as it is; nothing was changed."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.message}" if p.path else p.message for p in self.problems))


class NodeError(A8nError):
    """A node could not do its work. Raise it in `run` with a sentence that its user understands.

    `field` names the parameter at fault, `hint` what to do about it, `retry_after` (seconds) how long the
    service asked to wait, `retryable=False` that trying again cannot help, `answer` what the service said.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        field: str | None = None,
        retry_after: float | None = None,
        retryable: bool = True,
        answer: HttpResponse | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field
        self.retry_after = retry_after
        self.retryable = retryable
        self.answer = answer


class StopError(NodeError):
    """Ends the execution as failed on purpose, whatever the node's error policy says."""

    def __init__(self, message: str):
        super().__init__(message, retryable=False)


class UnauthorizedError(A8nError):
    """A request to a webhook did not prove who it is from. `challenge` is the WWW-Authenticate header, if any."""

    def __init__(self, message: str = "authentication failed", *, challenge: str | None = None, status: int = 401):
        super().__init__(message)
        self.challenge = challenge
        self.status = status


class UnavailableError(A8nError):
    """The runtime lacks what a node asked for, such as a service that this process was started without."""
