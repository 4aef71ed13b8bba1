"""Buttons below a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from a8n import Field, NodeError, Parameters

MAX_DATA = 64
"""Bytes that Telegram keeps with a button."""


class Button(Parameters):
    """A button that stands at the message."""

    text: str = Field(min_length=1, max_length=200, description="What it says.")
    data: str = Field("", description="Data that comes back when it is pressed: 64 bytes at most.")
    url: str = Field("", description="Address that it opens, in place of data.")


class NoButtons(Parameters):
    """No buttons."""

    kind: Literal["none"] = Field("none", description="Buttons below the message.")


class InlineButtons(Parameters):
    """Buttons at the message itself. What is pressed starts a trigger as a callback query, or opens a page."""

    kind: Literal["inline"] = Field("inline", description="Buttons below the message.")
    buttons: list[Button] = Field(min_length=1, max_length=100, description="The buttons.")
    per_row: int = Field(2, ge=1, le=8, description="How many stand side by side.")


class ReplyButtons(Parameters):
    """Buttons in place of the keyboard. What is pressed is sent as a message."""

    kind: Literal["reply"] = Field("reply", description="Buttons below the message.")
    texts: list[str] = Field(min_length=1, max_length=100, description="What the buttons say, and send.")
    per_row: int = Field(2, ge=1, le=12, description="How many stand side by side.")
    once: bool = Field(True, description="Put the buttons away when one was pressed.")


class RemoveButtons(Parameters):
    """Put the buttons away that stand in place of the keyboard."""

    kind: Literal["remove"] = Field("remove", description="Buttons below the message.")


Keyboard = Annotated[NoButtons | InlineButtons | ReplyButtons | RemoveButtons, Field(discriminator="kind")]


def markup(keyboard: Keyboard) -> Any:
    """The keyboard in aiogram's types; None for none. Raises NodeError."""
    from aiogram import types

    if isinstance(keyboard, InlineButtons):
        return inline([_button(one, index) for index, one in enumerate(keyboard.buttons)], keyboard.per_row)
    if isinstance(keyboard, ReplyButtons):
        rows = _rows([types.KeyboardButton(text=text) for text in keyboard.texts], keyboard.per_row)
        return types.ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True, one_time_keyboard=keyboard.once)
    return types.ReplyKeyboardRemove(remove_keyboard=True) if isinstance(keyboard, RemoveButtons) else None


def inline(buttons: Sequence[Any], per_row: int) -> Any:
    """Buttons at the message, in rows."""
    from aiogram import types

    return types.InlineKeyboardMarkup(inline_keyboard=_rows(buttons, per_row))


def _button(button: Button, index: int) -> Any:
    from aiogram import types

    where = f"buttons.buttons.{index}"
    if bool(button.data) == bool(button.url):
        raise NodeError("a button has data or opens an address: one of the two", field=where, retryable=False)
    if len(button.data.encode()) > MAX_DATA:
        raise NodeError(f"the data of a button has {MAX_DATA} bytes at most", field=f"{where}.data", retryable=False)
    return types.InlineKeyboardButton(text=button.text, callback_data=button.data or None, url=button.url or None)


def _rows(buttons: Sequence[Any], per_row: int) -> list[list[Any]]:
    return [list(buttons[start : start + per_row]) for start in range(0, len(buttons), per_row)]
