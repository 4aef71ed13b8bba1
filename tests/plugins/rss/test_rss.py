"""Feeds from a server on loopback: read, and looked at for what is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

import a8n_manual
import a8n_rss
from a8n import JSON, Kernel, NodeError, TriggerContext
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions, schedules
from a8n.runtime.settings import Settings
from a8n.testing import Services, objects, run
from a8n_rss.read import ReadFeed
from a8n_rss.trigger import KNOWN, NewEntry

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry>
<id>urn:1</id><title type="html">Tea &amp;amp; pots</title><link href="/tea"/>
<updated>2026-05-01T11:00:00+02:00</updated><published>2026-04-30T00:00:00Z</published>
<author><name>Ada</name></author><category term="tea"/><summary>short</summary>
<content type="html">&lt;p&gt;All of &lt;b&gt;it&lt;/b&gt;&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</content>
</entry></feed>"""


def rss(*numbers: int, dated: bool = True, ids: bool = True) -> str:
    items = "".join(
        f"<item><title>No. {n}</title><description>Text {n}</description>"
        + (f"<guid>g{n}</guid>" if ids else "")
        + (f"<pubDate>Fri, 0{n} May 2026 09:00:00 GMT</pubDate>" if dated else "")
        + f'<enclosure url="http://x.example/{n}.mp3" length="{n}00" type="audio/mpeg"/></item>'
        for n in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Numbers</title>{items}</channel></rss>'


@dataclass
class Site:
    """What the server answers, and what it was asked."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/rss+xml; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def says(self, text: str | bytes, **headers: str) -> None:
        self.body = text.encode() if isinstance(text, str) else text
        self.headers = headers

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append({name.lower(): value for name, value in request.headers.items()})
        if self.headers.get("ETag") and request.headers.get("If-None-Match") == self.headers["ETag"]:
            return web.Response(status=304)
        headers = {"Content-Type": self.kind, **self.headers}
        return web.Response(status=self.status, body=self.body, headers=headers)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    application = web.Application()
    application.router.add_get("/feed", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    served = web.TCPSite(runner, "127.0.0.1", 0)
    await served.start()
    assert served._server is not None
    made.url = f"http://localhost:{served._server.sockets[0].getsockname()[1]}/feed"  # type: ignore[attr-defined]
    yield made
    await runner.cleanup()


async def read(site: Site, services: Services, **params: Any) -> list[dict[str, Any]]:
    return objects((await run(ReadFeed, {"url": site.url, **params}, services=services))["main"])


# --- reading -----------------------------------------------------------------------------------------------------


async def test_an_atom_entry_with_all_that_it_has(site: Site, services: Services) -> None:
    site.says(ATOM)
    (entry,) = await read(site, services)
    assert entry["link"] == site.url.replace("/feed", "/tea")
    assert (entry["id"], entry["title"], entry["authors"], entry["categories"]) == (
        "urn:1", "Tea & pots", ["Ada"], ["tea"],
    )  # fmt: skip
    assert (entry["published"], entry["updated"]) == ("2026-04-30T00:00:00Z", "2026-05-01T09:00:00Z")
    assert entry["html"] == "<p>All of <b>it</b></p>"
    assert entry["text"].split() == ["All", "of", "it"]


async def test_an_rss_feed_with_files_and_a_limit(site: Site, services: Services) -> None:
    site.says(rss(3, 2, 1))
    entries = await read(site, services, limit=2)
    assert [one["title"] for one in entries] == ["No. 3", "No. 2"]
    assert entries[0]["enclosures"] == [{"url": "http://x.example/3.mp3", "mime": "audio/mpeg", "size": 300}]
    site.says(rss())
    assert await read(site, services) == []


async def test_encodings_and_broken_markup_are_read(site: Site, services: Services) -> None:
    site.kind = "text/xml"
    site.says(rss(1).replace("Text 1", "Grüße").replace('"1.0"?', '"1.0" encoding="iso-8859-1"?').encode("latin-1"))
    assert (await read(site, services))[0]["text"] == "Grüße"
    site.says(rss(1, 2).replace("Text 2", "a < b & c").replace("</channel></rss>", ""))
    assert len(await read(site, services)) == 2


@pytest.mark.parametrize(
    ("body", "status", "headers", "said", "retryable"),
    [
        ("<!doctype html><html><body>Hi</body></html>", 200, {}, "an HTML page", False),
        ("", 200, {}, "no RSS or Atom", False),
        ("/etc/hostname", 200, {}, "no RSS or Atom", False),
        ('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]>' + rss(1)[21:], 200, {}, "declares entities", False),
        ("gone", 410, {}, "answered 410", False),
        ("busy", 503, {"Retry-After": "30"}, "answered 503", True),
    ],
)  # fmt: skip
async def test_what_is_no_feed_is_told_at_its_address(
    site: Site, services: Services, body: str, status: int, headers: Any, said: str, retryable: bool
) -> None:
    site.says(body, **headers)
    site.status = status
    with pytest.raises(NodeError, match=said) as caught:
        await read(site, services)
    assert (caught.value.field, caught.value.retryable) == ("url", retryable)
    assert caught.value.retry_after == (30.0 if headers else None)


async def test_entities_are_refused_in_other_encodings_and_huge_feeds_as_such(site: Site, services: Services) -> None:
    site.says('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "b">]><rss/>'.encode("utf-16"))
    with pytest.raises(NodeError, match="entities"):
        await read(site, services)
    site.says(b"x" * (10 * 2**20 + 1))
    with pytest.raises(NodeError, match="10,485,760"):
        await read(site, services)


# --- what is new ---------------------------------------------------------------------------------------------------


async def look(site: Site, services: Services, cursor: JSON, **params: Any) -> tuple[list[str], JSON]:
    trigger = NewEntry.model_validate({"url": site.url, **params})
    items, kept = await trigger.poll(TriggerContext("w", "n", "", services), cursor)
    return [item.json["title"] for item in items], kept


async def test_only_what_is_new_comes_the_oldest_first(site: Site, services: Services) -> None:
    site.says(rss(2, 1))
    titles, cursor = await look(site, services, None)
    assert titles == []
    site.says(rss(4, 3, 2, 1))
    titles, cursor = await look(site, services, cursor)
    assert titles == ["No. 3", "No. 4"]
    site.says(rss(1, 4, 2))  # another order, one gone
    titles, cursor = await look(site, services, cursor)
    assert titles == []
    site.says(rss(3, 1))  # and back
    assert (await look(site, services, cursor))[0] == []


@pytest.mark.parametrize("shape", [{"dated": False}, {"ids": False}, {"dated": False, "ids": False}])
async def test_feeds_without_dates_or_ids_are_known_by_what_they_have(
    site: Site, services: Services, shape: Any
) -> None:
    site.says(rss(1, **shape))
    titles, cursor = await look(site, services, None, existing=True)
    assert titles == ["No. 1"]
    site.says(rss(2, 1, **shape))
    assert (await look(site, services, cursor))[0] == ["No. 2"]


async def test_a_feed_that_has_not_changed_is_not_sent(site: Site, services: Services) -> None:
    site.says(rss(1), ETag='"v1"')
    _, cursor = await look(site, services, None)
    titles, again = await look(site, services, cursor)
    assert (titles, again) == ([], cursor)
    assert site.asked[-1]["if-none-match"] == '"v1"'
    other = NewEntry.model_validate({"url": site.url + "?other", "existing": True})
    items, _ = await other.poll(TriggerContext("w", "n", "", services), cursor)
    assert len(items) == 1, "another address begins anew"


async def test_what_is_remembered_is_bounded(site: Site, services: Services) -> None:
    site.says(rss(1))
    _, cursor = await look(site, services, None)
    cursor["seen"] = [f"{number:016x}" for number in range(2 * KNOWN)]
    site.says(rss(2))
    titles, kept = await look(site, services, cursor)
    assert (titles, len(kept["seen"])) == (["No. 2"], KNOWN)


async def test_a_workflow_starts_once_for_what_is_new(site: Site, settings: Settings) -> None:
    kernel = Kernel(plugins=[a8n_rss, a8n_manual])
    instance = await Instance.open(replace(settings, egress_allow=("127.0.0.0/8", "::1")), kernel)
    node = {"id": "new", "name": "New", "type": "rss.new_entry", "params": {"url": site.url, "existing": True}}
    site.says(rss(2, 1))
    try:
        await publish(instance, {"name": "Feed", "nodes": [node], "connections": []})
        async with asyncio.timeout(30):
            while not (rows := await all_of(instance, executions)):
                await asyncio.sleep(0.02)
        outcome = await instance.outcome_of(rows[0].id)
        assert [item.json["title"] for item in outcome.items] == ["No. 1", "No. 2"]
        async with instance.db.begin() as connection:
            await connection.execute(schedules.update().values(next_at=instance.db.clock()))
        async with asyncio.timeout(30):
            while len(site.asked) < 2:
                await asyncio.sleep(0.02)
        assert len(await all_of(instance, executions)) == 1
    finally:
        await instance.close(grace=0)


async def publish(instance: Instance, document: Any) -> None:
    import httpx

    from a8n_web.server import application

    transport = httpx.ASGITransport(application(instance), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as http:
        signed = {"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        token = (await http.post("/api/users/sign-up", json=signed)).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        made = await http.post("/api/workflows", json=document)
        answer = await http.post(f"/api/workflows/{made.json()['id']}/activate", json={})
        assert answer.status_code == 200, answer.text


async def all_of(instance: Instance, table: Any) -> Any:
    async with instance.db.read() as connection:
        return (await connection.execute(table.select())).all()
