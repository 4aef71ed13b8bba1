"""Sending messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Context, Example, Field, FileName, Multiline, Node, NodeError, Parameters, hint
from a8n_telegram.api import call, library
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.keyboards import Keyboard, NoButtons, markup

Chat = Annotated[str, hint(placeholder="123456789 or @channel")]
ParseMode = Literal["plain", "html", "markdown"]
MODES = {"plain": None, "html": "HTML", "markdown": "MarkdownV2"}
MAX_UPLOAD = 50 * 2**20
"""Bytes of a file that bots may upload; servers of one's own take more, but memory bounds them, too."""


class Text(Parameters):
    """A text."""

    kind: Literal["text"] = Field("text", description="What is sent.")
    text: Multiline = Field(min_length=1, description="The text: 4096 characters at most.")
    preview: bool = Field(True, description="Show a preview of the first link.")


class Captioned(Parameters):
    """What files share."""

    file: FileName = Field("", description="Which of the item's files; empty where a link is given.")
    link: Annotated[str, hint(placeholder="https://… or a file_id")] = Field(
        "", description="Address that Telegram fetches it from, or the id of a file that it has."
    )
    caption: Multiline = Field("", description="Text below it: 1024 characters at most.")


class Photo(Captioned):
    """A picture, which Telegram scales down."""

    kind: Literal["photo"] = Field("photo", description="What is sent.")


class Document(Captioned):
    """A file as it is."""

    kind: Literal["document"] = Field("document", description="What is sent.")


class Location(Parameters):
    """A place on the map."""

    kind: Literal["location"] = Field("location", description="What is sent.")
    latitude: float = Field(ge=-90, le=90, description="Degrees north.")
    longitude: float = Field(ge=-180, le=180, description="Degrees east.")


class Album(Parameters):
    """Two to ten pictures, or as many documents, as one message. It takes no buttons."""

    kind: Literal["album"] = Field("album", description="What is sent.")
    files: list[FileName] = Field([], max_length=10, description="Which of the item's files.")
    links: list[str] = Field([], max_length=10, description="Addresses or file ids; they come after the files.")
    documents: bool = Field(False, description="Send them as files rather than as pictures.")
    caption: Multiline = Field("", description="Text below them: 1024 characters at most.")


Content = Annotated[Text | Photo | Document | Location | Album, Field(discriminator="kind")]


class Sent(BaseModel, use_attribute_docstrings=True):
    """A message that was sent."""

    message_id: int
    """Its number in the chat; of an album, that of its first part."""
    chat_id: int
    """The chat it is in."""
    message: dict[str, JSON]
    """All that Telegram says of it."""
    messages: list[dict[str, JSON]] = []
    """The parts of an album."""


