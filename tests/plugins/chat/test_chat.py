"""The chat: its page, what comes back for a message, and who may talk."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import a8n_chat
import a8n_flow
from a8n import Context, Field, Item, Kernel, Node, NodeError, Request, hookimpl
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions
from a8n.runtime.settings import Settings
from a8n.testing import credential
from a8n_chat.credentials import ChatPassword
from a8n_chat.trigger import ChatTrigger
from a8n_web.chatting import spoken
from a8n_web.server import application

SESSION, FIRST = "session-1234", "message-0001"


class Speak(Node):
    """Say something, word by word."""

    key = "test_chat.speak"

    words: str = Field(description="What to say.")
    tool: str = Field("", description="Tool that is used before.")

    async def run(self, ctx: Context) -> dict[str, Any]:
        if self.words == "fail":
            raise NodeError("the inside is nobody's business", retryable=False)
        if self.tool:
            ctx.emit({"kind": "tool_call", "tool": self.tool, "arguments": {"secret": 1}})
        for word in self.words.split(" "):
            ctx.emit({"kind": "token", "text": f"{word} "})
        return {"text": self.words, "message": ctx.item.json.get("message"), "session": ctx.item.json.get("session")}


@hookimpl
def register_nodes() -> list[type[Node]]:
    return [Speak]


class Room:
    """An instance with one chat."""

    def __init__(self, http: httpx.AsyncClient, instance: Instance):
        self.http, self.instance = http, instance

    async def post(self, path: str, json: Any) -> Any:
        answer = await self.http.post(path, json=json)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def open(self, says: Any = None, params: Any = None, password: str = "") -> None:
        """Publish a workflow that thinks, and then says something."""
        given = {"path": "support", "heading": "Ask <us>", "suggestions": ["Hello?"], **(params or {})}
        if password:
            made = {"name": "Word", "kind": "chat.password", "values": {"password": password}}
            given["password"] = {"$credential": (await self.post("/api/credentials", made))["id"]}
        nodes = [
            {"id": "chat", "name": "Chat", "type": "chat.trigger", "params": given},
            {"id": "think", "name": "Think", "type": "test_chat.speak", "params": {"words": "private thoughts"}},
            {"id": "say", "name": "Say", "type": "test_chat.speak", "params": {"words": "Hello you", **(says or {})}},
        ]
        wires = [{"from": "chat", "to": "think"}, {"from": "think", "to": "say"}]
        workflow = await self.post("/api/workflows", {"name": "Chat", "nodes": nodes, "connections": wires})
        activated = await self.post(f"/api/workflows/{workflow['id']}/activate", {})
        assert "/chat/support" in json.dumps(activated)

    async def say(self, message: Any = "Hi", session: str = SESSION, id: str = FIRST, **headers: str) -> httpx.Response:
        sent = {"message": message, "session": session, "id": id}
        return await self.http.post("/chat/support", json=sent, headers=headers)

    async def rows(self) -> Any:
        async with self.instance.db.read() as connection:
            return (await connection.execute(executions.select())).all()


def events(answer: httpx.Response) -> list[tuple[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream"
    frames = [frame.split("\n") for frame in answer.text.split("\n\n") if frame.startswith("event:")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in frames]


@pytest.fixture
async def room(settings: Settings) -> AsyncIterator[Room]:
    kernel = Kernel(plugins=[a8n_chat, a8n_flow, sys.modules[__name__]])
    instance = await Instance.open(settings, kernel)
    transport = httpx.ASGITransport(application(instance), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as client:
        signed = {"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        token = (await client.post("/api/users/sign-up", json=signed)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Room(client, instance)
    await instance.close(grace=0)


# --- the page ----------------------------------------------------------------------------------------------------


async def test_the_page_needs_nothing_from_elsewhere_and_is_embedded_nowhere(room: Room) -> None:
    await room.open(params={"greeting": 'Hi <b>\n"you"'})
    page = await room.http.get("/chat/support")
    assert page.status_code == 200
    assert "Ask &lt;us&gt;" in page.text
    assert 'data-greeting="Hi &lt;b&gt;\n&#34;you&#34;"' in page.text
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    for part, kind in (("chat.js", "text/javascript"), ("chat.css", "text/css"), ("embed.js", "text/javascript")):
        found = await room.http.get(f"/chat/{part}")
        assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, kind)
        again = await room.http.get(f"/chat/{part}", headers={"If-None-Match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_the_sites_that_are_named_may_embed_it(room: Room) -> None:
    await room.open(params={"origins": ["https://shop.example.com"]})
    page = await room.http.get("/chat/support")
    assert "frame-ancestors https://shop.example.com" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert (await room.http.get("/chat/embed.js")).headers["cross-origin-resource-policy"] == "cross-origin"


async def test_where_there_is_no_chat_there_is_nothing(room: Room) -> None:
    await room.open()
    assert (await room.http.get("/chat/elsewhere")).status_code == 404
    assert (await room.http.get("/chat/other.js")).status_code == 404
    assert (await room.http.put("/chat/support")).status_code == 405
    for path in ("/webhook/support", "/form/support"):
        assert (await room.http.post(path, json={"message": "Hi"})).status_code == 404


# --- messages ----------------------------------------------------------------------------------------------------


async def test_a_message_is_answered_by_what_the_last_node_says(room: Room) -> None:
    await room.open({"words": {"$t": "You said {{ json.message }}"}, "tool": "look_up"})
    told = events(await room.say("Hi"))
    assert told[0] == ("tool", {"name": "look_up"})
    assert "".join(data["text"] for kind, data in told if kind == "text") == "You said Hi "
    assert told[-1] == ("answer", {"text": "You said Hi"})
    assert "private" not in str(told)
    assert "secret" not in str(told)


async def test_a_message_that_is_sent_again_starts_nothing_and_is_answered_the_same(room: Room) -> None:
    await room.open()
    first, again = events(await room.say()), events(await room.say())
    assert first[-1] == again[-1] == ("answer", {"text": "Hello you"})
    assert len(await room.rows()) == 1
    await room.say(id="message-0002")
    await room.say(session="session-5678")
    assert [row.mode for row in await room.rows()] == ["chat"] * 3


async def test_a_failure_tells_nothing_of_the_inside(room: Room) -> None:
    await room.open({"words": "fail"})
    ((kind, data),) = events(await room.say())
    assert kind == "error"
    assert "business" not in data["text"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400), (b"[]", 400), (b"{}", 422), (b'{"message": ""}', 422), (b'{"message": ["a"]}', 422),
        (b'{"message": "Hi"}', 422), (b'{"message": "Hi", "session": "short", "id": "message-0001"}', 422),
        (b'{"message": "Hi", "session": "session-1234", "id": "../../../../"}', 422),
    ],
)  # fmt: skip
async def test_what_is_no_message_is_refused(room: Room, body: bytes, status: int) -> None:
    await room.open()
    headers = {"Content-Type": "application/json"}
    assert (await room.http.post("/chat/support", content=body, headers=headers)).status_code == status
    assert await room.rows() == []


async def test_a_message_that_is_too_long_is_refused(room: Room) -> None:
    await room.open()
    assert (await room.say("x" * 20_001)).status_code == 422
    assert (await room.say("x" * 300_000)).status_code == 413


async def test_a_password_is_asked_for_before_anything_starts(room: Room) -> None:
    await room.open(password="open sesame")
    assert 'data-locked="yes"' in (await room.http.get("/chat/support")).text
    for headers in ({}, {"X-Chat-Password": "guess"}):
        assert (await room.say(**headers)).status_code == 401
    assert await room.rows() == []
    assert events(await room.say(**{"X-Chat-Password": "open sesame"}))[-1] == ("answer", {"text": "Hello you"})


# --- the trigger ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {"path": "a/b"}, {"path": "embed.js"}, {"path": ""}, {"path": "a", "origins": ["shop.example.com"]},
        {"path": "a", "origins": ["https://a.example; script-src *"]}, {"path": "a", "suggestions": ["x", "x"]},
        {"path": "a", "suggestions": [""]},
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused(params: Any) -> None:
    with pytest.raises(ValueError, match=r"path|origin|suggestion"):
        ChatTrigger.model_validate(params)


async def test_a_request_proves_the_password_by_itself() -> None:
    word = credential(ChatPassword, password="open sesame")
    assert isinstance(word, ChatPassword)
    trigger = ChatTrigger(path="a", password=word)
    request = Request("POST", "a", {}, {}, {"x-chat-password": "open sesame"}, b"", {"session": "s", "id": "i"})
    await trigger.authenticate(request)
    assert trigger.dedup_key(request) == "s:i"
    assert not trigger.open_to_all()


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""), ([{}], ""), ([{"text": "a", "reply": "b"}], "a"), ([{"text": 1, "reply": "b"}], "b"),
        ([{"n": 1}], '```\n{\n  "n": 1\n}\n```'),
    ],
)  # fmt: skip
def test_what_the_last_node_says(items: Any, text: str) -> None:
    assert spoken([Item(item) for item in items]) == text
