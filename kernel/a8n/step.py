"""Running one node: resolving its parameters for each item, calling it, and placing what it returns."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from a8n.credential import Credential
from a8n.errors import NodeError, StopError
from a8n.items import JSON, Item, pack, unpack
from a8n.node import BatchNode, Context, Node, Routed, Wait
from a8n.plan import ERROR, PlannedNode
from a8n.scope import StepScope

Outputs = dict[str, list[Item]]

MAX_ITEMS = 1_000_000
"""Of one output port of one step."""
MAX_MESSAGE = 10_000
"""Characters of an error that are kept."""


class Retrial(Wait):
    """A step that is to be tried again later: what it has done is kept, nobody holds a worker meanwhile."""


class PostponedError(Exception):
    """An attempt failed, and the next one is too far away to sleep until then."""

    def __init__(self, delay: float, attempt: int):
        super().__init__()
        self.delay = delay
        self.attempt = attempt
        """The one that comes next."""


class StepFailedError(Exception):
    """A step ended with an error that its node's settings do not catch."""

    def __init__(self, error: dict[str, JSON], cause: BaseException):
        super().__init__(str(error["message"]))
        self.error = error
        self.cause = cause


def describe(error: BaseException, item: int | None = None) -> dict[str, JSON]:
    """An error as the JSON that executions show. Unknown exceptions keep their class name; nothing else leaks."""
    described: dict[str, JSON] = {"kind": type(error).__name__, "message": _text(error) or type(error).__name__}
    if isinstance(error, NodeError):
        described["kind"] = "NodeError" if type(error) is NodeError else type(error).__name__
        described.update({"hint": error.hint, "field": error.field})
    elif isinstance(error, TimeoutError):
        described["message"] = _text(error) or "the step took longer than its timeout"
    if item is not None:
        described["item"] = item
    return {name: value for name, value in described.items() if value is not None}


def _text(error: BaseException) -> str:
    """What an error says. Its class is a plugin's or an SDK's, and may fail even at that."""
    try:
        text = str(error)
    except Exception:
        return ""
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}…"


def tamed(error: BaseException) -> Exception:
    """The error of a node as one that ends its step and no more: `sys.exit()` in an SDK must not end the process."""
    if isinstance(error, Exception):
        return error
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        raise error
    return NodeError(f"the node raised {type(error).__name__}: {_text(error)}".removesuffix(": "), retryable=False)


def run_instant(node: PlannedNode, ctx: Context, scope: StepScope, items: Sequence[Item]) -> Outputs:
    """Run a pure node without awaiting anything. Raises StepFailedError."""
    if node.settings.disabled:
        return {node.outputs[0]: [Item(item.json, item.files, i) for i, item in enumerate(items)]}
    outputs: Outputs = {}
    if node.is_batch:
        try:
            batch = cast(BatchNode, node.binder.bind(scope))
            place_batch(node, batch.run(ctx, items), items, ctx, outputs)
        except BaseException as error:
            caught(node, tamed(error), items, None, outputs)
        return outputs
    bind, constant = node.binder.bind, cast("Node | None", node.binder.constant)
    for i, item in enumerate(items):
        try:
            ctx.index, ctx.item = i, item
            if constant is None:
                if i:
                    scope.at(i)
                result = cast(Node, bind(scope)).run(ctx)
            else:
                result = constant.run(ctx)
            place(node, result, i, outputs)
        except BaseException as error:
            caught(node, tamed(error), (item,), i, outputs)
    return outputs


