"""The body of a request, in the forms that APIs take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from a8n import JSON, Context, Field, FileName, Json, KeyValue, Multiline, Parameters
from a8n_http.values import pairs


@dataclass(frozen=True, slots=True)
class Content:
    """A body ready to be sent: bytes, a JSON value, or parts."""

    content: bytes | None = None
    json: JSON = ...
    files: Sequence[tuple[str, str, bytes, str]] = ()
    type: str = ""


class NoBody(Parameters):
    """No body."""

    kind: Literal["none"] = Field("none", description="What is sent.")

    async def encode(self, ctx: Context) -> Content:
        """Nothing."""
        return Content()


class JsonBody(Parameters):
    """A JSON value."""

    kind: Literal["json"] = Field("json", description="What is sent.")
    value: Json = Field(None, description="The value to send.")

    async def encode(self, ctx: Context) -> Content:
        """The value as it is."""
        return Content(json=self.value)


class FormBody(Parameters):
    """Fields of a form, as a browser sends them."""

    kind: Literal["form"] = Field("form", description="What is sent.")
    fields: list[KeyValue] = Field(default_factory=lambda: [], description="Names and values; a list repeats its name.")

    async def encode(self, ctx: Context) -> Content:
        """URL-encoded."""
        return Content(urlencode(pairs(self.fields)).encode(), type="application/x-www-form-urlencoded")


class FilePart(Parameters):
    """A file of the item as a part of the form."""

    name: str = Field("file", description="Name of the form's field.")
    file: FileName = Field("file", description="Which of the item's files.")
    file_name: str = Field("", description="File name to send; empty sends the file's own.")


class MultipartBody(Parameters):
    """A form with files."""

    kind: Literal["multipart"] = Field("multipart", description="What is sent.")
    fields: list[KeyValue] = Field(default_factory=lambda: [], description="Names and values; a list repeats its name.")
    files: list[FilePart] = Field(default_factory=lambda: [], description="Files to upload.")

    async def encode(self, ctx: Context) -> Content:
        """Fields first, then files."""
        parts = [(name, "", value.encode(), "") for name, value in pairs(self.fields)]
        for part in self.files:
            ref = ctx.file(part.file, "body")
            parts.append((part.name, part.file_name or ref.name, await ctx.files.read(ref), ref.mime))
        return Content(files=parts) if parts else Content(b"")


class TextBody(Parameters):
    """Text of any type: XML, GraphQL, CSV."""

    kind: Literal["text"] = Field("text", description="What is sent.")
    text: Multiline = Field("", description="The text, sent as UTF-8.")
    content_type: str = Field("text/plain; charset=utf-8", description="Its type.")

    async def encode(self, ctx: Context) -> Content:
        """As UTF-8."""
        return Content(self.text.encode(), type=self.content_type)


class FileBody(Parameters):
    """A file of the item as the whole body."""

    kind: Literal["file"] = Field("file", description="What is sent.")
    file: FileName = Field("file", description="Which of the item's files.")
    content_type: str = Field("", description="Its type; empty sends the file's own.")

    async def encode(self, ctx: Context) -> Content:
        """The file's bytes."""
        ref = ctx.file(self.file, "body")
        return Content(await ctx.files.read(ref), type=self.content_type or ref.mime)


Body = Annotated[NoBody | JsonBody | FormBody | MultipartBody | TextBody | FileBody, Field(discriminator="kind")]
