"""The node that answers the web request."""

from __future__ import annotations

import json
import re
from typing import Annotated, ClassVar, Literal

from a8n import (
    JSON,
    Context,
    Example,
    Field,
    FileName,
    Item,
    Json,
    KeyValue,
    Multiline,
    Node,
    NodeError,
    Parameters,
    Reply,
    hint,
)
from a8n_webhook.headers import complaints, headers_of

TARGET = re.compile(r"(https?://|/(?![/\\]))[\x21-\x7e]*", re.IGNORECASE)


class JsonReply(Parameters):
    """A JSON value."""

    kind: Literal["json"] = Field("json", description="What is sent.")
    value: Json = Field(None, description="The value.")


class TextReply(Parameters):
    """Text."""

    kind: Literal["text"] = Field("text", description="What is sent.")
    text: Multiline = Field("", description="The text, sent as UTF-8.")
    content_type: str = Field("text/plain; charset=utf-8", description="Its type.")


class HtmlReply(Parameters):
    """A page. It is shown in a sandbox, apart from the builder."""

    kind: Literal["html"] = Field("html", description="What is sent.")
    html: Annotated[str, hint(widget="code", language="html")] = Field("", description="The page's HTML.")


class FileReply(Parameters):
    """A file of the item."""

    kind: Literal["file"] = Field("file", description="What is sent.")
    file: FileName = Field("file", description="Which of the item's files.")


class RedirectReply(Parameters):
    """Send the caller to another URL."""

    kind: Literal["redirect"] = Field("redirect", description="What is sent.")
    url: str = Field(description="Where to: https://… or a path that begins with /.")


class NoReply(Parameters):
    """No body."""

    kind: Literal["none"] = Field("none", description="What is sent.")


class FirstItemReply(Parameters):
    """The first item as a JSON object."""

    kind: Literal["first_item"] = Field("first_item", description="What is sent.")


class AllItemsReply(Parameters):
    """All items as a JSON list."""

    kind: Literal["all_items"] = Field("all_items", description="What is sent.")


Body = Annotated[
    JsonReply | TextReply | HtmlReply | FileReply | RedirectReply | NoReply | FirstItemReply | AllItemsReply,
    Field(discriminator="kind"),
]


class Respond(Node):
    """Answer the web request that started the workflow.

    Works with a Webhook whose answer comes from a Respond node. The first answer counts, and the workflow goes
    on after it; items pass through. With `stream`, and a Webhook that streams, each item is sent as one piece.
    """

    key = "webhook.respond"
    icon = "reply"
    title = "Respond to webhook"
    group = "utility"
    icon = "respond.svg"
    effect = "pure"
    subtitle = "{status} {body.kind}"

    body: Body = Field(default_factory=FirstItemReply, description="What is sent.")
    status: int = Field(
        200, ge=200, le=599, description="Status of the answer; a redirect makes 302 of a status that is none of 3xx."
    )
    headers: list[KeyValue] = Field(default_factory=lambda: [], description="Headers of the answer.")
    stream: Annotated[bool, hint(advanced=True)] = Field(
        False, description="Send a piece of a streamed answer for each item, JSON as one line each."
    )

    examples: ClassVar[list[Example]] = [
        Example(
            "Say hello", {"body": {"kind": "json", "value": {"hello": {"$": "json.body.name"}}}},
            items=[{"body": {"name": "Ada"}}], output={"main": [{"body": {"name": "Ada"}}]},
        ),
        Example(
            "Show a page", {"body": {"kind": "html", "html": {"$t": "<h1>Thank you, {{ json.name }}</h1>"}}},
            items=[{"name": "Ada"}], output={"main": [{"name": "Ada"}]},
        ),
        Example(
            "Refuse", {"body": {"kind": "json", "value": {"error": "unknown order"}}, "status": 404},
            output={"main": [{}]},
        ),
    ]  # fmt: skip

    def run(self, ctx: Context) -> Item:
        """Answer for the first item, or send a piece for each; give the item on."""
        if self.stream:
            ctx.stream(self._piece(ctx))
        elif ctx.index == 0:
            ctx.reply(self._reply(ctx))
        return ctx.item

    def _reply(self, ctx: Context) -> Reply:
        for complaint in complaints(self.headers):
            raise NodeError(complaint, field="headers", retryable=False)
        body, own = self.body, headers_of(self.headers)
        if isinstance(body, NoReply) or self.status in (204, 304):  # which have no body (RFC 9110 section 6.4.1)
            return Reply(self.status, own)
        if isinstance(body, FileReply):
            return Reply(self.status, own, file=ctx.file(body.file, "body.file"))
        if isinstance(body, RedirectReply):
            status = self.status if 300 <= self.status <= 399 else 302
            return Reply(status, {**own, "location": _target(body.url)})
        if isinstance(body, TextReply):
            return Reply(self.status, {"content-type": _type(body.content_type), **own}, _bytes(body.text))
        if isinstance(body, HtmlReply):
            return Reply(self.status, {**own, "content-type": "text/html; charset=utf-8"}, _bytes(body.html))
        return Reply(self.status, {"content-type": "application/json", **own}, _json(self._value(ctx)))

    def _piece(self, ctx: Context) -> bytes:
        body = self.body
        if isinstance(body, TextReply):
            return _bytes(body.text)
        if isinstance(body, HtmlReply):
            return _bytes(body.html)
        if isinstance(body, JsonReply):
            return _json(body.value) + b"\n"
        if isinstance(body, FirstItemReply | AllItemsReply):
            return _json(ctx.item.json) + b"\n"
        raise NodeError(f"a stream cannot send {body.kind}", field="body", retryable=False)

    def _value(self, ctx: Context) -> JSON:
        if isinstance(self.body, JsonReply):
            return self.body.value
        if isinstance(self.body, AllItemsReply):
            return [item.json for item in ctx.items]
        return ctx.item.json


def _json(value: JSON) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise NodeError(f"the answer is no JSON: {error}", field="body.value", retryable=False) from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _type(text: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]{3,200}", text):
        raise NodeError("the content type has line breaks or unusual characters", field="body.content_type",
                        retryable=False)  # fmt: skip
    return text


def _target(url: str) -> str:
    if not TARGET.fullmatch(url):
        raise NodeError(
            "a redirect leads to http://…, https://… or a path that begins with one slash; encode other characters",
            field="body.url",
            retryable=False,
        )
    return url
