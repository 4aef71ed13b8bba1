"""Where an opened credential comes from: its name, the hosts it may be sent to, and who renews its token."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from a8n.credential import Credential
from a8n.errors import NodeError

PAUSE = 60.0
"""Seconds in which a token is renewed once at most: a service that refuses a new one will refuse the next, too."""


@dataclass(slots=True, eq=False)
class Kept:
    """What the runtime knows of a credential that a step holds."""

    name: str
    hosts: Sequence[str] = ()
    """`api.example.com`, `*.example.com`, either with `:port`; none means any."""
    renew: Callable[[str], Awaitable[None]] | None = None
    """Makes the credential hold the token that follows one which its service refused. Raises NodeError."""
    replaced: set[str] = field(default_factory=set)
    """Tokens that count no more, although a step may have noted them."""
    renewed_at: float | None = None

    def allows(self, host: str, port: int) -> bool:
        """Whether the credential may be sent there."""
        return not self.hosts or any(matches(entry, host, port) for entry in self.hosts)

    def refusal(self, host: str) -> NodeError:
        """Why it may not, and what to do."""
        text = f"the credential {self.name!r} may not be sent to {host}, only to {', '.join(self.hosts)}"
        hint = f"add {host} to the hosts of the credential, if it is meant to go there, or choose another one"
        return NodeError(text, hint=hint, retryable=False)

    def renewable(self) -> bool:
        """Whether its token may be renewed now, because a service refused it."""
        return self.renew is not None and (self.renewed_at is None or time.monotonic() - self.renewed_at > PAUSE)


def kept_of(credential: Credential) -> Kept | None:
    """What the runtime noted when it opened a credential; None where it did not."""
    noted = credential.origin
    return noted if isinstance(noted, Kept) else None


def matches(entry: str, host: str, port: int) -> bool:
    """Whether a host is the one an entry names: that name or, for `*.name`, one below it; the port where it has one."""
    name, _, digits = entry.rpartition(":") if entry[-1:].isdigit() and ":" in entry else (entry, "", "")
    if digits and int(digits) != port:
        return False
    name, host = plain(name), plain(host)
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def plain(host: str) -> str:
    """A host as it is compared."""
    return host.lower().rstrip(".").strip("[]")


def credentials_in(model: BaseModel) -> Iterator[Credential]:
    """The credentials that the parameters of a node or trigger hold."""
    yield from _found(value for _, value in model)


def _found(values: Iterable[Any]) -> Iterator[Credential]:
    for value in values:
        if isinstance(value, Credential):
            yield value
        elif isinstance(value, BaseModel):
            yield from credentials_in(value)
        elif isinstance(value, list | tuple):
            yield from _found(value)
        elif isinstance(value, dict):
            yield from _found(value.values())
