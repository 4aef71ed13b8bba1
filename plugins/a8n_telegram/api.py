"""The way to the Bot API: aiogram's bot and types, over the guarded HTTP client.

aiogram opens connections of its own unless it is given another session, so it is given one that goes by `ctx.http`:
addresses are checked, and the token goes to the hosts of its credential alone.
"""

from __future__ import annotations

import mimetypes
from functools import cache
from typing import TYPE_CHECKING, Any

from a8n import JSON, HttpClient, NodeError

if TYPE_CHECKING:
    from aiogram import Bot

    from a8n_telegram.credentials import TelegramBot

PATIENCE = 120.0
"""Seconds of one call, with what it uploads."""


def library() -> None:
    """Raise NodeError where the package `aiogram` is not installed."""
    try:
        import aiogram  # noqa: F401
    except ImportError:
        hint = "pip install 'a8n[telegram]'"
        raise NodeError(
            "aiogram, which speaks to Telegram, is not installed here", hint=hint, retryable=False
        ) from None


async def call(http: HttpClient, account: TelegramBot, method: Any, timeout: float = PATIENCE) -> JSON:
    """The result of a method (`aiogram.methods`), as Telegram gave it. Raises NodeError.

    It stays JSON: a type that Telegram has added meanwhile must not make an error of a message that has been sent.
    """
    bot = bot_of(http, account, timeout)
    try:
        return await bot(method)
    except NodeError:
        raise
    except Exception as error:
        raise explained(account, error) from None  # the cause may show the URL, and with it the token


def bot_of(http: HttpClient, account: TelegramBot, timeout: float = PATIENCE) -> Bot:
    """aiogram's bot for an account. Raises NodeError."""
    library()
    from aiogram import Bot
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.utils.token import TokenValidationError

    session = session_type()(http, api=TelegramAPIServer.from_base(account.base_url), timeout=timeout)
    try:
        return Bot(account.token.get_secret_value(), session=session)
    except TokenValidationError:
        raise NodeError(
            "this is no token of a bot; @BotFather gives one like 123456:ABC-DEF", field="token", retryable=False
        ) from None


@cache
def session_type() -> Any:
    """The session that sends by the guarded client; made once, when aiogram is first used."""
    from aiogram.client.session.base import BaseSession
    from aiogram.methods import TelegramMethod
    from aiogram.types import BufferedInputFile

    class Anything(TelegramMethod[Any]):
        """Whatever the answer holds."""

        __returning__ = Any
        __api_method__ = ""

    class Session(BaseSession):
        """Sends by the guarded client."""

        def __init__(self, http: HttpClient, **options: Any):
            super().__init__(**options)
            self._http = http

        async def make_request(self, bot: Any, method: Any, timeout: int | None = None) -> Any:
            files: dict[str, Any] = {}
            fields = {
                name: sent
                for name, value in method.model_dump(warnings=False).items()
                if (sent := self.prepare_value(value, bot=bot, files=files))
            }
            parts = []
            for name, file in files.items():
                assert isinstance(file, BufferedInputFile)
                filename = file.filename or name
                kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
                parts.append((name, filename, file.data, kind))
            url = self.api.api_url(token=bot.token, method=method.__api_method__)
            answer = await self._http.request(
                "POST", url, data=fields, files=parts, timeout=timeout or self.timeout, follow_redirects=False
            )
            return self.check_response(bot, Anything(), answer.status, answer.text).result

        async def stream_content(self, *_: Any, **__: Any) -> Any:
            """Nothing is downloaded by this bot: what it gets is the JSON of an answer."""
            raise NodeError("this bot downloads no files", retryable=False)
            yield b""  # what makes it the generator that aiogram declares

        async def close(self) -> None:
            """There is nothing to close: the client is the process's."""

    return Session


def explained(account: TelegramBot, error: Exception) -> NodeError:
    """What went wrong, for a person, and whether trying again may help."""
    from aiogram import exceptions
    from pydantic import ValidationError

    said = getattr(error, "message", "") or type(error).__name__
    said = said.replace(account.token.get_secret_value(), "…")
    if isinstance(error, exceptions.TelegramRetryAfter):
        return NodeError(
            f"Telegram asks to wait for {error.retry_after} s: too many messages", retry_after=float(error.retry_after)
        )
    if isinstance(error, exceptions.TelegramMigrateToChat):
        text = f"the group has become a supergroup; its chat is {error.migrate_to_chat_id} now"
        return NodeError(text, field="chat", retryable=False)
    if isinstance(error, exceptions.TelegramUnauthorizedError | exceptions.TelegramNotFound):
        # a token that is no token's form gets "Not Found"
        hint = "ask @BotFather for the token, and save it in the credential"
        return NodeError(f"Telegram does not accept this token: {said}", hint=hint, retryable=False)
    if isinstance(error, exceptions.TelegramConflictError):
        hint = "one program alone may read a bot's updates: stop the other one, or delete its webhook"
        return NodeError(f"Telegram refused: {said}", hint=hint)
    if isinstance(error, exceptions.TelegramServerError):
        return NodeError(f"Telegram has trouble: {said}")
    if isinstance(error, exceptions.ClientDecodeError):
        hint = "check the base URL in the credential"
        return NodeError("the server gave an answer that is not of the Bot API", hint=hint)
    if isinstance(error, exceptions.TelegramAPIError):
        return NodeError(f"Telegram refused: {said}", retryable=False)
    if isinstance(error, ValidationError):
        told = "; ".join(one["msg"] for one in error.errors()[:3])
        return NodeError(f"this cannot be sent: {told}", retryable=False)
    return NodeError(f"the call failed: {said}")