async def run_awaited(
    node: PlannedNode,
    ctx: Context,
    scope: StepScope,
    items: Sequence[Item],
    opened: Mapping[str, Credential],
    patience: float = math.inf,
    postponed: Mapping[str, JSON] | None = None,
    payload: JSON = None,
) -> Outputs | Wait:
    """Run a node that awaits, retries or opens credentials. Raises StepFailedError.

    A retry that is more than `patience` seconds away gives a `Retrial`, whose data comes back as `postponed`. So does
    that of an item that waits, together with the `payload` that ended its wait.
    """
    if node.is_batch:
        return await _run_batch(node, ctx, scope, items, opened, patience, postponed)
    state = postponed or {}
    outputs: Outputs = unpack(state.get("outputs", {}))
    ahead = {int(index): unpack(packed) for index, packed in state.get("ahead", {}).items()}
    attempts = {int(index): number for index, number in state.get("attempts", {}).items()}
    width = 1 if node.effect == "pure" else cast("type[Node]", node.cls).concurrency
    for start in range(state.get("next", 0), len(items), width):
        if node.effect == "pure" and start % 256 == 255:
            await asyncio.sleep(0)  # a long run of items leaves the loop to the others now and then
        chunk = range(start, min(start + width, len(items)))
        if len(chunk) == 1 and not ahead:
            ctx.attempt = attempts.get(start, 1)
            ctx.state = state.get("state") if start == state.get("next", 0) else None
            if width == 1 and node.effect != "pure":
                ctx.position = {"outputs": pack(outputs), "next": start, "ahead": {}}
            over = (state["held"], payload) if "held" in state and start == state["next"] else None
            results = [await _item(node, ctx, scope, items[start], start, opened, patience, over)]
            if isinstance(results[0], Wait) and width == 1:
                return _held(results[0], ctx, outputs, start)
        else:
            open_ones = [i for i in chunk if i not in ahead]
            given = await asyncio.gather(
                *(_item(node, _fork(ctx, attempts.get(i, 1)), scope, items[i], i, opened, patience) for i in open_ones)
            )
            found = dict(zip(open_ones, given, strict=True))
            results = [found.get(i) for i in chunk]
        late = {i: r for i, r in zip(chunk, results, strict=True) if type(r) is PostponedError}
        first = min(late, default=chunk.stop)
        for i, result in zip(chunk, results, strict=True):
            if i in ahead:
                _join(outputs, ahead.pop(i) if i < first else {})
            elif i not in late:
                own = outputs if i < first else ahead.setdefault(i, {})
                _placed(node, result, items[i], i, own)
        if late:
            return _retrial(late, outputs, first, ahead, ctx.state)
    return outputs


def _placed(node: PlannedNode, result: Any, item: Item, index: int, outputs: Outputs) -> None:
    try:
        if isinstance(result, Exception):
            raise result
        place(node, result, index, outputs)
    except Exception as error:
        caught(node, error, (item,), index, outputs)


def _join(outputs: Outputs, more: Outputs) -> None:
    for port, items in more.items():
        outputs.setdefault(port, []).extend(items)


def _retrial(
    late: Mapping[int, PostponedError], outputs: Outputs, first: int, ahead: Mapping[int, Outputs], state: JSON = None
) -> Retrial:
    """Go on at item `first`, with the outputs of those before it and of those `ahead` that are done already."""
    soonest = min(error.delay for error in late.values())
    data = {
        "outputs": pack(outputs),
        "next": first,
        "ahead": {str(index): pack(own) for index, own in ahead.items()},
        "attempts": {str(index): error.attempt for index, error in late.items()},
        "state": state,
    }
    return Retrial(until=datetime.now(UTC) + timedelta(seconds=soonest), data=data)


def _held(wait: Wait, ctx: Context, outputs: Outputs, index: int) -> Wait:
    """The wait of one item as that of its step: what the items before it gave is kept with it."""
    data = {
        "outputs": pack(outputs),
        "next": index,
        "ahead": {},
        "attempts": {str(index): ctx.attempt},
        "state": ctx.state,
        "held": dict(wait.data),
    }
    return replace(wait, data=data)


async def _run_batch(
    node: PlannedNode, ctx: Context, scope: StepScope, items: Sequence[Item], opened: Mapping[str, Credential],
    patience: float, postponed: Mapping[str, JSON] | None,
) -> Outputs | Wait:  # fmt: skip
    outputs: Outputs = {}
    ctx.attempt = postponed["attempts"]["0"] if postponed else 1
    ctx.state = postponed.get("state") if postponed else None
    ctx.position = {"outputs": {}, "next": 0, "ahead": {}}
    try:
        result = await _attempts(node, ctx, lambda: _batch(node, ctx, scope, items, opened), patience)
        if isinstance(result, Wait):
            return result
        place_batch(node, result, items, ctx, outputs)
    except PostponedError as error:
        return _retrial({0: error}, {}, 0, {}, ctx.state)
    except Exception as error:
        caught(node, error, items, None, outputs)
    return outputs


