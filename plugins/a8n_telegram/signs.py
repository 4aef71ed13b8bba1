"""Small signs: that a button was understood, and that the bot is at work."""

from __future__ import annotations

from typing import Annotated, Literal

from a8n import Context, Example, Field, Item, Node, hint
from a8n_telegram.api import call, library
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.send import Chat, chat_of

Action = Literal[
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
]  # fmt: skip


class AnswerCallback(Node):
    """Tell that a pressed button was understood: the button stops turning, and a notice may appear.

    Telegram takes this for some minutes after the button was pressed; later it is an error.
    """

    key = "telegram.answer_callback"
    title = "Answer a pressed button"
    group = "comms"
    effect = "idempotent"
    concurrency = 4
    examples = (
        Example(
            "Say that the order is on its way",
            {"bot": {"$credential": "1"}, "callback": {"$": "json.callback_id"}, "text": "On its way"},
            items=({"callback_id": "4382bfdwdsb323b2d9"},),
            needs=("telegram.bot",),
        ),
    )

    bot: TelegramBot = Field(description="Bot whose button it was.")
    callback: str = Field(min_length=1, max_length=200, description="The trigger's callback_id.")
    text: str = Field("", max_length=200, description="Notice that appears; empty shows none.")
    alert: bool = Field(False, description="Show the notice in a window that has to be closed.")
    url: Annotated[str, hint(advanced=True)] = Field("", max_length=2000, description="Page of a game to open.")

    async def run(self, ctx: Context) -> Item:
        """Answer it."""
        library()
        from aiogram.methods import AnswerCallbackQuery

        answer = AnswerCallbackQuery(
            callback_query_id=self.callback, text=self.text or None, show_alert=self.alert or None, url=self.url or None
        )
        await call(ctx.http, self.bot, answer)
        return ctx.item


class ChatAction(Node):
    """Show that the bot is at work: "typing…" for five seconds, or until it sends something."""

    key = "telegram.chat_action"
    title = "Show that the bot types"
    group = "comms"
    effect = "idempotent"
    subtitle = "{action}"
    concurrency = 4
    examples = (
        Example(
            "Type while an answer is made",
            {"bot": {"$credential": "1"}, "chat": {"$t": "{{ json.chat.id }}"}},
            items=({"chat": {"id": 123456789}},),
            needs=("telegram.bot",),
        ),
    )

    bot: TelegramBot = Field(description="Bot that is at work.")
    chat: Chat = Field(min_length=1, max_length=100, description="Chat that it is shown in.")
    action: Action = Field("typing", description="What it seems to do.")
    thread: Annotated[int | None, hint(advanced=True)] = Field(None, ge=1, description="Topic of a forum.")

    async def run(self, ctx: Context) -> Item:
        """Show it."""
        library()
        from aiogram.methods import SendChatAction

        shown = SendChatAction(chat_id=chat_of(self.chat), action=self.action, message_thread_id=self.thread)
        await call(ctx.http, self.bot, shown)
        return ctx.item