class Send(Node):
    """Send a message to a chat, group or channel: a text, a photo, a document, a place, or an album.

    A bot can write to people who have written to it, and to groups and channels that it is a member of. Where
    Telegram asks to wait, the step's retry waits as long as it says.
    """

    key = "telegram.send"
    title = "Send a Telegram message"
    group = "comms"
    subtitle = "{chat}"
    concurrency = 4
    examples = (
        Example(
            "Tell that an order came in",
            {
                "bot": {"$credential": "1"}, "chat": "123456789",
                "content": {"kind": "text", "text": {"$t": "Order {{ json.id }} over {{ json.total }} €"}},
            },
            items=({"id": "A-17", "total": 48},),
            needs=("telegram.bot",),
        ),
        Example(
            "Offer a choice",
            {
                "bot": {"$credential": "1"}, "chat": {"$": "json.chat_id"},
                "content": {"kind": "text", "text": "Which size?"},
                "buttons": {
                    "kind": "inline",
                    "buttons": [{"text": "Small", "data": "S"}, {"text": "Large", "data": "L"}],
                },
            },
            items=({"chat_id": "123456789"},),
            needs=("telegram.bot",),
        ),
        Example(
            "Send a report as a file",
            {
                "bot": {"$credential": "1"}, "chat": "@reports",
                "content": {"kind": "document", "file": "report", "caption": "This week"},
            },
            needs=("telegram.bot",),
        ),
    )  # fmt: skip

    bot: TelegramBot = Field(description="Bot that sends.")
    chat: Chat = Field(
        min_length=1, max_length=100, description="Id of a chat, group or channel, or @name of a channel."
    )
    content: Content = Field(description="What is sent.")
    buttons: Keyboard = Field(NoButtons(), description="Buttons below the message.")
    parse_mode: ParseMode = Field(
        "plain", description="How the text is marked up: not at all, as HTML, or as Telegram's MarkdownV2."
    )
    reply_to: Annotated[int | None, hint(advanced=True)] = Field(None, ge=1, description="Message it answers.")
    thread: Annotated[int | None, hint(advanced=True)] = Field(None, ge=1, description="Topic of a forum.")
    silent: Annotated[bool, hint(advanced=True)] = Field(False, description="Notify without a sound.")
    protect: Annotated[bool, hint(advanced=True)] = Field(False, description="Forbid forwarding and saving.")

    async def run(self, ctx: Context) -> Sent:
        """Send it."""
        library()
        result = await call(ctx.http, self.bot, await self._method(ctx))
        messages = result if isinstance(result, list) else [result]
        if not messages or not isinstance(messages[0], dict) or "message_id" not in messages[0]:
            raise NodeError("Telegram did not say what it sent", hint="look whether it arrived", retryable=False)
        first = messages[0]
        return Sent(
            message_id=first["message_id"], chat_id=first["chat"]["id"], message=first,
            messages=messages if isinstance(result, list) else [],
        )  # fmt: skip

    async def _method(self, ctx: Context) -> Any:
        from aiogram import methods, types

        what = self.content
        common: dict[str, Any] = {
            "chat_id": chat_of(self.chat), "message_thread_id": self.thread,
            "disable_notification": self.silent or None, "protect_content": self.protect or None,
        }  # fmt: skip
        if self.reply_to is not None:
            common["reply_parameters"] = types.ReplyParameters(message_id=self.reply_to)
        mode = MODES[self.parse_mode]
        if isinstance(what, Album):
            if not isinstance(self.buttons, NoButtons):
                raise NodeError("an album takes no buttons", field="buttons", retryable=False)
            return methods.SendMediaGroup(media=await self._album(ctx, what), **common)
        common["reply_markup"] = markup(self.buttons)
        if isinstance(what, Text):
            preview = None if what.preview else types.LinkPreviewOptions(is_disabled=True)
            return methods.SendMessage(text=what.text, parse_mode=mode, link_preview_options=preview, **common)
        if isinstance(what, Location):
            return methods.SendLocation(latitude=what.latitude, longitude=what.longitude, **common)
        common |= {"caption": what.caption or None, "parse_mode": mode}
        if bool(what.file) == bool(what.link):
            raise NodeError("a file of the item or a link: one of the two", field="content.file", retryable=False)
        media = (await uploads(ctx, [what.file], "content.file"))[0] if what.file else what.link
        if isinstance(what, Photo):
            return methods.SendPhoto(photo=media, **common)
        return methods.SendDocument(document=media, **common)

    async def _album(self, ctx: Context, what: Album) -> list[Any]:
        from aiogram import types

        if not 2 <= len(what.files) + len(what.links) <= 10:
            raise NodeError("an album has two to ten parts", field="content.files", retryable=False)
        media = [*await uploads(ctx, what.files, "content.files"), *what.links]
        kind = types.InputMediaDocument if what.documents else types.InputMediaPhoto
        last = len(media) - 1 if what.documents else 0  # where Telegram shows the caption of all
        said: dict[str, Any] = {"caption": what.caption or None, "parse_mode": MODES[self.parse_mode]}
        return [kind(media=one, **(said if index == last else {"parse_mode": None})) for index, one in enumerate(media)]


def chat_of(text: str) -> int | str:
    """A chat's number, or the name of a channel. Raises NodeError."""
    text = text.strip()
    if text.removeprefix("-").isdecimal() and text.isascii():
        return int(text)
    if text.startswith("@") and len(text) > 1:
        return text
    raise NodeError(f"{text[:80]!r} is no chat: take its number, or @name for a channel", field="chat", retryable=False)


async def uploads(ctx: Context, names: list[str], where: str) -> list[Any]:
    """Files of the item by name, in aiogram's type. Raises NodeError where one is missing or too large."""
    from aiogram.types import BufferedInputFile

    refs = [ctx.file(name, where) for name in names]
    if (size := sum(ref.size for ref in refs)) > MAX_UPLOAD:
        text = f"these files have {size:,} bytes; {MAX_UPLOAD:,} are the most that a bot may send"
        raise NodeError(text, field=where, hint="store them and send a link", retryable=False)
    return [BufferedInputFile(await ctx.files.read(ref), ref.name or "file") for ref in refs]
