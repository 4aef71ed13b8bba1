"""Answers to those who wait for an execution: in this process, or over Redis in the one that took the request."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import orjson

from a8n.items import JSON, pack, unpack
from a8n.runtime.bus import Bus
from a8n.runtime.orders import Outcome
from a8n.runtime.records import dump_reply, load_reply
from a8n.services import Caller, Reply

LARGEST = 256 * 2**10
"""Bytes of a result that travel with the news of an end; what is larger is read from the database."""


class Expected:
    """One execution that somebody here waits for."""

    __slots__ = ("caller", "end")

    def __init__(self, caller: Caller | None):
        self.caller = caller
        self.end: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        """How it ended, after the commit; None: ended, but see the database for how."""


class Answers:
    """Who waits in this process for which execution. `address` names the process to the others."""

    def __init__(self, address: str, bus: Bus | None = None):
        self.address = address
        self._bus = bus
        self._expected: dict[str, Expected] = {}

    async def start(self) -> None:
        """Listen to the processes that run what we wait for."""
        if self._bus is not None:
            await self._bus.hear(self._channel(self.address), self._heard)

    def expect(self, execution_id: str, caller: Caller | None = None) -> Expected:
        """Wait for an execution from now on; `forget` it in the end."""
        expected = self._expected.get(execution_id)
        if expected is None or expected.end.done():
            expected = self._expected[execution_id] = Expected(caller)
        return expected

    def forget(self, execution_id: str) -> None:
        """Wait no longer."""
        self._expected.pop(execution_id, None)

    def caller(self, execution_id: str) -> Caller | None:
        """The web request of this process that waits for an execution."""
        expected = self._expected.get(execution_id)
        return expected.caller if expected is not None else None

    def ended(self, execution_id: str, outcome: Outcome, address: str | None) -> None:
        """Tell whoever waits how an execution ended: call it after the commit. `address` is the waiting process's."""
        if address is not None and address != self.address:
            self._send(address, _end(execution_id, outcome))
        else:
            self._end(execution_id, outcome)

    def remote(self, execution_id: str, address: str, commit: Callable[[], Coroutine[Any, Any, None]]) -> Caller:
        """The web request that waits in another process. What it is sent is committed before."""
        return _Remote(self, execution_id, address, commit)

    def _send(self, address: str, message: JSON) -> None:
        if self._bus is not None:
            self._bus.publish(self._channel(address), orjson.dumps(message))

    def _channel(self, address: str) -> str:
        assert self._bus is not None
        return self._bus.key("answers", address)

    def _end(self, execution_id: str, outcome: Outcome | None) -> None:
        expected = self._expected.get(execution_id)
        if expected is not None and not expected.end.done():
            expected.end.set_result(outcome)

    def _heard(self, raw: bytes) -> None:
        message = orjson.loads(raw)
        execution_id, kind = message["id"], message["kind"]
        if kind == "end":
            self._end(execution_id, _outcome(message))
            return
        caller = self.caller(execution_id)
        if caller is None:
            return
        if kind == "reply":
            caller.reply(load_reply(message["reply"]))
        elif kind == "chunk":
            caller.stream(base64.b64decode(message["data"]))


class _Remote:
    """A `Caller` in another process."""

    fleeting = False

    def __init__(
        self, answers: Answers, execution_id: str, address: str, commit: Callable[[], Coroutine[Any, Any, None]]
    ):
        self._answers = answers
        self._id = execution_id
        self._address = address
        self._commit = commit
        self._replying: asyncio.Task[None] | None = None

    def reply(self, reply: Reply) -> None:
        """Send the first reply once what led to it is durable."""
        if self._replying is None:
            self._replying = asyncio.ensure_future(self._reply(reply))

    def stream(self, chunk: bytes) -> None:
        """Send a piece on."""
        data = base64.b64encode(chunk).decode()
        self._answers._send(self._address, {"id": self._id, "kind": "chunk", "data": data})

    async def _reply(self, reply: Reply) -> None:
        await self._commit()
        self._answers._send(self._address, {"id": self._id, "kind": "reply", "reply": dump_reply(reply)})


def _end(execution_id: str, outcome: Outcome) -> dict[str, JSON]:
    message: dict[str, JSON] = {"id": execution_id, "kind": "end", "status": outcome.status, "error": outcome.error}
    items = orjson.dumps(pack({"main": outcome.items}))
    message["items"] = orjson.Fragment(items) if len(items) <= LARGEST else None
    return message


def _outcome(message: JSON) -> Outcome | None:
    if message["items"] is None:
        return None
    return Outcome(message["status"], message["error"], unpack(message["items"]).get("main", []))
