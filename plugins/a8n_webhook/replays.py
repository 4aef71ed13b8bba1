"""Which signatures this process has seen lately."""

from __future__ import annotations

import time
from collections import OrderedDict

MAX_SIGNATURES = 10_000
"""Per secret."""
MAX_SECRETS = 1_000


class Replays:
    """Bounded in number and time, and apart for each secret, so that nobody can push another's out.

    It knows one process. Across processes and restarts a repeated signature meets the idempotency table: the
    signature is the trigger's dedup key, and the repeat gets the first one's answer without starting anything.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, OrderedDict[bytes, float]] = OrderedDict()

    def first(self, secret: bytes, signature: bytes, seconds: float) -> bool:
        """True when the signature is new; from now on, and for so many seconds, it is not."""
        now = time.monotonic()
        seen = self._seen.setdefault(secret, OrderedDict())
        self._seen.move_to_end(secret)
        while seen and (len(seen) >= MAX_SIGNATURES or next(iter(seen.values())) <= now):
            seen.popitem(last=False)
        while len(self._seen) > MAX_SECRETS:
            self._seen.popitem(last=False)
        if seen.get(signature, 0.0) > now:
            return False
        seen[signature] = now + seconds
        return True

    def forget(self, secret: bytes, signature: bytes) -> None:
        """Let a signature come again, because its request was not accepted."""
        self._seen.get(secret, OrderedDict()).pop(signature, None)


REPLAYS = Replays()
