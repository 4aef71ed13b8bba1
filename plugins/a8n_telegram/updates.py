"""Updates: what happens in a bot's chats, and how it becomes an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field as PydanticField

from a8n import JSON, Field, Item, Parameters, Trigger, hint
from a8n_telegram.credentials import TelegramBot

Kind = Literal[
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query",
    "chosen_inline_result", "message_reaction", "poll_answer", "my_chat_member", "chat_member", "chat_join_request",
    "business_message", "edited_business_message", "pre_checkout_query", "shipping_query",
]  # fmt: skip
MESSAGES = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_message", "edited_business_message",
)  # fmt: skip
MEDIA = ("document", "video", "audio", "voice", "video_note", "animation", "sticker")
Fixed = hint(expr=False)
Command = Annotated[str, PydanticField(pattern=r"^/?[A-Za-z0-9_]{1,32}$")]


class Watched(Parameters):
    """Which updates start something; others are passed over, unless a step waits for them."""

    chats: list[str] = Field([], max_length=1000, description="Chats by number or @name; empty takes all.")
    users: list[str] = Field([], max_length=1000, description="People by number or @name; empty takes all.")
    commands: list[Command] = Field(
        [], max_length=100, description="Only messages that are one of these commands, such as /start."
    )


class Updates(Trigger):
    """What both ways to get updates have in common."""

    bot: TelegramBot = Field(description="Bot whose chats are watched.")
    kinds: Annotated[list[Kind], Fixed] = Field(
        ["message", "callback_query"], min_length=1, max_length=16,
        description="What is asked for. An Ask step needs message and callback_query.",
    )  # fmt: skip
    only: Annotated[Watched, Fixed] = Field(default_factory=Watched, description="Which of them start the workflow.")
    take_over: Annotated[bool, Fixed, hint(advanced=True)] = Field(
        False, description="Remove another program's webhook from the bot. A bot has one way to get updates."
    )

    def reply_to(self, item: Item) -> Sequence[str]:
        """The questions that an update may answer."""
        return keys_of(self.bot.bot_id, item.json)

    def starts(self, item: Item) -> bool:
        """Whether somebody wanted it."""
        told, only = item.json, self.only
        if only.chats and not named(told.get("chat"), only.chats):
            return False
        if only.users and not named(told.get("from"), only.users):
            return False
        return not only.commands or told.get("command") in {command.lstrip("/").lower() for command in only.commands}

    def sample(self) -> list[Item]:
        """A message, as it would come in."""
        person = {"id": 123456789, "is_bot": False, "first_name": "Ada", "username": "ada"}
        chat = {"id": 123456789, "type": "private", "first_name": "Ada", "username": "ada"}
        message = {"message_id": 1, "date": 1767225600, "from": person, "chat": chat, "text": "Hello"}
        item = item_of({"update_id": 1, "message": message})
        assert item is not None
        return [item]


def item_of(update: JSON) -> Item | None:
    """An update (https://core.telegram.org/bots/api#update), what it says on top; None for what is none."""
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        return None
    kind = next((name for name in update if name != "update_id"), "")
    content = update.get(kind)
    if not isinstance(content, dict):
        return None
    told: dict[str, JSON] = {"kind": kind, "update_id": update["update_id"]}
    message = content if kind in MESSAGES else content.get("message")
    told["chat"] = _first(content.get("chat"), message.get("chat") if isinstance(message, dict) else None)
    told["from"] = _first(content.get("from"), content.get("user"))
    if isinstance(message, dict):
        told |= {"message_id": message.get("message_id"), "date": message.get("date")}
    if kind in MESSAGES:
        told |= _message(content)
    elif kind == "callback_query":
        told |= {"callback_id": content.get("id"), "data": content.get("data")}
    elif kind == "inline_query":
        told |= {"query_id": content.get("id"), "text": content.get("query")}
    told["update"] = update
    return Item(told)


def keys_of(bot: str, told: Mapping[str, JSON]) -> list[str]:
    """The keys of the waits that an update may end: of the message it answers, then of its chat.

    A chat's own key stands for what is written next in a chat with one person; commands are not meant.
    """
    chat = told.get("chat")
    if not isinstance(chat, dict) or not isinstance(chat.get("id"), int):
        return []
    if told.get("kind") == "callback_query":
        return [wait_key(bot, chat["id"], told.get("message_id"))]
    if told.get("kind") not in ("message", "business_message"):
        return []
    answered = told.get("reply_to_message_id")
    keys = [wait_key(bot, chat["id"], answered)] if answered is not None else []
    if chat.get("type") == "private" and not told.get("command"):
        keys.append(wait_key(bot, chat["id"]))
    return keys


def wait_key(bot: str, chat: int, message: JSON = None) -> str:
    """What the answers to a message are recognised by; without a message, what comes next in a chat."""
    return f"telegram:{bot}:{chat}" if message is None else f"telegram:{bot}:{chat}:{message}"


def _message(content: Mapping[str, Any]) -> dict[str, JSON]:
    told: dict[str, JSON] = {"text": _first(content.get("text"), content.get("caption"))}
    text = content.get("text")
    if isinstance(text, str) and text.startswith("/"):
        word, _, rest = text[1:].partition(" ")
        told |= {"command": word.partition("@")[0].lower(), "arguments": rest.strip()}
    answered = content.get("reply_to_message")
    if isinstance(answered, dict):
        told["reply_to_message_id"] = answered.get("message_id")
    if (file := _file(content)) is not None:
        told["file"] = file
    for name in ("location", "contact"):
        if name in content:
            told[name] = content[name]
    return told


def _file(content: Mapping[str, Any]) -> JSON:
    """What a message carries, by the id that a Download step takes; of a photo the largest size."""
    photo = content.get("photo")
    if isinstance(photo, list) and photo and isinstance(photo[-1], dict):
        return {"kind": "photo", "id": photo[-1].get("file_id"), "name": "photo.jpg", "mime": "image/jpeg",
                "size": photo[-1].get("file_size")}  # fmt: skip
    for kind in MEDIA:
        media = content.get(kind)
        if isinstance(media, dict):
            return {"kind": kind, "id": media.get("file_id"), "name": media.get("file_name"),
                    "mime": media.get("mime_type"), "size": media.get("file_size")}  # fmt: skip
    return None


def named(who: JSON, wanted: Sequence[str]) -> bool:
    """Whether a chat or person is one of those named; names do not tell capital letters apart."""
    if not isinstance(who, dict):
        return False
    names = {one.strip().removeprefix("@").lower() for one in wanted}
    return str(who.get("id")) in names or str(who.get("username") or "").lower() in names - {""}


def _first(*values: JSON) -> JSON:
    return next((value for value in values if value is not None), None)
