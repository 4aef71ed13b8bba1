"""Commands and their answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from a8n import NodeError
from a8n_redis.refusals import explained
from a8n_redis.server import Reach, RedisServer

if TYPE_CHECKING:
    from a8n_redis.line import Line

PATIENCE = 30.0
"""Seconds that a server may take for an answer."""
Command = Sequence[str | bytes | int | float]


class Session:
    """A signed-in connection. Made by `connected`."""

    def __init__(self, server: RedisServer, line: Line):
        self._server = server
        self._line = line

    async def ask(
        self, *command: str | bytes | int | float, field: str | None = None, again: bool = True, wait: float = PATIENCE
    ) -> Any:
        """The answer to a command: bytes, a number, None, or a list of these.

        `field` is the parameter at fault where the server refuses; `again` tells whether the command may be sent a
        second time when its answer is lost. Raises NodeError.
        """
        (answer,) = await self._exchange([command], field, again, wait)
        return answer

    async def ask_together(self, *commands: Command, field: str | None = None, again: bool = True) -> list[Any]:
        """The answers to commands that are carried out as one (MULTI), with nothing of others in between."""
        everything = [("MULTI",), *commands, ("EXEC",)]
        answers: list[Any] = (await self._exchange(everything, field, again, PATIENCE))[-1]
        for answer in answers:
            if isinstance(answer, Exception):
                raise explained(self._server, answer, field, again)
        return answers

    async def tell(self, *command: str) -> str:
        """The answer as text; empty where the server refuses it."""
        from redis.exceptions import ResponseError

        try:
            answer = await self.ask(*command)
        except NodeError as error:
            if not isinstance(error.__cause__, ResponseError):
                raise
            return ""
        return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else ""

    async def send(self, *command: str | bytes | int) -> None:
        """Send a command whose answer comes by `receive`."""
        try:
            await self._line.send_command(*command)
        except Exception as error:
            raise explained(self._server, error) from error

    async def receive(self) -> Any:
        """The next answer, or the next thing that the server tells by itself; waits for it without end."""
        try:
            self._line.answers.received = 0
            return await self._line.read_response()
        except Exception as error:
            raise explained(self._server, error) from error

    async def _exchange(self, commands: Sequence[Command], field: str | None, again: bool, wait: float) -> list[Any]:
        """All answers, even where one is an error: what follows it stays in step."""
        from redis.exceptions import ResponseError

        answers: list[Any] = []
        refusal: ResponseError | None = None
        try:
            async with asyncio.timeout(wait):
                await self._line.send_packed_command(self._line.pack_commands(commands), check_health=False)
                for _ in commands:
                    self._line.answers.received = 0
                    try:
                        answers.append(await self._line.read_response())
                    except ResponseError as error:
                        refusal = refusal or error
        except Exception as error:
            raise explained(self._server, error, field, again) from error
        if refusal is not None:
            raise explained(self._server, refusal, field, again) from refusal
        return answers


@asynccontextmanager
async def connected(server: RedisServer, reach: Reach) -> AsyncIterator[Session]:
    """A session of its own. Raises NodeError."""
    from a8n_redis.line import Line

    tls = server.tls()
    line = Line(server, await reach(server.host, server.port), tls)
    try:
        try:
            await line.open()
        except Exception as error:
            raise explained(server, error) from error
        yield Session(server, line)
    finally:
        with suppress(Exception):
            await line.disconnect(nowait=True)
