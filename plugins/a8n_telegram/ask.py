"""Asking in a chat, and waiting for the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import ValidationError

from a8n import (
    JSON,
    BatchNode,
    Context,
    Duration,
    Example,
    Field,
    Form,
    FormField,
    Item,
    Multiline,
    NodeError,
    Parameters,
    Result,
    Wait,
    hint,
    to,
)
from a8n_telegram.api import call, library
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.keyboards import inline
from a8n_telegram.send import MODES, Chat, ParseMode, chat_of
from a8n_telegram.updates import named, wait_key

LONGEST = timedelta(days=3660)
SHORTEST = timedelta(seconds=10)
APPROVED, DECLINED, ANSWERED, TIMED_OUT = "approved", "declined", "answered", "timed_out"
PRESSED = "a8n:"
"""What the data of our buttons begins with; the number of the choice follows."""


class Approval(Parameters):
    """Two buttons, to approve and to decline."""

    kind: Literal["approval"] = Field("approval", description="How they answer.")
    approve: str = Field("Approve", min_length=1, max_length=100, description="What the one says.")
    decline: str = Field("Decline", min_length=1, max_length=100, description="What the other says.")


class Choices(Parameters):
    """One of several buttons."""

    kind: Literal["choice"] = Field("choice", description="How they answer.")
    choices: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=50, description="What the buttons say."
    )
    per_row: int = Field(2, ge=1, le=8, description="How many stand side by side.")


class Typed(Parameters):
    """What they write. In a chat with one person the next message counts; in groups it has to be a reply."""

    kind: Literal["text"] = Field("text", description="How they answer.")
    replies_only: bool = Field(
        False, description="Let only a reply to the question count, also in a chat with one person."
    )
    placeholder: str = Field("", max_length=64, description="What stands in the empty field.")


class FormReply(Parameters):
    """They fill in a form, behind a button. Telegram opens public addresses only."""

    kind: Literal["form"] = Field("form", description="How they answer.")
    fields: list[FormField] = Field(min_length=1, max_length=100, description="The questions.")
    button: str = Field("Answer", min_length=1, max_length=100, description="What the button says.")


Answer = Annotated[Approval | Choices | Typed | FormReply, Field(discriminator="kind")]


class Ask(BatchNode):
    """Ask in a chat and wait for the answer: a pressed button, what is written, or a form.

    One question is sent for all items together, with expressions taken from the first; the items go on with what was
    answered under `answer`. A published workflow of the same project has to watch the bot with a Telegram trigger,
    except for forms; an answer starts nothing there. Without an answer in time the items go on at `timed_out`.
    """

    key = "telegram.ask"
    title = "Ask by Telegram"
    group = "comms"
    subtitle = "{chat}"
    outputs = (APPROVED, DECLINED, ANSWERED, TIMED_OUT)
    examples = (
        Example(
            "May this refund be made?",
            {
                "bot": {"$credential": "1"}, "chat": "123456789", "users": ["@boss"],
                "text": {"$t": "Refund {{ json.total }} € for order {{ json.id }}?"},
            },
            items=({"id": "A-17", "total": 48},),
            needs=("telegram.bot",),
        ),
        Example(
            "Ask for the size, for a day",
            {
                "bot": {"$credential": "1"}, "chat": {"$t": "{{ json.chat.id }}"}, "text": "Which size?",
                "answer": {"kind": "choice", "choices": ["S", "M", "L"], "per_row": 3}, "within": "P1D",
            },
            items=({"chat": {"id": 123456789}},),
            needs=("telegram.bot",),
        ),
    )  # fmt: skip

    bot: TelegramBot = Field(description="Bot that asks.")
    chat: Chat = Field(min_length=1, max_length=100, description="Id of a chat or group.")
    text: Multiline = Field(min_length=1, description="The question: 4096 characters at most.")
    answer: Answer = Field(Approval(), description="How they answer.")
    users: list[str] = Field(
        [], max_length=1000, description="Who may answer, by number or @name; empty: everybody in the chat."
    )
    within: Duration = Field(timedelta(days=7), description="How long to wait.")
    parse_mode: ParseMode = Field("plain", description="How the text is marked up.")
    thread: Annotated[int | None, hint(advanced=True)] = Field(None, ge=1, description="Topic of a forum.")

    @classmethod
    def ports(cls, params: Mapping[str, JSON]) -> tuple[str, ...]:
        """What the kind of answer can lead to."""
        answer = params.get("answer")
        kind = answer.get("kind", "approval") if isinstance(answer, dict) else "approval"
        return (APPROVED, DECLINED, TIMED_OUT) if kind == "approval" else (ANSWERED, TIMED_OUT)

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Ask, and begin to wait."""
        if not items:
            return []
        library()
        if not SHORTEST <= self.within <= LONGEST:
            raise NodeError("this is ten seconds at least, and ten years at most", field="within", retryable=False)
        form = self._form()
        sent = await call(ctx.http, self.bot, self._question(ctx))
        chat = sent["chat"]
        # In a group, whatever is written next is hardly an answer.
        nearby = isinstance(self.answer, Typed) and not self.answer.replies_only and chat.get("type") == "private"
        key = wait_key(self.bot.bot_id, chat["id"], None if nearby else sent["message_id"])
        until = datetime.now(UTC) + self.within
        data = {"chat": chat["id"], "message": sent["message_id"], "key": key, "until": until.isoformat()}
        return Wait(until=until, form=form, data=data) if form else Wait(until=until, key=key, data=data)

    async def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> Result:
        """Take the answer, or give up."""
        if payload is None:
            await self._close(ctx, data)
            return self._leaving(items, TIMED_OUT, None)
        if "form" in payload:
            await self._close(ctx, data)
            answer = {"kind": "form", "form": payload["form"], "at": payload.get("submitted_at")}
            return self._leaving(items, ANSWERED, answer)
        update = Item.of(payload).json
        if (complaint := self._complaint(update)) is not None:
            ctx.log(complaint)
            await self._acknowledge(ctx, update, complaint)
            return Wait(until=datetime.fromisoformat(str(data["until"])), key=str(data["key"]), data=data)
        port, answer = self._answered(update)
        await self._acknowledge(ctx, update, "")
        await self._close(ctx, data)
        return self._leaving(items, port, answer)

    # --- the question ----------------------------------------------------------------------------------------

    def _question(self, ctx: Context) -> Any:
        from aiogram.methods import SendMessage

        return SendMessage(
            chat_id=chat_of(self.chat), text=self.text, parse_mode=MODES[self.parse_mode],
            message_thread_id=self.thread, reply_markup=self._markup(ctx),
        )  # fmt: skip

    def _markup(self, ctx: Context) -> Any:
        from aiogram import types

        answer = self.answer
        if isinstance(answer, Typed):
            return types.ForceReply(input_field_placeholder=answer.placeholder or None)
        if isinstance(answer, FormReply):
            if not ctx.resume_url:
                raise NodeError("this process offers no resume URL", field="answer", retryable=False)
            return inline([types.InlineKeyboardButton(text=answer.button, url=ctx.resume_url)], 1)
        buttons = [
            types.InlineKeyboardButton(text=text, callback_data=f"{PRESSED}{index}")
            for index, text in enumerate(self._choices())
        ]
        return inline(buttons, answer.per_row if isinstance(answer, Choices) else 2)

    def _choices(self) -> list[str]:
        if isinstance(self.answer, Approval):
            return [self.answer.approve, self.answer.decline]
        return self.answer.choices if isinstance(self.answer, Choices) else []

    def _form(self) -> Form | None:
        if not isinstance(self.answer, FormReply):
            return None
        try:
            return Form(title="Answer", description=self.text[:20_000], fields=self.answer.fields)
        except ValidationError as error:
            said = "; ".join(one["msg"] for one in error.errors())
            raise NodeError(f"this is no form: {said}", field="answer", retryable=False) from None

    # --- the answer ------------------------------------------------------------------------------------------

    def _complaint(self, update: Mapping[str, JSON]) -> str | None:
        """Why an update does not count as the answer; None if it does."""
        if self.users and not named(update.get("from"), self.users):
            return "You may not answer this."
        if isinstance(self.answer, Typed):
            return None if update.get("text") or update.get("file") else "Please write something."
        return None if self._pressed(update) is not None else "Please press one of the buttons."

    def _pressed(self, update: Mapping[str, JSON]) -> int | None:
        """Which of the choices was pressed. The data comes from the person's program, which may send anything."""
        data = str(update.get("data") or "")
        number = data.removeprefix(PRESSED)
        if not data.startswith(PRESSED) or not (number.isascii() and number.isdecimal() and len(number) < 4):
            return None
        return int(number) if int(number) < len(self._choices()) else None

    def _answered(self, update: Mapping[str, JSON]) -> tuple[str, dict[str, JSON]]:
        told = {"kind": self.answer.kind, "from": update.get("from"), "update": update.get("update")}
        if isinstance(self.answer, Typed):
            return ANSWERED, {**told, "text": update.get("text"), "file": update.get("file")}
        number = self._pressed(update)
        assert number is not None
        if isinstance(self.answer, Approval):
            return (APPROVED, DECLINED)[number], {**told, "approved": number == 0}
        return ANSWERED, {**told, "choice": self._choices()[number]}

    def _leaving(self, items: Sequence[Item], port: str, answer: Mapping[str, JSON] | None) -> Result:
        added = {} if answer is None else {"answer": answer}
        return [to(port, Item({**item.json, **added}, item.files, index)) for index, item in enumerate(items)]

    async def _acknowledge(self, ctx: Context, update: Mapping[str, JSON], notice: str) -> None:
        """Let the button stop turning."""
        from aiogram.methods import AnswerCallbackQuery

        if update.get("callback_id"):
            answer = AnswerCallbackQuery(callback_query_id=str(update["callback_id"]), text=notice or None)
            await self._attempt(ctx, answer, "the button")

    async def _close(self, ctx: Context, data: Mapping[str, JSON]) -> None:
        """Take the buttons away: they lead nowhere now."""
        from aiogram.methods import EditMessageReplyMarkup

        if not isinstance(self.answer, Typed):
            wanted = EditMessageReplyMarkup(chat_id=data["chat"], message_id=data["message"])
            await self._attempt(ctx, wanted, "the question's buttons")

    async def _attempt(self, ctx: Context, method: Any, what: str) -> None:
        """Do what is only for the eye: nobody loses an answer for it."""
        try:
            await call(ctx.http, self.bot, method, timeout=15)
        except NodeError as error:
            ctx.log(f"{what} could not be changed: {error.message}")
