"""2. Items flow along connections: a JSON object, named files, and where the item came from."""

from __future__ import annotations

from collections.abc import Sequence

from a8n import BatchNode, Context, Item, Node
from a8n.testing import MemoryFiles, Services, objects, run


class Letter(Node):
    """Write a letter."""

    key = "fundamentals.letter"

    async def run(self, ctx: Context) -> Item:
        text = f"Dear {ctx.item.json['name']}".encode()
        return Item(ctx.item.json, {"letter": await ctx.files.save(text, "letter.txt", "text/plain")})


async def test_a_file_is_a_handle_on_content() -> None:
    files = MemoryFiles()
    (item,) = (await run(Letter, {}, [{"name": "Ana"}], services=Services(files=files)))["main"]
    assert item.files is not None
    ref = item.files["letter"]
    assert (ref.name, ref.mime, ref.size) == ("letter.txt", "text/plain", 8)
    assert await files.read(ref) == b"Dear Ana"


class Newest(BatchNode):
    """Keep the newest two."""

    key = "fundamentals.newest"
    effect = "pure"

    def run(self, ctx: Context, items: Sequence[Item]) -> list[Item]:
        return sorted(items, key=lambda item: item.json["year"])[-2:]


async def test_items_that_pass_through_keep_their_lineage() -> None:
    given = await run(Newest, {}, [{"year": 2026}, {"year": 1999}, {"year": 2020}])
    assert objects(given["main"]) == [{"year": 2020}, {"year": 2026}]
    assert [item.source for item in given["main"]] == [2, 0]
