"""Objects in a store that checks signatures: put, fetched, listed, copied, deleted and linked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.plugins.files.s3_server import ACCESS, REGION, SECRET, TOKEN, Store, document, error, serve

from a8n import Item, NodeError
from a8n.runtime.egress import EgressClient
from a8n.testing import Services, credential, objects, run
from a8n_files.account import S3Account
from a8n_files.objects import Copy, Delete, Download, Link, ListObjects, Upload
from a8n_files.signing import EMPTY, Keys, presigned, signed

ODD = "2026/Grüße & co+1 (?#%) = ü.txt"


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with serve() as served:
        yield served


def account(store: Store, **values: Any) -> S3Account:
    given = {"access_key": ACCESS, "secret_key": SECRET, "region": REGION, "endpoint": store.url, **values}
    made = credential(S3Account, **given)
    assert isinstance(made, S3Account)
    return made


async def done(node: Any, store: Store, services: Services, item: Any = None, **params: Any) -> list[Item]:
    given = {"account": account(store), "bucket": "invoices", **params}
    return list((await run(node, given, [item or {"n": 1}], services=services))["main"])


async def fails(node: Any, store: Store, services: Services, **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await done(node, store, services, **params)
    return caught.value


# --- signatures --------------------------------------------------------------------------------------------------

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
AT = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "https://examplebucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("path", "query", "headers", "signature"),
    [
        ("/test.txt", [], {"Range": "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("/", [("lifecycle", "")], {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/", [("max-keys", "2"), ("prefix", "J")], {},
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)  # fmt: skip
def test_the_examples_of_the_specification(path: str, query: Any, headers: Any, signature: str) -> None:
    made = signed(KEYS, "GET", HOST + path, query, headers, EMPTY, AT)
    assert made["authorization"].rpartition("Signature=")[2] == signature


def test_the_example_of_a_link() -> None:
    url = presigned(KEYS, "GET", f"{HOST}/test.txt", (), 86400, AT)
    assert url.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


# --- objects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", ODD, "a//b", "/a", "a b/c~d-_.e*'!"])
async def test_a_text_is_stored_and_fetched_under_any_key(store: Store, services: Services, name: str) -> None:
    (made,) = objects(await done(Upload, store, services, name=name, source={"kind": "text", "text": "Grüße"}))
    assert (made["name"], made["size"], len(made["etag"])) == (name, 7, 32)
    kind = "text/plain" if name.endswith(".txt") else "text/plain; charset=utf-8"
    assert store.buckets["invoices"][name] == ("Grüße".encode(), kind)
    (item,) = await done(Download, store, services, name=name)
    assert item.files is not None
    assert services.files is not None
    assert await services.files.read(item.files["file"]) == "Grüße".encode()
    assert item.json == {"n": 1}


async def test_a_file_of_the_item_with_its_type(store: Store, services: Services) -> None:
    assert services.files is not None
    item = Item({"n": 1}, {"invoice": await services.files.save(b"%PDF", "A-17.pdf", "application/pdf")})
    source = {"kind": "file", "file": "invoice"}
    await done(Upload, store, services, item, name="A-17.pdf", source=source)
    assert store.buckets["invoices"]["A-17.pdf"] == (b"%PDF", "application/pdf")
    (fetched,) = await done(Download, store, services, item, name="A-17.pdf", into="copy")
    assert fetched.files is not None
    assert {name: ref.mime for name, ref in fetched.files.items()} == {
        "invoice": "application/pdf", "copy": "application/pdf",
    }  # fmt: skip


async def test_objects_are_listed_page_by_page(store: Store, services: Services) -> None:
    store.buckets["invoices"] = {f"2026/{n} & ü": (b"x" * n, "") for n in range(5)} | {"2025/1": (b"", "")}
    listed = objects(await done(ListObjects, store, services, prefix="2026/"))
    assert [(one["name"], one["size"]) for one in listed] == [(f"2026/{n} & ü", n) for n in range(5)]
    assert listed[0]["modified"] == "2026-05-01T09:00:00.000Z"
    assert len(store.asked) == 3
    assert len(await done(ListObjects, store, services, limit=3)) == 3


async def test_objects_are_copied_and_deleted(store: Store, services: Services) -> None:
    store.buckets["invoices"][ODD] = (b"x", "text/plain")
    (copied,) = objects(await done(Copy, store, services, name=ODD, to="b", to_bucket="other"))
    assert (copied["bucket"], copied["name"], len(copied["etag"])) == ("other", "b", 32)
    assert store.buckets["other"]["b"] == (b"x", "text/plain")
    for _ in range(2):
        assert objects(await done(Delete, store, services, name=ODD)) == [{"n": 1}]
    assert ODD not in store.buckets["invoices"]


async def test_a_link_is_good_for_whoever_has_it_and_for_its_time(store: Store, services: Services) -> None:
    store.buckets["invoices"][ODD] = (b"x", "text/plain")
    (linked,) = objects(await done(Link, store, services, name=ODD, lifetime="PT1H"))
    async with httpx.AsyncClient() as client:
        assert (await client.get(linked["url"])).content == b"x"
        assert (await client.get(linked["url"].replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"))).status_code == 403
        assert (await client.put(linked["url"], content=b"y")).status_code == 403
    assert (await fails(Link, store, services, name="a", lifetime="P8D")).field == "lifetime"


async def test_temporary_keys_send_their_token(store: Store, services: Services) -> None:
    store.token = TOKEN
    keys = account(store, session_token=TOKEN)
    await done(Upload, store, services, account=keys, name="a", source={"kind": "text", "text": "x"})
    (linked,) = objects(await done(Link, store, services, account=keys, name="a"))
    async with httpx.AsyncClient() as client:
        assert (await client.get(linked["url"])).content == b"x"


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said", "hint"),
    [
        ({"access_key": "AKIDOTHER"}, "does not accept these keys", "credential"),
        ({"secret_key": "wrong"}, "does not accept these keys", "credential"),
        ({"session_token": "old"}, "does not accept these keys", "credential"),
        ({"region": "us-east-1"}, "another region", "eu-test-1"),
    ],
)
async def test_wrong_keys_say_what_to_do_and_are_not_shown(
    store: Store, services: Services, keys: Any, said: str, hint: str
) -> None:
    with pytest.raises(NodeError, match=said) as caught:
        await account(store, **keys).check(services.http)
    assert hint in str(caught.value.hint)
    assert not caught.value.retryable
    assert SECRET not in str(caught.value)


async def test_the_test_button_lists_what_may_be_seen(store: Store, services: Services) -> None:
    assert await account(store).check(services.http) == "signed in; 2 buckets"
    assert await account(store, bucket="other").check(services.http) == "the bucket other can be listed"
    with pytest.raises(NodeError, match="no such bucket"):
        await account(store, bucket="nowhere").check(services.http)


@pytest.mark.parametrize(
    ("node", "params", "field"),
    [
        (Download, {"name": "gone"}, "name"), (Copy, {"name": "gone", "to": "b"}, "name"),
        (ListObjects, {"bucket": "nowhere"}, "bucket"), (Download, {"bucket": "a/b", "name": "x"}, "bucket"),
        (Download, {"name": "../other/x"}, "name"), (Delete, {"name": "a/./b"}, "name"),
        (Upload, {"name": "a", "source": {"kind": "file", "file": "gone"}}, "source.file"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_names_the_field(
    store: Store, services: Services, node: Any, params: Any, field: str
) -> None:
    failure = await fails(node, store, services, **params)
    assert (failure.field, failure.retryable) == (field, False)


async def test_a_store_that_is_busy_is_asked_again_later(store: Store, services: Services) -> None:
    busy = error(503, "SlowDown", "Please reduce your request rate.")
    busy.headers["Retry-After"] = "7"
    store.refusals.append(busy)
    failure = await fails(ListObjects, store, services)
    assert (failure.retryable, failure.retry_after) == (True, 7.0)
    store.buckets["invoices"]["a"] = (b"x", "")
    store.refusals.append(document("<Error><Code>InternalError</Code><Message>Oh &amp; no</Message></Error>"))
    failure = await fails(Copy, store, services, name="a", to="b")
    assert (failure.retryable, "Oh & no" in failure.message) == (True, True)


@pytest.mark.parametrize("text", ["", "<html>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
async def test_an_answer_of_something_else_is_told(store: Store, services: Services, text: str) -> None:
    from aiohttp import web

    store.refusals.append(web.Response(text=text))
    assert "not of S3" in (await fails(ListObjects, store, services)).message


async def test_large_objects_and_stores_inside_the_network_are_refused(store: Store, services: Services) -> None:
    store.buckets["invoices"]["a"] = (b"x" * (2**20 + 1), "")
    assert "1,048,576" in (await fails(Download, store, services, name="a", largest=1)).message
    client = EgressClient(())
    with pytest.raises(NodeError):
        await account(store).check(client)
    await client.close()


@pytest.mark.parametrize("endpoint", ["minio.example.org", "ftp://x", "https://x/path", "https://x?a=1"])
def test_an_endpoint_is_an_address(endpoint: str) -> None:
    with pytest.raises(ValueError, match="address"):
        credential(S3Account, access_key="a", secret_key="b", endpoint=endpoint)


def test_a_bucket_may_stand_in_the_host() -> None:
    made = credential(S3Account, access_key="a", secret_key="b", region="eu-west-1", path_style=False)
    assert isinstance(made, S3Account)
    assert made.address("invoices", "a b") == "https://invoices.s3.eu-west-1.amazonaws.com/a%20b"