async def run_resumed(
    node: PlannedNode, ctx: Context, step: BatchNode, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON
) -> Outputs | Wait:
    """Go on with a node whose wait is over. Raises StepFailedError."""
    outputs: Outputs = {}
    try:
        result = await _result(lambda: step.resume(ctx, items, data, payload))
        if isinstance(result, Wait):
            return result
        place_batch(node, result, items, ctx, outputs)
    except Exception as error:
        caught(node, error, items, None, outputs)
    return outputs


async def _item(
    node: PlannedNode, ctx: Context, scope: StepScope, item: Item, index: int, opened: Mapping[str, Credential],
    patience: float, over: tuple[Mapping[str, JSON], JSON] | None = None,
) -> Any:  # fmt: skip
    """The result of one item, or the exception it ended with. `over` is what a wait of its kept, and what ended it."""
    ctx.index, ctx.item = index, item

    def call() -> Any:
        scope.at(index)
        bound = cast(Node, node.binder.bind(scope, opened))
        return bound.run(ctx) if over is None else bound.resume(ctx, *over)

    try:
        return await _attempts(node, ctx, call, patience)
    except Exception as error:
        return error


def _batch(
    node: PlannedNode, ctx: Context, scope: StepScope, items: Sequence[Item], opened: Mapping[str, Credential]
) -> Any:
    return cast(BatchNode, node.binder.bind(scope, opened)).run(ctx, items)


def _fork(ctx: Context, attempt: int) -> Context:
    """A context of its own for an item that runs beside others; it shares the log."""
    twin = Context(
        execution=ctx.execution, node_id=ctx.node_id, path=ctx.path, attempt=attempt, inputs=ctx.inputs,
        items=ctx.items, services=ctx._services, caller=ctx.caller, loop=ctx.loop, progress=ctx.progress,
        resume_url=ctx.resume_url,
    )  # fmt: skip
    twin.call = ctx.call
    twin.tools = ctx.tools
    twin.logs = ctx.logs
    twin.children = ctx.children
    return twin


async def _attempts(node: PlannedNode, ctx: Context, call: Any, patience: float) -> Any:
    """Call until it succeeds or the retry policy gives up. Raises PostponedError where the next attempt is far away."""
    retry = node.settings.retry
    attempt = ctx.attempt
    while True:
        try:
            async with asyncio.timeout(node.settings.timeout):
                return await _result(call)
        except Exception as error:
            if attempt >= retry.attempts or not retryable(error, retry.on):
                raise
            delay = retry_delay(node, attempt, error)
            ctx.log(f"attempt {attempt} failed: {_text(error)}; trying again in {delay:.1f} s")
            attempt += 1
            if delay > patience:
                raise PostponedError(delay, attempt) from error
            await asyncio.sleep(delay)
            ctx.attempt = attempt


async def _result(call: Callable[[], Any]) -> Any:
    try:
        returned = call()
        if isinstance(returned, AsyncIterator):
            return [value async for value in returned]
        if isinstance(returned, Awaitable):
            return await returned
        return returned
    except Exception:
        raise
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise  # of our doing; a node that raises it by itself has just failed
        raise tamed(error) from error


def retryable(error: BaseException, only: Sequence[str]) -> bool:
    """Whether trying again could help, and the policy allows it for this error."""
    if isinstance(error, NodeError) and not error.retryable:
        return False
    if isinstance(error, ValidationError):
        return False
    return not only or any(text in _text(error) for text in only)


def retry_delay(node: PlannedNode, attempt: int, error: BaseException) -> float:
    """Seconds until the next attempt."""
    retry = node.settings.retry
    delay = retry.delay if retry.backoff == "constant" else retry.delay * 2 ** (attempt - 1)
    delay = min(delay, retry.max_delay) * (1 + retry.jitter * random.random())  # noqa: S311  # not a secret
    asked = getattr(error, "retry_after", None) if retry.honour_retry_after else None
    return max(delay, asked or 0.0)


