"""Files of this machine."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Context, Example, Field, FileName, Item, Multiline, Node, Parameters, hint
from a8n_files import confined

Path = Annotated[str, hint(placeholder="/data/in/report.csv", mono=True)]
PATH: Any = Field(min_length=1, max_length=4000, description="Full path, inside a folder that the operator has opened.")
MEGABYTE = 2**20


class FileOfItem(Parameters):
    """A file of the item."""

    kind: Literal["file"] = Field("file", description="What is written.")
    file: FileName = Field("file", min_length=1, description="Which of the item's files.")


class Words(Parameters):
    """A text."""

    kind: Literal["text"] = Field("text", description="What is written.")
    text: Multiline = Field("", description="The text, written as UTF-8.")


Content = Annotated[FileOfItem | Words, Field(discriminator="kind")]


class Wrote(BaseModel, use_attribute_docstrings=True):
    """A file that was written."""

    path: str
    """Where it is."""
    size: int
    """Bytes that were written."""


class Listed(BaseModel, use_attribute_docstrings=True):
    """An entry of a folder."""

    path: str
    """Where it is."""
    name: str
    """Its name in the folder."""
    folder: bool
    """Whether it is a folder."""
    size: int
    """Bytes."""
    modified: str
    """When it was last written, in UTC."""


class Removed(BaseModel, use_attribute_docstrings=True):
    """What became of a file."""

    path: str
    """Where it was."""
    deleted: bool
    """False where there was none."""


class ReadFile(Node):
    """Read a file of this machine, and put it on the item."""

    key = "files.read"
    title = "Read a file"
    group = "files"
    effect = "idempotent"
    subtitle = "{path}"
    concurrency = 4
    examples = (Example("Read a report", {"path": "/data/in/report.csv"}, needs=("files",)),)

    path: Path = PATH
    into: str = Field("file", min_length=1, max_length=100, description="Name of the item's new file.")
    largest: Annotated[int, hint(advanced=True)] = Field(64, ge=1, le=1024, description="Most megabytes.")

    async def run(self, ctx: Context) -> Item:
        """Read it."""
        content = await asyncio.to_thread(confined.read, self.path, self.largest * MEGABYTE)
        name = self.path.rpartition("/")[2]
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        ref = await ctx.files.save(content, name, mime)
        return Item(ctx.item.json, {**(ctx.item.files or {}), self.into: ref}, ctx.index)


class WriteFile(Node):
    """Write a file of this machine: all of it or nothing, so nobody reads a half of it."""

    key = "files.write"
    title = "Write a file"
    group = "files"
    subtitle = "{path}"
    concurrency = 4
    examples = (
        Example("Keep a report", {"path": {"$t": "/data/out/{{ json.day }}.txt"},
                "content": {"kind": "text", "text": {"$": "json.report"}}},
                items=({"day": "2026-05-01", "report": "All is well."},), needs=("files",)),
    )  # fmt: skip

    path: Path = PATH
    content: Content = Field(FileOfItem(), description="What is written.")
    existing: Literal["replace", "refuse", "append"] = Field(
        "replace", description="Where the file is there: replace it, refuse to, or add to its end."
    )
    folders: bool = Field(False, description="Make the folders on the way that are not there.")

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Any:
        """To replace a file twice does no harm; to add to it twice does."""
        return "idempotent" if params.get("existing", "replace") == "replace" else "unsafe"

    async def run(self, ctx: Context) -> Wrote:
        """Write it."""
        if isinstance(self.content, FileOfItem):
            content = await ctx.files.read(ctx.file(self.content.file, "content.file"))
        else:
            content = self.content.text.encode()
        if self.existing == "append":
            await asyncio.to_thread(confined.append, self.path, content, folders=self.folders)
        else:
            replace = self.existing == "replace"
            await asyncio.to_thread(confined.write, self.path, content, replace=replace, folders=self.folders)
        return Wrote(path=self.path, size=len(content))


class ListFiles(Node):
    """List a folder of this machine: one item for each file. Links are left out."""

    key = "files.list"
    title = "List files"
    group = "files"
    effect = "idempotent"
    subtitle = "{path}"
    examples = (Example("New reports", {"path": "/data/in", "pattern": "*.csv"}, needs=("files",)),)

    path: Path = PATH
    pattern: str = Field("*", min_length=1, max_length=200, description="Which names: * is any text, ? any letter.")
    subfolders: bool = Field(False, description="List folders in it, too.")
    limit: int = Field(1000, ge=1, le=100_000, description="How many entries the folder may have.")

    async def run(self, ctx: Context) -> list[Listed]:
        """Look into it."""
        folder = self.path.rstrip("/") or "/"
        found = await asyncio.to_thread(confined.entries, folder, self.limit)
        return [
            Listed(path=f"{folder}/{one.name}", **one._asdict())
            for one in found
            if (self.subfolders or not one.folder) and fnmatchcase(one.name, self.pattern)
        ]


class DeleteFile(Node):
    """Delete a file of this machine. One that is not there counts as deleted."""

    key = "files.delete"
    title = "Delete a file"
    group = "files"
    effect = "idempotent"
    subtitle = "{path}"
    examples = (
        Example("Clear up", {"path": {"$": "json.path"}}, items=({"path": "/data/in/a.csv"},), needs=("files",)),
    )

    path: Path = PATH

    async def run(self, ctx: Context) -> Removed:
        """Delete it."""
        return Removed(path=self.path, deleted=await asyncio.to_thread(confined.delete, self.path))
