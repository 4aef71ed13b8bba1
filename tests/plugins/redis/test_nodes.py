"""What the nodes do with data, on a real server."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_redis.hashes import HashNode
from a8n_redis.keys import Delete, Get, Increment, Keys, Set
from a8n_redis.lists import ListNode
from a8n_redis.messages import Publish
from a8n_redis.server import RedisServer
from a8n_redis.streams import StreamNode

ODD = {"text": 'ä "quoted"\n', "list": [1, 2.5, None, True], "deep": {"a": {}}}


@pytest.fixture
def do(server: RedisServer, services: Services) -> Any:
    async def done(node: Any, items: Any = ({},), **params: Any) -> list[Any]:
        outputs = await run(node, {"server": server, **params}, list(items), services=services)
        return objects(outputs["main"])

    return done


@pytest.mark.parametrize(
    ("form", "value", "stored"),
    [
        ("text", "grüße\n", "grüße\n".encode()),
        ("text", {"a": 1}, b'{"a":1}'),
        ("json", ODD, None),
        ("json", "5", b'"5"'),
        ("json", None, b"null"),
        ("base64", "AP+AgQ==", b"\0\xff\x80\x81"),
    ],
)
async def test_a_value_comes_back_as_it_was_written(
    do: Any, client: redis.Redis, form: str, value: Any, stored: bytes | None
) -> None:
    assert await do(Set, name="k", value=value, format=form) == [{"key": "k", "written": True}]
    assert stored is None or client.get("k") == stored
    read = "json" if isinstance(value, dict) else form
    assert await do(Get, name="k", format=read) == [{"key": "k", "found": True, "value": value, "expires_in": None}]


async def test_each_item_has_a_key_of_its_own(do: Any, client: redis.Redis) -> None:
    items = [{"id": number} for number in range(20)]
    await do(Set, items, name={"$t": "k{{ json.id }}"}, value={"$": "json.id"})
    assert [client.get(f"k{number}") for number in range(20)] == [str(number).encode() for number in range(20)]
    found = await do(Get, items, name={"$t": "k{{ json.id + 10 }}"}, format="json")
    assert [one["value"] for one in found] == [*range(10, 20), *[None] * 10]
    assert found[-1] == {"key": "k29", "found": False, "value": None, "expires_in": None}


@pytest.mark.parametrize(
    ("form", "stored", "told"),
    [("text", b"\xff\xfe", "no text in UTF-8"), ("json", b"{", "no JSON"), ("json", b"NaN", "no JSON"),
     ("json", rb'"\ud800"', "no JSON"), ("json", b"[" * 100_000, "no JSON")],
)  # fmt: skip
async def test_bytes_of_another_format_name_it(
    do: Any, client: redis.Redis, form: str, stored: bytes, told: str
) -> None:
    client.set("k", stored)
    with pytest.raises(NodeError, match=told) as caught:
        await do(Get, name="k", format=form)
    assert (caught.value.field, caught.value.retryable) == ("format", False)


async def test_what_is_no_base64_cannot_be_written(do: Any, client: redis.Redis) -> None:
    for value in ("no base64!", {"a": 1}, None):
        with pytest.raises(NodeError, match="not base64") as caught:
            await do(Set, name="k", value=value, format="base64")
        assert caught.value.field == "value"
    assert client.get("k") is None


async def test_conditions_and_times_of_a_value(do: Any, client: redis.Redis) -> None:
    async def written(**params: Any) -> bool:
        ((one,),) = [await do(Set, name="k", **params)]
        return bool(one["written"])

    assert not await written(value="a", only_if="present")
    assert await written(value="a", only_if="absent", expires=60)
    assert not await written(value="b", only_if="absent")
    assert await written(value="c", keep_expiry=True)
    (found,) = await do(Get, name="k")
    assert found["value"] == "c"
    assert 50 < found["expires_in"] <= 60
    assert await written(value="d")
    assert client.ttl("k") == -1
    assert [Set.effect_of({"only_if": how}) for how in ("always", "absent")] == ["idempotent", "unsafe"]
    assert Set.effect_of({"only_if": {"$": "json.how"}}) == "unsafe"


async def test_counting(do: Any, client: redis.Redis) -> None:
    assert await do(Increment, name="n", expires=60) == [{"key": "n", "value": 1}]
    client.expire("n", 30)
    assert await do(Increment, name="n", by=4, expires=60) == [{"key": "n", "value": 5}]
    assert 0 < int(str(client.ttl("n"))) <= 30  # it is not prolonged
    assert await do(Increment, name="n", by=-0.5) == [{"key": "n", "value": 4.5}]
    client.set("n", "many")
    with pytest.raises(NodeError, match="not an integer") as caught:
        await do(Increment, name="n")
    assert (caught.value.field, caught.value.retryable) == ("name", False)


async def test_deleting_and_listing_keys(do: Any, client: redis.Redis) -> None:
    client.mset({f"cart:{number}": 1 for number in range(2500)})
    client.rpush("cart:list", 1)
    client.set(b"odd\xff", 1)
    assert len(await do(Keys, pattern="cart:*", limit=100_000)) == 2501
    assert len(await do(Keys)) == 100
    assert await do(Keys, pattern="cart:*", type="list") == [{"key": "cart:list"}]
    assert await do(Keys, pattern="odd*") == [{"key": "odd\\xff"}]
    assert await do(Delete, names=["cart:1", "cart:2", "cart:none"]) == [{"deleted": 2}]
    assert await do(Keys, pattern="cart:1") == []


async def test_lists_are_queues_stacks_and_logs(do: Any, client: redis.Redis) -> None:
    async def operate(kind: str, **more: Any) -> list[Any]:
        found: list[Any] = await do(ListNode, name="l", format="json", operation={"kind": kind, **more})
        return found

    assert await operate("pop") == []
    assert await operate("push", values=[{"n": 1}, 2, "three"]) == [{"key": "l", "length": 3}]
    assert await operate("push", values=[0], side="left") == [{"key": "l", "length": 4}]
    assert [one["value"] for one in await operate("range")] == [0, {"n": 1}, 2, "three"]
    assert [one["value"] for one in await operate("range", first=-2)] == [2, "three"]
    assert [one["value"] for one in await operate("range", first=-3, count=1)] == [{"n": 1}]
    assert await operate("pop") == [{"key": "l", "value": 0}]
    assert [one["value"] for one in await operate("pop", count=9, side="right")] == ["three", 2, {"n": 1}]
    assert await operate("pop", count=9) == []
    for number in range(5):
        assert await operate("push", values=[number, -number], max_length=3) == [{"key": "l", "length": min(2 + number * 2, 3)}]  # fmt: skip  # noqa: E501
    assert [one["value"] for one in await operate("range")] == [-3, 4, -4]
    await operate("push", values=["x"], side="left", max_length=2)
    assert [one["value"] for one in await operate("range")] == ["x", -3]


async def test_what_is_popped_is_not_lost_when_it_is_of_another_format(do: Any, client: redis.Redis) -> None:
    client.rpush("l", b"\xff", "fine")
    first, second = await do(ListNode, name="l", operation={"kind": "pop", "count": 2})
    assert (first["value"], first["base64"], "UTF-8" in first["error"]) == (None, "/w==", True)
    assert second == {"key": "l", "value": "fine"}


async def test_hashes_are_objects(do: Any, client: redis.Redis) -> None:
    async def operate(kind: str, form: str = "json", **more: Any) -> Any:
        (found,) = await do(HashNode, [{"id": 7, **ODD}], name="h", format=form, operation={"kind": kind, **more})
        return found

    assert await operate("get") == {"key": "h", "found": False, "values": {}}
    assert await operate("get", fields=["a"]) == {"key": "h", "found": False, "values": {"a": None}}
    assert (await operate("set", values={"$": "json"}))["added"] == 4
    assert (await operate("get"))["values"] == {"id": 7, **ODD}
    assert (await operate("get", fields=["id", "none"]))["values"] == {"id": 7, "none": None}
    assert (await operate("increment", field="id", by=3))["value"] == 10
    assert (await operate("increment", field="new", by=0.5))["value"] == 0.5
    assert (await operate("delete", fields=["id", "none"]))["deleted"] == 1
    wrongs: list[Any] = [[], {}, "text"]
    for wrong in wrongs:
        with pytest.raises(NodeError, match="object") as caught:
            await operate("set", values=wrong)
        assert caught.value.field == "operation.values"
    client.hset("h", "raw", b"\xff")
    with pytest.raises(NodeError, match="the field 'raw' of the hash 'h' holds no text"):
        await operate("get", form="text", fields=["raw"])


async def test_streams_are_added_to_trimmed_and_read(do: Any, client: redis.Redis) -> None:
    async def operate(kind: str, **more: Any) -> list[Any]:
        found: list[Any] = await do(StreamNode, name="s", format="json", operation={"kind": kind, **more})
        return found

    assert await operate("range") == []
    added = [(await operate("add", values={"n": number, "deep": ODD}))[0]["id"] for number in range(4)]
    entries = await operate("range")
    assert [one["id"] for one in entries] == added
    assert entries[0] == {"stream": "s", "id": added[0], "values": {"n": 0, "deep": ODD}}
    assert [one["id"] for one in await operate("range", first=added[1], count=2)] == added[1:3]
    assert [one["id"] for one in await operate("range", newest_first=True, last=added[2])] == added[2::-1]
    (last,) = await operate("add", values={"n": 9}, max_length=2, exact=True)
    assert [one["id"] for one in await operate("range")] == [added[3], last["id"]]
    client.xadd("s", {"bad": b"\xff", "good": "1"})
    (odd,) = await operate("range", newest_first=True, count=1)
    assert (odd["values"], odd["base64"]) == ({"bad": None, "good": 1}, {"bad": "/w=="})
    assert "the field 'bad'" in odd["error"]


async def test_publishing_tells_how_many_listened(do: Any, client: redis.Redis) -> None:
    assert await do(Publish, channel="c", message={"n": 1}) == [{"channel": "c", "receivers": 0}]
    pubsub: Any = client.pubsub  # which the library does not annotate
    with pubsub(ignore_subscribe_messages=True) as listening:
        listening.subscribe("c")
        assert listening.get_message(timeout=5) is None  # that it is subscribed
        assert await do(Publish, channel="c", message={"n": 1}) == [{"channel": "c", "receivers": 1}]
        told = listening.get_message(timeout=5)
        assert told is not None
        assert told["data"] == b'{"n":1}'


@pytest.mark.parametrize(
    ("node", "params"),
    [
        (Get, {}),
        (Increment, {}),
        (ListNode, {"operation": {"kind": "pop"}}),
        (ListNode, {"operation": {"kind": "push", "values": [1], "max_length": 3}}),
        (HashNode, {"operation": {"kind": "get"}}),
        (StreamNode, {"operation": {"kind": "range"}}),
    ],
)
async def test_another_kind_of_value_names_the_key(do: Any, client: redis.Redis, node: Any, params: Any) -> None:
    client.sadd("set", 1)
    with pytest.raises(NodeError, match="WRONGTYPE") as caught:
        await do(node, name="set", **params)
    assert (caught.value.field, caught.value.retryable) == ("name", False)
