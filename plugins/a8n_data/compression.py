"""Archives on items: Compression."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import Annotated, Literal

from a8n import Context, Example, Field, FileName, FileRef, Item, Node, NodeError, Parameters, Result
from a8n_data.archives import gunzipped, gzipped, unzipped, zipped
from a8n_data.attached import LARGEST, attached, with_files


class Pack(Parameters):
    """Pack files of the item."""

    do: Literal["pack"]
    """Which action this is."""
    files: list[str] = Field(default_factory=lambda: [], max_length=1_000)
    """Names of the files to pack; empty packs all of the item."""
    format: Literal["zip", "gzip"] = "zip"
    """A ZIP archive with all of them, or each one by itself with gzip."""
    name: str = Field(default="archive.zip", min_length=1, max_length=200)
    """File name of the ZIP archive."""
    destination: FileName = Field(default="archive", min_length=1, max_length=200)
    """Name of the archive on the item. With gzip each file keeps its own."""


class Unpack(Parameters):
    """Unpack a file of the item."""

    do: Literal["unpack"]
    """Which action this is."""
    file: FileName = Field(default="file", min_length=1, max_length=200)
    """Name of the archive on the item. Its content tells ZIP from gzip."""
    prefix: str = Field(default="file_", max_length=100)
    """The unpacked files are named by this and a number on the item: `file_0`, `file_1`, …"""


class Compression(Node):
    """Pack files of an item into a ZIP archive or with gzip, or unpack them.

    An archive may hold 1,000 files and unpack to 256 MiB, and, above 10 MiB, to 200 times its own size. Paths inside
    become file names and lead nowhere. Archives inside of archives stay packed.
    """

    key = "data.compression"
    icon = "archive"
    effect = "idempotent"
    group = "files"
    subtitle = "{action.do}"
    examples = (
        Example(
            "Pack all files of a mail",
            {"action": {"do": "pack", "name": "attachments.zip", "destination": "zip"}},
            needs=("files",),
        ),
        Example("Unpack an archive", {"action": {"do": "unpack", "file": "zip"}}, needs=("files",)),
    )

    action: Annotated[Pack | Unpack, Field(discriminator="do")]
    """What to do."""
    keep: bool = True
    """Keep the files that were packed, or the archive that was unpacked."""

    async def run(self, ctx: Context) -> Result:
        """Change the item's files."""
        action = self.action
        if isinstance(action, Unpack):
            made, used = await _unpacked(action, ctx), {action.file}
        else:
            used = set(action.files or ctx.item.files or ())
            made = await (_zipped if action.format == "zip" else _gzipped)(action, sorted(used), ctx)
        if self.keep:
            return Item(ctx.item.json, with_files(ctx.item, made))
        rest = {name: ref for name, ref in (ctx.item.files or {}).items() if name not in used}
        return Item(ctx.item.json, {**rest, **made})


async def _zipped(action: Pack, names: list[str], ctx: Context) -> dict[str, FileRef]:
    files: list[tuple[str, bytes]] = []
    taken: set[str] = set()
    for name, ref in _chosen(names, ctx):
        inside = ref.name if ref.name not in taken else f"{name}-{ref.name}"
        taken.add(inside)
        files.append((inside, await ctx.files.read(ref)))
    data = await asyncio.to_thread(zipped, files)
    return {action.destination: await ctx.files.save(data, action.name, "application/zip")}


async def _gzipped(action: Pack, names: list[str], ctx: Context) -> dict[str, FileRef]:
    made = {}
    for name, ref in _chosen(names, ctx):
        data = await asyncio.to_thread(gzipped, await ctx.files.read(ref))
        made[name] = await ctx.files.save(data, f"{ref.name}.gz", "application/gzip")
    return made


def _chosen(names: list[str], ctx: Context) -> list[tuple[str, FileRef]]:
    if not names:
        raise NodeError("the item has no files to pack", field="action.files", retryable=False)
    chosen = [(name, attached(ctx.item, name, "action.files")) for name in names]
    if sum(ref.size for _, ref in chosen) > LARGEST:
        raise NodeError(f"the files are larger than {LARGEST:,} bytes together", field="action.files", retryable=False)
    return chosen


async def _unpacked(action: Unpack, ctx: Context) -> dict[str, FileRef]:
    ref = attached(ctx.item, action.file, "action.file")
    data = await ctx.files.read(ref)
    if data[:2] == b"\x1f\x8b":
        found = [(ref.name.removesuffix(".gz") or "file", await asyncio.to_thread(gunzipped, data, "action.file"))]
    else:
        found = await asyncio.to_thread(lambda: list(unzipped(data, "action.file")))
    made = {}
    for i, (name, content) in enumerate(found):
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        made[f"{action.prefix}{i}"] = await ctx.files.save(content, name, kind)
    return made
