"""Starting at messages and entries."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import redis

from a8n import TriggerContext
from a8n.testing import Services
from a8n_redis.entries import Group, NewEntry
from a8n_redis.messages import NewMessage
from a8n_redis.server import RedisServer


def listening(trigger: Any, services: Services, state: dict[str, Any]) -> aclosing[Any]:
    return aclosing(trigger.listen(TriggerContext("w", "n", "", services, state)))


async def following(received: Any, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            found += [item.json for item in await anext(received)]
    return found


async def test_messages_of_channels_and_patterns(server: RedisServer, client: redis.Redis, services: Services) -> None:
    trigger = NewMessage(server=server, channels=["a"], patterns=["b*"], format="json")
    async with listening(trigger, services, {}) as received:
        waiting = asyncio.ensure_future(following(received, 3))
        async with asyncio.timeout(30):
            while not client.publish("b1", "1"):
                await asyncio.sleep(0.01)
        client.publish("a", "{")
        client.publish("a", '{"n":2}')
        first, odd, last = await waiting
    assert first == {"channel": "b1", "pattern": "b*", "message": 1}
    assert (odd["message"], odd["base64"]) == (None, "ew==")
    assert last == {"channel": "a", "pattern": None, "message": {"n": 2}}


async def test_a_cursor_misses_nothing_and_repeats_nothing(
    server: RedisServer, client: redis.Redis, services: Services
) -> None:
    client.xadd("s", {"n": "before"})
    state: dict[str, Any] = {}
    trigger = NewEntry(server=server, stream="s")
    async with listening(trigger, services, state) as received:
        assert await anext(received) == []
        client.xadd("s", {"n": "1"})
        assert [one["values"] for one in await following(received, 1)] == [{"n": "1"}]
    client.xadd("s", {"n": "2"})
    async with listening(trigger, services, state) as received:
        assert [one["values"] for one in await following(received, 1)] == [{"n": "2"}]


async def test_a_group_acknowledges_what_is_stored_after_a_crash_too(
    server: RedisServer, client: redis.Redis, services: Services
) -> None:
    for number in range(3):
        client.xadd("s", {"n": number})
    trigger = NewEntry(server=server, stream="s", by=Group(name="g", start="oldest"))
    state: dict[str, Any] = {}
    async with listening(trigger, services, state) as received:
        assert [one["values"]["n"] for one in await following(received, 1)] == ["0"]  # and it dies before it can tell
    pending: Any = client.xpending("s", "g")
    assert pending["pending"] == 1
    async with listening(trigger, services, state) as received:
        assert [one["values"]["n"] for one in await following(received, 2)] == ["1", "2"]
    kept = {**state, "done": []}  # the last one was handed over, and was not stored
    async with listening(trigger, services, kept) as received:
        assert [one["values"]["n"] for one in await following(received, 1)] == ["2"]
