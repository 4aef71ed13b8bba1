"""Objects of a store: put there, fetched, listed, copied, deleted, and shared by links."""

from __future__ import annotations

import mimetypes
from datetime import timedelta
from typing import Annotated, Any, Literal
from xml.etree.ElementTree import Element, ParseError

from pydantic import BaseModel

from a8n import Context, Duration, Example, Field, FileName, Item, Multiline, Node, NodeError, Parameters, hint
from a8n_files.account import PATIENCE, S3Account, asked, prepared, refused

Bucket = Annotated[str, hint(placeholder="invoices")]
Name = Annotated[str, hint(placeholder="2026/05/A-17.pdf")]
BUCKET: Any = Field(min_length=1, max_length=255, description="Bucket that it is in.")
NAME: Any = Field(min_length=1, max_length=1024, description="Key of the object, with slashes as in a path.")
MEGABYTE = 2**20
PAGE = 1000
LONGEST = timedelta(days=7)


class FromFile(Parameters):
    """A file of the item."""

    kind: Literal["file"] = Field("file", description="What is stored.")
    file: FileName = Field("file", min_length=1, description="Which of the item's files.")


class FromText(Parameters):
    """A text."""

    kind: Literal["text"] = Field("text", description="What is stored.")
    text: Multiline = Field("", description="The text, stored as UTF-8.")


Source = Annotated[FromFile | FromText, Field(discriminator="kind")]


class Stored(BaseModel, use_attribute_docstrings=True):
    """An object in the store."""

    bucket: str
    """The bucket that it is in."""
    name: str
    """Its key."""
    size: int | None = None
    """Bytes."""
    etag: str | None = None
    """What tells its content from another."""
    modified: str | None = None
    """When it was last written, in UTC."""


class Linked(BaseModel, use_attribute_docstrings=True):
    """A link to an object."""

    url: str
    """Whoever has it may use it."""
    seconds: int
    """How long it is good."""


class Upload(Node):
    """Put a file or a text into the store, in place of what is there under the same key."""

    key = "s3.upload"
    title = "Upload to S3"
    group = "files"
    effect = "idempotent"
    subtitle = "{bucket}/{name}"
    concurrency = 4
    examples = (
        Example(
            "Keep an invoice",
            {
                "account": {"$credential": "1"}, "bucket": "invoices", "name": {"$t": "2026/{{ json.number }}.pdf"},
                "source": {"kind": "file", "file": "invoice"},
            },
            items=({"number": "A-17"},),
            needs=("s3.account",),
        ),
    )  # fmt: skip

    account: S3Account = Field(description="Store to put it into.")
    bucket: Bucket = BUCKET
    name: Name = NAME
    source: Source = Field(FromFile(), description="What is stored.")
    mime: Annotated[str, hint(advanced=True)] = Field(
        "", max_length=200, pattern=r"^[\x20-\x7e]*$", description="Its type; empty takes the file's, or the name's."
    )

    async def run(self, ctx: Context) -> Stored:
        """Send it."""
        if isinstance(self.source, FromFile):
            ref = ctx.file(self.source.file, "source.file")
            content, mime = await ctx.files.read(ref), ref.mime
        else:
            content, mime = self.source.text.encode(), mimetypes.guess_type(self.name)[0] or "text/plain; charset=utf-8"
        headers = {"content-type": self.mime or mime}
        url = self.account.address(self.bucket, self.name)
        answer = await asked(ctx.http, self.account, "PUT", url, headers=headers, content=content)
        etag = answer.headers.get("etag", "").strip('"') or None
        return Stored(bucket=self.bucket, name=self.name, size=len(content), etag=etag)


class Download(Node):
    """Fetch an object, and put it on the item as a file."""

    key = "s3.download"
    title = "Download from S3"
    group = "files"
    effect = "idempotent"
    subtitle = "{bucket}/{name}"
    concurrency = 4
    examples = (
        Example("Fetch an invoice",
                {"account": {"$credential": "1"}, "bucket": "invoices", "name": {"$": "json.name"}},
                items=({"name": "2026/A-17.pdf"},), needs=("s3.account",)),
    )  # fmt: skip

    account: S3Account = Field(description="Store to fetch it from.")
    bucket: Bucket = BUCKET
    name: Name = NAME
    into: str = Field("file", min_length=1, max_length=100, description="Name of the item's new file.")
    largest: Annotated[int, hint(advanced=True)] = Field(64, ge=1, le=1024, description="Most megabytes.")

    async def run(self, ctx: Context) -> Item:
        """Fetch it."""
        where, headers = prepared(self.account, "GET", self.account.address(self.bucket, self.name), (), {}, None)
        async with await ctx.http.stream(
            "GET", where, headers=headers, timeout=PATIENCE, max_bytes=self.largest * MEGABYTE
        ) as answer:
            if answer.status != 200:
                text = b"".join([piece async for piece in answer]).decode("utf-8", "replace")
                raise refused(answer.status, text, answer.headers, "name")
            mime = answer.headers.get("content-type", "application/octet-stream")
            ref = await ctx.files.save(aiter(answer), self.name.rstrip("/").rsplit("/", 1)[-1] or "file", mime)
        return Item(ctx.item.json, {**(ctx.item.files or {}), self.into: ref}, ctx.index)


