"""Conversations as JSON of our own: what is recorded must outlive the versions of a library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from a8n import JSON
from a8n_ai.libraries import library

Message = dict[str, JSON]
"""`role` (`system`, `user`, `assistant`, `tool`) and `text`. An assistant's message may have `calls` of tools, each
with `id`, `name` and `arguments`, or with `broken`, the text that was no JSON; a tool's has the `call` that it
answers. `blocks` is content that only its own model reads, such as signed thoughts, which has to be sent back."""


def wire(messages: Sequence[Message]) -> list[Any]:
    """Messages as LangChain takes them."""
    return [_to(message) for message in messages]


def _to(message: Message) -> Any:
    core = library("langchain_core.messages")
    text = message.get("text", "")
    if message["role"] == "system":
        return core.SystemMessage(text)
    if message["role"] == "user":
        return core.HumanMessage(message.get("blocks") or text)
    if message["role"] == "tool":
        return core.ToolMessage(text, tool_call_id=message["call"], name=message.get("name"))
    calls = [
        {"type": "tool_call", "id": call["id"], "name": call["name"], "args": call.get("arguments") or {}}
        for call in message.get("calls", ())
    ]
    return core.AIMessage(
        message.get("blocks") or text, tool_calls=calls, additional_kwargs=dict(message.get("extra") or {})
    )


def heard(message: Any) -> Message:
    """What a model said, as JSON."""
    said: Message = {"role": "assistant", "text": text_of(message.content)}
    calls = [_call(number, chunk) for number, chunk in enumerate(message.tool_call_chunks)]
    if calls:
        said["calls"] = calls
    if isinstance(message.content, list) and any(_is_opaque(block) for block in message.content):
        said["blocks"] = message.content
    thoughts = {name: value for name, value in message.additional_kwargs.items() if "signature" in name}
    if thoughts:
        said["extra"] = thoughts
    return said


def _call(number: int, chunk: Any) -> JSON:
    """A call of a tool, read strictly: LangChain completes JSON that was cut, and a name cut short is another name."""
    made: dict[str, JSON] = {"id": chunk["id"] or f"call_{number}", "name": chunk["name"] or ""}
    text = chunk["args"] or "{}"
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError):
        arguments = None
    return {**made, "arguments": arguments} if isinstance(arguments, dict) else {**made, "broken": text[:2000]}


def text_of(content: Any) -> str:
    """The text of a message's content, which some models give in blocks."""
    if isinstance(content, str):
        return content
    parts = [block if isinstance(block, str) else block.get("text", "") for block in content]
    return "".join(part for part in parts if isinstance(part, str))


def _is_opaque(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") not in ("text", "tool_use", "tool_call", "input_json_delta")
