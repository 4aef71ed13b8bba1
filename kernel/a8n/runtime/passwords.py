"""Passwords: what is accepted, how it is kept, and how guessing is slowed down.

Kept as bcrypt over the base64 of SHA-256, so that nothing is cut at bcrypt's 72 bytes and a NUL byte ends nothing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from importlib import resources
from time import monotonic

MIN_BYTES = 8
MAX_BYTES = 1024
ROUNDS = 12
"""Of bcrypt: two to the power of it. About a quarter of a second on today's machines."""


class Passwords:
    """Hashes and checks, in threads, because bcrypt takes a quarter of a second on purpose."""

    def __init__(self, rounds: int = ROUNDS):
        self._rounds = rounds

    async def hash(self, password: str) -> str:
        """The form in which a password is kept."""
        return await asyncio.to_thread(self._hash, password)

    async def check(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; takes the same time where the account is unknown or has none."""
        return await asyncio.to_thread(self._check, password, kept)

    @cached_property
    def _decoy(self) -> str:
        return self._hash("the password of nobody")

    def _hash(self, password: str) -> str:
        import bcrypt

        return bcrypt.hashpw(_digest(password), bcrypt.gensalt(self._rounds)).decode()

    def _check(self, password: str, kept: str | None) -> bool:
        import bcrypt

        same = bcrypt.checkpw(_digest(password), (kept or self._decoy).encode())
        return same and kept is not None


def weakness(password: str, *others: str) -> str | None:
    """What is wrong with a new password in one sentence, or None. `others` are texts it may not equal."""
    size = len(password.encode())
    if size < MIN_BYTES:
        return f"a password has at least {MIN_BYTES} characters"
    if size > MAX_BYTES:
        return f"a password has at most {MAX_BYTES} bytes"
    folded = password.casefold()
    if folded in _common() or len(set(folded)) < 3 or folded in {other.casefold() for other in others if other}:
        return "this password is one of the first that anybody would try"
    return None


class Throttle:
    """Exponential back-off per name (an account, an address): after some failures each one doubles the wait.

    Kept in memory by each process, and bounded: the names that failed least recently are forgotten first.
    """

    def __init__(
        self, *, free: int = 5, first: float = 1.0, longest: float = 900.0, names: int = 10_000,
        clock: Callable[[], float] = monotonic,
    ):  # fmt: skip
        """`free` failures cost nothing; then `first` seconds, doubling up to `longest`."""
        self._free, self._first, self._longest, self._names, self._clock = free, first, longest, names, clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, *names: str) -> float:
        """Seconds until any of these may try again; 0 when they may now."""
        now = self._clock()
        return max(0.0, *(self._until(name) - now for name in names))

    def failed(self, *names: str) -> None:
        """Count a failure for each."""
        for name in names:
            count, last = self._failures.get(name, (0, 0.0))
            now = self._clock()
            self._failures[name] = (1 if now - last > 2 * self._longest else count + 1, now)
            self._failures.move_to_end(name)
        while len(self._failures) > self._names:
            self._failures.popitem(last=False)

    def forgiven(self, *names: str) -> None:
        """Take one failure of each back."""
        for name in names:
            count, last = self._failures.get(name, (0, 0.0))
            if count > 0:
                self._failures[name] = (count - 1, last)

    def succeeded(self, *names: str) -> None:
        """Forget the failures of each."""
        for name in names:
            self._failures.pop(name, None)

    def _until(self, name: str) -> float:
        count, last = self._failures.get(name, (0, 0.0))
        if count < self._free:
            return 0.0
        return last + min(self._first * 2.0 ** min(count - self._free, 30), self._longest)


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode()).digest())


_known: frozenset[str] | None = None


def _common() -> frozenset[str]:
    global _known  # read once, at the first sign-up
    if _known is None:
        text = resources.files("a8n.runtime").joinpath("common_passwords.txt").read_text()
        _known = frozenset(line for line in text.split() if line)
    return _known