class ListObjects(Node):
    """List objects whose keys begin with a text: one item for each."""

    key = "s3.list"
    title = "List objects of S3"
    group = "files"
    effect = "idempotent"
    subtitle = "{bucket}/{prefix}"
    examples = (
        Example("Invoices of a year", {"account": {"$credential": "1"}, "bucket": "invoices", "prefix": "2026/"},
                needs=("s3.account",)),
    )  # fmt: skip

    account: S3Account = Field(description="Store to look into.")
    bucket: Bucket = BUCKET
    prefix: str = Field("", max_length=1024, description="What keys begin with; empty lists all.")
    limit: int = Field(1000, ge=1, le=100_000, description="How many objects at most.")

    async def run(self, ctx: Context) -> list[Stored]:
        """Page by page."""
        found: list[Stored] = []
        token = ""
        while len(found) < self.limit:
            query = [("list-type", "2"), ("max-keys", str(min(PAGE, self.limit - len(found))))]
            query += [("prefix", self.prefix)] if self.prefix else []
            query += [("continuation-token", token)] if token else []
            url = self.account.address(self.bucket)
            answer = await asked(ctx.http, self.account, "GET", url, query, field="bucket")
            tree = _parsed(answer.body)
            found += [self._stored(one) for one in tree.iterfind("{*}Contents")]
            token = tree.findtext("{*}NextContinuationToken") or ""
            if not token:
                break
        return found[: self.limit]

    def _stored(self, one: Element) -> Stored:
        size = one.findtext("{*}Size") or ""
        return Stored(
            bucket=self.bucket, name=one.findtext("{*}Key") or "", size=int(size) if size.isdecimal() else None,
            etag=(one.findtext("{*}ETag") or "").strip('"') or None, modified=one.findtext("{*}LastModified"),
        )  # fmt: skip


class Link(Node):
    """Make a link by which whoever has it can fetch an object, or put one there, for some time."""

    key = "s3.link"
    title = "Link to an object of S3"
    group = "files"
    effect = "pure"
    subtitle = "{bucket}/{name}"
    examples = (
        Example("A link that is good for a day",
                {"account": {"$credential": "1"}, "bucket": "invoices", "name": {"$": "json.name"}, "lifetime": "P1D"},
                items=({"name": "2026/A-17.pdf"},), needs=("s3.account",)),
    )  # fmt: skip

    account: S3Account = Field(description="Store that it is in.")
    bucket: Bucket = BUCKET
    name: Name = NAME
    lifetime: Duration = Field(timedelta(hours=1), description="How long it is good: seven days at most.")
    method: Literal["GET", "PUT"] = Field("GET", description="To fetch the object, or to put one there.")

    def run(self, ctx: Context) -> Linked:
        """Sign it."""
        if not timedelta(seconds=1) <= self.lifetime <= LONGEST:
            raise NodeError("a link is good for a second to seven days", field="lifetime", retryable=False)
        seconds = int(self.lifetime.total_seconds())
        return Linked(url=self.account.link(self.method, self.bucket, self.name, seconds), seconds=seconds)


class Copy(Node):
    """Copy an object within the store."""

    key = "s3.copy"
    title = "Copy an object of S3"
    group = "files"
    effect = "idempotent"
    subtitle = "{name} → {to}"
    concurrency = 4
    examples = (
        Example("Put an invoice aside",
                {"account": {"$credential": "1"}, "bucket": "invoices", "name": {"$": "json.name"},
                 "to": {"$t": "done/{{ json.name }}"}},
                items=({"name": "A-17.pdf"},), needs=("s3.account",)),
    )  # fmt: skip

    account: S3Account = Field(description="Store that it is in.")
    bucket: Bucket = BUCKET
    name: Name = NAME
    to: Name = Field(min_length=1, max_length=1024, description="Key of the copy.")
    to_bucket: str = Field("", max_length=255, description="Bucket of the copy; empty is the same.")

    async def run(self, ctx: Context) -> Stored:
        """Copy it. S3 may answer 200 and tell of a failure in the body."""
        from a8n_files.signing import encoded

        self.account.address(self.bucket)  # its name goes into a header
        bucket = self.to_bucket or self.bucket
        source = {"x-amz-copy-source": f"/{self.bucket}/{encoded(self.name, keep='/')}"}
        answer = await asked(ctx.http, self.account, "PUT", self.account.address(bucket, self.to), headers=source)
        if "<Error>" in answer.text:
            raise refused(answer.status, answer.text, answer.headers, "name")
        etag = _parsed(answer.body).findtext("{*}ETag") or ""
        return Stored(bucket=bucket, name=self.to, etag=etag.strip('"') or None)


class Delete(Node):
    """Delete an object. One that is not there counts as deleted."""

    key = "s3.delete"
    title = "Delete an object of S3"
    group = "files"
    effect = "idempotent"
    subtitle = "{bucket}/{name}"
    concurrency = 4
    examples = (
        Example("Delete an invoice",
                {"account": {"$credential": "1"}, "bucket": "invoices", "name": {"$": "json.name"}},
                items=({"name": "2026/A-17.pdf"},), needs=("s3.account",)),
    )  # fmt: skip

    account: S3Account = Field(description="Store that it is in.")
    bucket: Bucket = BUCKET
    name: Name = NAME

    async def run(self, ctx: Context) -> Item:
        """Delete it; the item goes on."""
        await asked(ctx.http, self.account, "DELETE", self.account.address(self.bucket, self.name))
        return ctx.item


def _parsed(body: bytes) -> Element:
    """XML of the store. Raises NodeError for what is none, and for what a store never sends, such as entities."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        tree: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise NodeError("the store gave an answer that is not of S3", hint="check its address") from None
    return tree
