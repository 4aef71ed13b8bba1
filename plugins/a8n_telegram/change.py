"""Changing and deleting messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Context, Example, Field, Multiline, Node, NodeError, Parameters
from a8n_telegram.api import call, library
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.keyboards import InlineButtons, NoButtons, markup
from a8n_telegram.send import MODES, Chat, ParseMode, chat_of

UNCHANGED = "message is not modified"


class NewText(Parameters):
    """Another text. Buttons that are not given go away."""

    kind: Literal["text"] = Field("text", description="What is changed.")
    text: Multiline = Field(min_length=1, description="The text: 4096 characters at most.")


class NewCaption(Parameters):
    """Another text below a picture or document. Buttons that are not given go away."""

    kind: Literal["caption"] = Field("caption", description="What is changed.")
    caption: Multiline = Field("", description="The caption: 1024 characters at most; empty takes it away.")


class ButtonsAlone(Parameters):
    """The buttons alone."""

    kind: Literal["buttons"] = Field("buttons", description="What is changed.")


Change = Annotated[NewText | NewCaption | ButtonsAlone, Field(discriminator="kind")]
AtMessage = Annotated[NoButtons | InlineButtons, Field(discriminator="kind")]


class Changed(BaseModel, use_attribute_docstrings=True):
    """A message as it is now."""

    message_id: int
    """Its number in the chat."""
    chat_id: JSON
    """The chat it is in."""
    changed: bool
    """False where it was so already."""


class Edit(Node):
    """Change a message that the bot has sent: its text, its caption or its buttons."""

    key = "telegram.edit"
    title = "Edit a Telegram message"
    group = "comms"
    effect = "idempotent"
    subtitle = "{chat}"
    concurrency = 4
    examples = (
        Example(
            "Tell that it is done",
            {
                "bot": {"$credential": "1"}, "chat": {"$": "json.chat_id"}, "message": {"$": "json.message_id"},
                "change": {"kind": "text", "text": "Done."},
            },
            items=({"chat_id": "123456789", "message_id": 17},),
            needs=("telegram.bot",),
        ),
    )  # fmt: skip

    bot: TelegramBot = Field(description="Bot that has sent it.")
    chat: Chat = Field(min_length=1, max_length=100, description="Chat that the message is in.")
    message: int = Field(ge=1, description="Number of the message, as Send gave it.")
    change: Change = Field(description="What is changed.")
    buttons: AtMessage = Field(NoButtons(), description="Buttons below the message from now on.")
    parse_mode: ParseMode = Field("plain", description="How the text is marked up.")

    async def run(self, ctx: Context) -> Changed:
        """Change it."""
        library()
        chat = chat_of(self.chat)
        changed = True
        try:
            await call(ctx.http, self.bot, self._method(chat))
        except NodeError as error:
            if UNCHANGED not in error.message:
                raise
            changed = False  # an earlier attempt has done it
        return Changed(message_id=self.message, chat_id=chat, changed=changed)

    def _method(self, chat: int | str) -> Any:
        from aiogram import methods

        what = self.change
        place: dict[str, Any] = {"chat_id": chat, "message_id": self.message, "reply_markup": markup(self.buttons)}
        mode = MODES[self.parse_mode]
        if isinstance(what, NewText):
            return methods.EditMessageText(text=what.text, parse_mode=mode, **place)
        if isinstance(what, NewCaption):
            return methods.EditMessageCaption(caption=what.caption, parse_mode=mode, **place)
        return methods.EditMessageReplyMarkup(**place)


class Deleted(BaseModel, use_attribute_docstrings=True):
    """Messages that are there no more."""

    deleted: list[int]
    """Their numbers. Telegram passes over what it does not find."""


class Delete(Node):
    """Delete messages of a chat: the bot's own up to 48 hours after they were sent, in groups also those of others."""

    key = "telegram.delete"
    title = "Delete Telegram messages"
    group = "comms"
    effect = "idempotent"
    subtitle = "{chat}"
    concurrency = 4
    examples = (
        Example(
            "Delete a question that nobody answered",
            {"bot": {"$credential": "1"}, "chat": {"$": "json.chat_id"}, "messages": [{"$": "json.message_id"}]},
            items=({"chat_id": "123456789", "message_id": 17},),
            needs=("telegram.bot",),
        ),
    )

    bot: TelegramBot = Field(description="Bot that deletes.")
    chat: Chat = Field(min_length=1, max_length=100, description="Chat that the messages are in.")
    messages: list[Annotated[int, Field(ge=1)]] = Field(
        min_length=1, max_length=100, description="Numbers of the messages."
    )

    async def run(self, ctx: Context) -> Deleted:
        """Delete them."""
        library()
        from aiogram.methods import DeleteMessages

        await call(ctx.http, self.bot, DeleteMessages(chat_id=chat_of(self.chat), message_ids=self.messages))
        return Deleted(deleted=self.messages)
