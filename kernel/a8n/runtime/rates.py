"""Rate limits per webhook, project, address and account: token buckets in the memory of each process.

They are kept as the generic cell rate algorithm (ITU-T I.371): one number per name, the time until which its tokens
are used up.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic

from a8n.errors import A8nError
from a8n.runtime.settings import Settings

BURST = 2.0
"""Seconds' worth of requests that may come at once."""
NAMES = 50_000
"""Buckets of one kind; those that were not asked for longest are forgotten first."""


class RateError(A8nError):
    """Too many requests of one kind (HTTP 429). `retry_after` in whole seconds."""

    def __init__(self, what: str, rate: float, wait: float):
        self.retry_after = max(1, math.ceil(wait))
        super().__init__(f"{what} takes {rate:g} requests per second; try again in {self.retry_after} s")


class Rate:
    """Buckets of one kind. A `rate` of 0 limits nothing; else it is requests per second for each name."""

    def __init__(self, what: str, rate: float, clock: Callable[[], float] = monotonic):
        self.what = what
        self.rate = rate
        self._clock = clock
        self._each = 1 / rate if rate else 0.0
        self._room = max(BURST, self._each)
        self._used_until: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str) -> None:
        """Take one token of a name. Raises RateError where there is none."""
        if not self._each:
            return
        now = self._clock()
        used = max(self._used_until.get(name, now), now) + self._each
        # a millionth against rounding: the last token of a bucket is one
        if used - now > self._room + 1e-6:
            raise RateError(self.what, self.rate, used - now - self._room)
        self._used_until[name] = used
        self._used_until.move_to_end(name)
        if len(self._used_until) > NAMES:
            self._used_until.popitem(last=False)


class Rates:
    """All rate limits of a process."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic):
        self.webhook = Rate("this webhook", settings.rate_webhook, clock)
        self.project = Rate("this project", settings.rate_project, clock)
        self.address = Rate("one address", settings.rate_address, clock)
        self.account = Rate("one account or API key", settings.rate_account, clock)
        self.of_webhooks = bool(settings.rate_webhook or settings.rate_project or settings.rate_address)
        """Whether a webhook has to ask at all."""


def neighbourhood(address: str) -> str:
    """What an address is counted by: itself, or the /64 network that an IPv6 host has for itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return address
