"""Calls of plugin code outside of executions: bounded in time, and whatever they raise is an ordinary error.

A trigger may block, swallow its cancellation, call `sys.exit()` or cancel itself; none of that may reach the loops
that look after all triggers.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

from a8n.errors import NodeError

PATIENCE = 5.0
"""Seconds that a call gets to end once it was cancelled; then it is left alone."""

T = TypeVar("T")


class _Outcome(NamedTuple):
    value: Any
    error: Exception | None


async def awaited(call: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
    """What a coroutine gives. Raises what it raises, as an Exception, and NodeError after `seconds`.

    It runs in a task of its own, from its first to its last step. Cancelling this cancels it.
    """
    task = asyncio.ensure_future(_outcome(call))
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _ended(task)
        raise
    if not task.done():
        await _ended(task)
        raise NodeError(f"no answer within {seconds:g} s")
    if task.cancelled():
        raise NodeError("the plugin cancelled itself")
    given: T = _given(task.result())
    return given


async def computed(function: Callable[[], T], seconds: float = 10.0) -> T:
    """What a function gives that should return at once. Raises as `awaited` does.

    It runs in a thread, which is left behind when it does not return: it cannot be stopped, but the process can.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Outcome] = loop.create_future()

    def settle(outcome: _Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        try:
            outcome = _Outcome(function(), None)
        except BaseException as error:
            outcome = _Outcome(None, tame(error))
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=work, name="a8n-plugin-call", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            outcome = await future
    except TimeoutError:
        raise NodeError(f"no answer within {seconds:g} s") from None
    given: T = _given(outcome)
    return given


def tame(error: BaseException) -> Exception:
    """The error itself where it is an Exception, else one that says what was raised."""
    if isinstance(error, Exception):
        return error
    return NodeError(f"the plugin raised {type(error).__name__}: {error}".removesuffix(": "))


async def _outcome(call: Coroutine[Any, Any, Any]) -> _Outcome:
    try:
        return _Outcome(await call, None)
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return _Outcome(None, tame(error))


async def _ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=PATIENCE)


def _given(outcome: _Outcome) -> Any:
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
