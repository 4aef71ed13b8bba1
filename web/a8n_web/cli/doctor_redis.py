"""The doctor on Redis."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from a8n_web.cli.findings import Area, Finding

if TYPE_CHECKING:
    from a8n.runtime.settings import Settings

OLDEST = (7, 0)
"""The first with BLMPOP."""
SLOW = 0.02
"""Seconds for an answer that make every wake-up late."""
PINGS = 5


async def redis(settings: Settings) -> list[Finding]:
    """Whether Redis is there, knows our commands, drops nothing, and is quick."""
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    area = Area("redis")
    if not settings.redis_url:
        return []
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=5, socket_timeout=5)
    try:
        info: dict[str, Any] = {**await client.info("server"), **await client.info("memory")}
        seconds = [await _ping(client) for _ in range(PINGS)]
    except (RedisError, OSError, ValueError) as error:
        advice = "look at REDIS_URL, and whether the server runs; meanwhile work is found by looking, and late"
        return [area.bad(f"Redis cannot be used ({type(error).__name__})", advice)]
    finally:
        with contextlib.suppress(Exception):
            await client.aclose()
    return [*judged(area, info), *_quick(area, min(seconds))]


def judged(area: Area, info: dict[str, Any]) -> list[Finding]:
    """What the answer to INFO means."""
    findings = []
    version = str(info.get("redis_version", "0"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST:
        findings.append(area.bad(f"Redis {version} is too old: it has no BLMPOP", "use Redis 7 or Valkey"))
    policy, limit = str(info.get("maxmemory_policy", "")), int(info.get("maxmemory", 0))
    if limit and policy != "noeviction":
        text = f"Redis may throw wake-ups away when its memory is full (maxmemory-policy {policy})"
        findings.append(area.warn(text, "set maxmemory-policy noeviction; nothing is lost, but work waits to be found"))
    return findings or [area.ok(f"Redis {version} answers and keeps what it is given")]


def _quick(area: Area, seconds: float) -> list[Finding]:
    if seconds <= SLOW:
        return []
    text = f"Redis needs {seconds * 1000:.0f} ms for an answer"
    return [area.warn(text, "run it in the same network as a8n")]


async def _ping(client: Any) -> float:
    began = time.monotonic()
    await client.ping()
    return time.monotonic() - began
