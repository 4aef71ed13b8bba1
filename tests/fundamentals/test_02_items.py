"""2. Items, files and lineage.

What flows along a connection are items. An item is a JSON object, with files beside it if there are any. Nobody
changes an item: a node makes new ones. A file is never carried along itself; an item holds a handle on it, and
whoever wants the bytes asks for them. And every item knows from which item it was made, so that one can look back.
"""

from __future__ import annotations

from collections.abc import Sequence

from a8n import BatchNode, Context, FileRef, Item, Node
from a8n.testing import MemoryFiles, Services, objects, run, run_sync


class Letter(Node):
    """Write a letter."""

    key = "fundamentals.letter"
    effect = "idempotent"

    async def run(self, ctx: Context) -> Item:
        text = f"Dear {ctx.item.json['name']}".encode()
        return Item(ctx.item.json, {"letter": await ctx.files.save(text, "letter.txt", "text/plain")})


class Length(Node):
    """How long the letter is."""

    key = "fundamentals.length"
    effect = "idempotent"

    async def run(self, ctx: Context) -> dict[str, int]:
        files = ctx.item.files or {}
        return {"bytes": len(await ctx.files.read(files["letter"]))}


async def test_a_file_is_a_handle_on_content() -> None:
    services = Services(files=MemoryFiles())
    (item,) = (await run(Letter, {}, [{"name": "Ana"}], services=services))["main"]
    assert item.files is not None
    ref: FileRef = item.files["letter"]
    assert (ref.name, ref.mime, ref.size) == ("letter.txt", "text/plain", 8)
    assert objects((await run(Length, {}, [item], services=services))["main"]) == [{"bytes": 8}]


class Newest(BatchNode):
    """Keep the newest two. A `BatchNode` sees all items at once, as sorting and merging have to."""

    key = "fundamentals.newest"
    effect = "pure"

    def run(self, ctx: Context, items: Sequence[Item]) -> list[Item]:
        return sorted(items, key=lambda item: item.json["year"])[-2:]


def test_items_that_pass_through_keep_their_lineage() -> None:
    given = run_sync(Newest, {}, [{"year": 2026}, {"year": 1999}, {"year": 2020}])
    assert objects(given["main"]) == [{"year": 2020}, {"year": 2026}]
    assert [item.source for item in given["main"]] == [2, 0]


class Span(BatchNode):
    """From when to when. A new item of many says itself what it was made of."""

    key = "fundamentals.span"
    effect = "pure"

    def run(self, ctx: Context, items: Sequence[Item]) -> Item:
        years = [item.json["year"] for item in items]
        return Item({"from": min(years), "to": max(years)}, source=tuple(range(len(items))))


def test_an_item_made_of_many_names_them_all() -> None:
    (item,) = run_sync(Span, {}, [{"year": 2026}, {"year": 1999}])["main"]
    assert (item.json, item.source) == ({"from": 1999, "to": 2026}, (0, 1))
