"""Chats as pages: the page, its parts, and the answer to a message as it comes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from a8n.forms import Form
from a8n.items import JSON, Item
from a8n.plan import TOOLS
from a8n.runtime.feed import Numbered
from a8n.runtime.instance import Instance
from a8n.runtime.orders import Outcome
from a8n.runtime.runs import Started
from a8n.trigger import Request, Route
from a8n.workflow import Workflow
from a8n_web.bodies import BodyError, read_json
from a8n_web.forms import FOLDER
from a8n_web.resuming import Answer

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

PARTS = {
    "chat.js": b"text/javascript; charset=utf-8",
    "chat.css": b"text/css; charset=utf-8",
    "embed.js": b"text/javascript; charset=utf-8",
}
"""What the page is made of, at `/chat/<name>`. No chat has a dot in its path."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
SPOKEN = ("text", "reply", "answer", "output", "response", "message")
"""Where the last node's item has what is said, the first that is a text."""
LONGEST = 600.0
"""Seconds until the page is told to ask again."""
PING = 15.0
"""Seconds of silence after which a comment shows that the connection is alive."""
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def page(route: Route, locked: bool) -> Answer:
    """The page of a chat."""
    form = route.form
    assert form is not None
    field = form.fields[0]
    content = _template().render(
        title=form.title, greeting=form.description, placeholder=field.title, suggestions=field.choices,
        locked=locked, path=route.path,
    )  # fmt: skip
    return Answer(200, _headers(route.origins), content.encode("utf-8", "replace"))


def part(request: Request, name: str) -> Answer | None:
    """A script or style sheet of the page; None for what is none. The one that embeds is for other sites, too."""
    kind = PARTS.get(name)
    if kind is None:
        return None
    body, tag = _part(name)
    headers = [
        (b"etag", tag), (b"cache-control", b"public, max-age=300"), (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"cross-origin" if name == "embed.js" else b"same-origin"),
    ]  # fmt: skip
    if request.headers.get("if-none-match", "").encode() == tag:
        return Answer(304, headers, b"")
    return Answer(200, [(b"content-type", kind), *headers], body)


def read_message(form: Form, request: Request) -> dict[str, JSON]:
    """What was sent: `message`, `session` and `id`. Raises BodyError."""
    given = read_json(request.raw)
    if not isinstance(given, dict):
        raise BodyError(400, "Bad message", "a message is a JSON object with message, session and id")
    answers, complaints = form.read({"message": given.get("message")})
    for text in complaints.values():
        raise BodyError(422, "Bad message", text)
    for name in ("session", "id"):
        token = given.get(name)
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise BodyError(422, "Bad message", f"{name} has 8 to 64 letters, digits, _ or -")
    return {**answers, "session": given["session"], "id": given["id"]}


async def answer(send: Send, instance: Instance, document: Workflow, started: Started) -> None:
    """Send what is said in answer as server-sent events: `text` piece by piece, `tool`, then `answer`, or `error`.

    `again` asks the page to send the message once more, which starts nothing: the answer takes longer.
    """
    await send({"type": "http.response.start", "status": 200, "headers": STREAM})
    frames = _frames(instance, _speakers(document), started)
    try:
        async for frame in frames:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
    finally:
        await frames.aclose()  # type: ignore[attr-defined]  # an async generator
    await send({"type": "http.response.body", "body": b""})


async def _frames(instance: Instance, speakers: Mapping[str, str], started: Started) -> AsyncIterator[bytes]:
    yield b": accepted\n\n"
    end = asyncio.ensure_future(_end(instance, started))
    watching = aiter(instance.feed.watch(started.execution_id))
    upcoming: asyncio.Future[Numbered] = asyncio.ensure_future(anext(watching))
    pending: set[asyncio.Future[Any]] = {end, upcoming}
    try:
        while not end.done():
            done, _ = await asyncio.wait(pending, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                yield b": ping\n\n"
            if upcoming in done:
                pending.discard(upcoming)
                numbered = upcoming.result()
                if (told := _told(numbered, speakers)) is not None:
                    yield told
                if numbered.event.kind != "execution.finished":
                    upcoming = asyncio.ensure_future(anext(watching))
                    pending.add(upcoming)
        yield _last(end.result())
    finally:
        end.cancel()
        upcoming.cancel()
        await asyncio.gather(end, upcoming, return_exceptions=True)
        await watching.aclose()  # type: ignore[attr-defined]  # an async generator


async def _end(instance: Instance, started: Started) -> Outcome | None:
    """How the execution ended; None where that takes too long. One that waits, for a person's approval, say, may
    still end in time."""
    try:
        async with asyncio.timeout(LONGEST):
            outcome = await instance.outcome(started)
            while not outcome.settled or outcome.status == "waiting":
                await asyncio.sleep(1)
                outcome = await instance.outcome_of(started.execution_id)
            return outcome
    except TimeoutError:
        return None


def _told(numbered: Numbered, speakers: Mapping[str, str]) -> bytes | None:
    """What the page shows of an event: what the nodes that answer say, and which tools they use."""
    event = numbered.event
    told = event.data.get("event") if event.kind == "step.progress" and event.node in speakers else None
    if not isinstance(told, dict):
        return None
    if told.get("kind") == "token":
        return _frame("text", {"text": told.get("text")})
    return _frame("tool", {"name": told.get("tool")}) if told.get("kind") == "tool_call" else None


def _last(outcome: Outcome | None) -> bytes:
    if outcome is None:
        return _frame("again", {})
    if outcome.status != "succeeded":
        return _frame("error", {"text": "Something went wrong here. Please try again later."})
    return _frame("answer", {"text": spoken(outcome.items)})


def spoken(items: Sequence[Item]) -> str:
    """What the last node says: the first item's text, else the item as it is."""
    if not items:
        return ""
    found = items[0].json
    for name in SPOKEN:
        if isinstance(text := found.get(name), str):
            return text
    return f"```\n{orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()}\n```" if found else ""


def _speakers(document: Workflow) -> Mapping[str, str]:
    """The nodes whose words are the answer: those that nothing follows, tools apart. What others say on the way, a
    classifier, say, is not for the person who asks."""
    links = document.connections
    followed = {link.source for link in links if link.output != TOOLS}
    tools = {link.target for link in links if link.output == TOOLS}
    return {node.id: node.name for node in document.nodes if node.id not in followed | tools}


def _frame(kind: str, data: JSON) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _headers(origins: Sequence[str]) -> list[tuple[bytes, bytes]]:
    framing = " ".join(origins) or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        f"form-action 'none'; base-uri 'none'; frame-ancestors {framing}"
    )
    return [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-robots-tag", b"noindex, nofollow"),
        *([] if origins else [(b"x-frame-options", b"DENY")]),
        (b"content-security-policy", policy.encode()),
    ]


@cache
def _template() -> Template:
    loader = FileSystemLoader(FOLDER)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("chat.html")


@cache
def _part(name: str) -> tuple[bytes, bytes]:
    body = (FOLDER / name).read_bytes()
    return body, f'"{sha256(body).hexdigest()[:20]}"'.encode()
