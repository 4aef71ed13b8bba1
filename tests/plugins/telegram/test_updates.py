"""Updates start workflows and end waits: fetched, and sent to the webhook, in a whole instance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from tests.plugins.telegram.bot_api import TOKEN, BotApi
from tests.plugins.telegram.conftest import account

import a8n_manual
import a8n_telegram
from a8n import Item, Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions, schedules
from a8n.runtime.settings import Settings
from a8n_telegram.polling import IDLE, NewUpdate, _offset
from a8n_telegram.updates import Updates, item_of
from a8n_web.server import application

POLLING, WEBHOOK = "telegram.new_update", "telegram.webhook"


class Shop:
    """An instance with a bot."""

    def __init__(self, settings: Settings, api: BotApi):
        self.settings, self.api, self.credential = settings, api, ""
        self.instance: Instance
        self.http: httpx.AsyncClient

    async def open(self, headers: Any = None) -> None:
        self.instance = await Instance.open(self.settings, Kernel(plugins=[a8n_telegram, a8n_manual]))
        transport = httpx.ASGITransport(application(self.instance), raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://a8n.test", headers=headers)

    async def close(self) -> None:
        await self.http.aclose()
        await self.instance.close(grace=0)

    async def restart(self) -> None:
        """As after a crash."""
        headers = dict(self.http.headers)
        await self.close()
        await self.open(headers)

    async def post(self, path: str, json: Any) -> Any:
        answer = await self.http.post(path, json=json)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def sign_up(self) -> None:
        signed = {"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        token = (await self.post("/api/users/sign-up", signed))["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        values = {"token": TOKEN, "base_url": self.api.url}
        made = await self.post("/api/credentials", {"name": "Bot", "kind": "telegram.bot", "values": values})
        self.credential = made["id"]

    async def watch(self, kind: str, **params: Any) -> str:
        """A workflow with a trigger."""
        node = {"id": "new", "name": "New", "type": kind, "params": {"bot": {"$credential": self.credential}, **params}}
        document = {"name": "Watching", "nodes": [node], "connections": []}
        made: str = (await self.post("/api/workflows", document))["id"]
        return made

    async def live(self, kind: str, **params: Any) -> str:
        """A published workflow, whose trigger stands where the bot's updates end."""
        workflow = await self.watch(kind, **params)
        await self.post(f"/api/workflows/{workflow}/activate", {})
        if kind == POLLING:
            async with asyncio.timeout(30):
                while (await self.rows(schedules))[0].state is None:
                    await asyncio.sleep(0.02)
        return workflow

    async def ask(self, **params: Any) -> str:
        """An execution that has asked."""
        given = {"bot": {"$credential": self.credential}, "chat": "42", "text": "When?", **params}
        nodes = [
            {"id": "start", "name": "Start", "type": "manual.trigger"},
            {"id": "ask", "name": "Ask", "type": "telegram.ask", "params": given},
        ]
        document = {"name": "Asking", "nodes": nodes, "connections": [{"from": "start", "to": "ask"}]}
        made = await self.post("/api/workflows", document)
        begun = await self.post(f"/api/workflows/{made['id']}/run", {"mode": "sync", "items": [{"id": 1}]})
        assert begun["status"] == "waiting", begun
        return str(begun["execution_id"])

    async def result(self, execution: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while (outcome := await self.instance.outcome_of(execution)).status == "waiting":
                await asyncio.sleep(0.02)
        assert outcome.status == "succeeded", outcome
        found: dict[str, Any] = outcome.items[0].json
        return found

    async def rows(self, table: Any) -> Any:
        async with self.instance.db.read() as connection:
            return (await connection.execute(table.select())).all()

    async def started(self, count: int) -> list[dict[str, Any]]:
        """The items that executions of the triggers have started with, once there are so many."""
        async with asyncio.timeout(30):
            while len(rows := [row for row in await self.rows(executions) if row.mode != "manual"]) < count:
                await asyncio.sleep(0.02)
        found = []
        for row in sorted(rows, key=lambda row: row.id):
            found.append((await self.instance.outcome_of(row.id)).items[0].json)
        return found


@pytest.fixture
async def shop(settings: Settings, api: BotApi) -> AsyncIterator[Shop]:
    settings = replace(settings, egress_allow=("127.0.0.0/8", "::1"), public_url="https://a8n.test")
    made = Shop(settings, api)
    await made.open()
    await made.sign_up()
    yield made
    await made.close()


# --- fetched -----------------------------------------------------------------------------------------------------


async def test_what_is_written_starts_executions_and_nothing_twice(shop: Shop) -> None:
    shop.api.says("before it was published")
    await shop.live(POLLING)
    shop.api.says("/start now please")
    shop.api.presses("S", on=101)
    first, second = await shop.started(2)
    assert (first["kind"], first["command"], first["arguments"]) == ("message", "start", "now please")
    assert (second["kind"], second["data"], second["message_id"]) == ("callback_query", "S", 101)
    assert shop.api.allowed == ["message", "callback_query"]
    await shop.restart()
    shop.api.says("after it came back")
    assert [one["text"] for one in (await shop.started(3))[2:]] == ["after it came back"]


async def test_an_update_that_was_stored_and_not_confirmed_is_told_from_new_ones(shop: Shop) -> None:
    await shop.live(POLLING)
    shop.api.says("one")
    await shop.started(1)
    kept = list(shop.api.updates)
    await shop.restart()
    shop.api.updates[:0] = [one for one in kept if one not in shop.api.updates]  # as if never confirmed
    shop.api.says("two")
    assert [one["text"] for one in await shop.started(2)] == ["one", "two"]


async def test_what_is_not_wanted_is_passed_over(shop: Shop) -> None:
    await shop.live(POLLING, only={"commands": ["/go"], "users": ["@user7"]})
    shop.api.says("hello")
    shop.api.says("/stop")
    shop.api.says("/go", user=8)
    shop.api.says("/go@shop_bot")
    (started,) = await shop.started(1)
    assert started["update_id"] == shop.api.next_update


async def test_an_answer_resumes_the_step_that_asked_and_starts_nothing(shop: Shop) -> None:
    await shop.live(POLLING, only={"commands": ["/go"]})
    execution = await shop.ask(answer={"kind": "text"}, users=["7"])
    shop.api.says("not me", user=8)
    async with asyncio.timeout(30):
        while "may not answer" not in str(await shop.instance.journals.load(execution)):
            await asyncio.sleep(0.02)
    shop.api.says("At noon")
    result = await shop.result(execution)
    assert (result["id"], result["answer"]["text"], result["answer"]["from"]["id"]) == (1, "At noon", 7)
    shop.api.says("/go")
    assert len(await shop.started(1)) == 1


async def test_a_bot_with_a_webhook_elsewhere_is_taken_over_only_when_asked(shop: Shop) -> None:
    shop.api.webhook = {"url": "https://other.example.org/secret-path"}
    for kind, params in ((POLLING, {}), (WEBHOOK, {"path": "bot"})):
        workflow = await shop.watch(kind, **params)
        refused = await shop.http.post(f"/api/workflows/{workflow}/activate", json={})
        assert refused.status_code == 422
        assert "other.example.org" in refused.text
        assert "secret-path" not in refused.text
    assert shop.api.webhook
    await shop.live(POLLING, take_over=True)
    assert shop.api.webhook == {}


# --- sent --------------------------------------------------------------------------------------------------------


async def test_the_webhook_takes_each_update_once_from_telegram_alone(shop: Shop) -> None:
    workflow = await shop.live(WEBHOOK, path="shop-bot", kinds=["message"])
    hook = shop.api.webhook
    assert (hook["url"], hook["allowed_updates"]) == ("https://a8n.test/webhook/shop-bot", ["message"])
    shop.api.says("hello")
    update, secret = shop.api.updates[-1], {"X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]}
    for headers, status in (({}, 401), ({"X-Telegram-Bot-Api-Secret-Token": "guess"}, 401), (secret, 200)):
        answer = await shop.http.post("/webhook/shop-bot", json=update, headers=headers)
        assert answer.status_code == status
    again = await shop.http.post("/webhook/shop-bot", json=update, headers=secret)
    assert again.status_code == 200
    assert (await shop.http.post("/webhook/shop-bot", json={"odd": 1}, headers=secret)).json() == {"ignored": True}
    (started,) = await shop.started(1)
    assert (started["text"], started["update"]) == ("hello", update)
    await shop.post(f"/api/workflows/{workflow}/deactivate", {})
    assert shop.api.webhook == {}


async def test_a_press_sent_to_the_webhook_resumes(shop: Shop) -> None:
    await shop.live(WEBHOOK, path="shop-bot")
    execution = await shop.ask()
    secret = {"X-Telegram-Bot-Api-Secret-Token": shop.api.webhook["secret_token"]}
    shop.api.presses("a8n:0", on=shop.api.next_message)
    answer = await shop.http.post("/webhook/shop-bot", json=shop.api.updates[-1], headers=secret)
    assert answer.json() == {"replied": True}
    assert (await shop.result(execution))["answer"]["approved"] is True


async def test_without_https_the_workflow_does_not_go_live(settings: Settings, api: BotApi) -> None:
    shop = Shop(replace(settings, egress_allow=("127.0.0.0/8", "::1"), public_url="http://a8n.test"), api)
    await shop.open()
    await shop.sign_up()
    workflow = await shop.watch(WEBHOOK, path="shop-bot")
    refused = await shop.http.post(f"/api/workflows/{workflow}/activate", json={})
    assert (refused.status_code, "https" in refused.text) == (422, True)
    assert api.sent("setWebhook") == []
    await shop.close()


# --- what an update is --------------------------------------------------------------------------------------------


def test_the_largest_photo_and_other_media_are_files() -> None:
    def read(**content: Any) -> Any:
        message = {"message_id": 1, "chat": {"id": 42, "type": "private"}, **content}
        item = item_of({"update_id": 1, "message": message})
        assert item is not None
        return item.json.get("file")

    photo = read(photo=[{"file_id": "small", "file_size": 1}, {"file_id": "large", "file_size": 9}], caption="Hi")
    assert (photo["kind"], photo["id"], photo["size"]) == ("photo", "large", 9)
    document = read(document={"file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf"})
    assert (document["name"], document["mime"]) == ("a.pdf", "application/pdf")
    assert read(text="none") is None


@pytest.mark.parametrize("update", [None, [], "x", {}, {"update_id": "1"}, {"update_id": 1}, {"update_id": 1, "m": 2}])
def test_what_is_no_update_is_nothing(update: Any) -> None:
    assert item_of(update) is None


def test_after_a_long_silence_no_offset_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000_000.0)
    assert _offset({"next": 5, "at": 1_000_000_000.0 - IDLE + 1}) == 5
    assert _offset({"next": 5, "at": 1_000_000_000.0 - IDLE - 1}) is None
    assert _offset({"next": None, "at": 0}) is None


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        ({}, True), ({"chats": ["42"]}, True), ({"chats": ["43"]}, False), ({"chats": ["@User7"]}, False),
        ({"users": ["@USER7"]}, True), ({"users": ["@"]}, False), ({"commands": ["go"]}, True),
    ],
)  # fmt: skip
def test_who_and_what_starts(api_trigger: Callable[..., Updates], only: Any, wanted: bool) -> None:
    message = {"message_id": 1, "chat": {"id": 42, "type": "private"}, "text": "/GO",
               "from": {"id": 7, "username": "user7"}}  # fmt: skip
    item = item_of({"update_id": 1, "message": message})
    assert item is not None
    assert api_trigger(only).starts(item) is wanted


@pytest.fixture
def api_trigger() -> Callable[..., Updates]:
    def make(only: Any) -> Updates:
        return NewUpdate.model_validate({"bot": account(BotApi(port=1)), "only": only})

    return make


def test_a_sample_is_a_message(api_trigger: Callable[..., Updates]) -> None:
    (item,) = api_trigger({}).sample()
    assert isinstance(item, Item)
    assert orjson.dumps(item.json)
    assert item.json["text"] == "Hello"