def caught(node: PlannedNode, error: Exception, items: Sequence[Item], index: int | None, outputs: Outputs) -> None:
    """Do with an error what the node's settings say: raise it as the step's, or send the items on with it."""
    described = describe(error, index)
    if node.settings.on_error == "stop" or isinstance(error, StopError):
        raise StepFailedError(described, error) from error
    port = ERROR if node.settings.on_error == "output" else node.outputs[0]
    for offset, item in enumerate(items):
        source = offset if index is None else index
        outputs.setdefault(port, []).append(Item({**item.json, "error": described}, item.files, source))


def place(node: PlannedNode, value: Any, index: int, outputs: Outputs) -> None:
    """Put what a per-item `run` returned on the ports, with its lineage."""
    kind = type(value)
    port = node.outputs[0]
    if kind is Routed:
        port, value = _port(node, value), value.value
        kind = type(value)
    if kind is dict and node.output_model is None:
        outputs.setdefault(port, []).append(Item(value, None, index))
    elif kind is Item:
        outputs.setdefault(port, []).append(Item(value.json, value.files, index))
    elif value is None:
        return
    elif isinstance(value, list | tuple):
        for one in value:
            if type(one) is Routed:
                place(node, one, index, outputs)
            else:
                _single(node, one, index, port, outputs)
    else:
        _single(node, value, index, port, outputs)


def _single(node: PlannedNode, value: Any, source: Any, port: str, outputs: Outputs) -> None:
    if isinstance(value, Item):
        item = Item(value.json, value.files, source)
    elif isinstance(value, BaseModel):
        item = Item(value.model_dump(mode="json"), None, source)
    elif isinstance(value, Mapping):
        item = Item(dict(value), None, source)
    else:
        raise NodeError(
            f"{node.type.key} returned {type(value).__name__}; a node returns objects, items, or lists of them",
            retryable=False,
        )
    _fits(node, item, value)
    outputs.setdefault(port, []).append(item)


def _fits(node: PlannedNode, item: Item, value: Any) -> None:
    """A plain object from a node that declares a model must fit it."""
    model = node.output_model
    if model is None or isinstance(value, model):
        return
    try:
        model.model_validate(item.json)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise NodeError(
            f"{node.type.key} returned what its schema forbids: {place}: {first['msg']}", retryable=False
        ) from None


def _port(node: PlannedNode, routed: Routed) -> str:
    if routed.port not in node.outputs:
        raise NodeError(
            f"{node.type.key} sent items to {routed.port!r}; its outputs are {', '.join(node.outputs)}",
            retryable=False,
        )
    return routed.port


def place_batch(node: PlannedNode, result: Any, items: Sequence[Item], ctx: Context, outputs: Outputs) -> None:
    """Put what a batch `run` returned on the ports. Items that came in keep their lineage by identity."""
    positions: dict[int, int] = {}
    for position, item in enumerate(_whole_input(node, ctx)):
        positions.setdefault(id(item), position)
    values = result if isinstance(result, list | tuple) else [] if result is None else [result]
    for value in values:
        if isinstance(value, Routed):
            port = _port(node, value)
            inner = value.value
            for one in inner if isinstance(inner, list | tuple) else (inner,):
                _batch_single(node, one, port, positions, outputs)
        else:
            _batch_single(node, value, node.outputs[0], positions, outputs)


def _whole_input(node: PlannedNode, ctx: Context) -> Iterable[Item]:
    """What lineage counts through: all inputs in order; for the head of a loop those of all its iterations."""
    if ctx.loop is not None:
        return (*ctx.loop.entry, *ctx.loop.returned)
    return (item for port in node.inputs for item in ctx.inputs.get(port, ()))


def _batch_single(node: PlannedNode, value: Any, port: str, positions: dict[int, int], outputs: Outputs) -> None:
    if type(value) is Item:
        source = positions.get(id(value), value.source)
        outputs.setdefault(port, []).append(Item(value.json, value.files, source))
    elif value is not None:
        _single(node, value, None, port, outputs)
