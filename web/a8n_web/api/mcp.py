"""Workflows as tools of MCP clients: the endpoint `/mcp`, by the streamable HTTP transport."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field
from quart import Response

from a8n.errors import A8nError, InvalidError, NodeError
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.admission import OverloadedError
from a8n.runtime.offers import Offer
from a8n.runtime.orders import Outcome
from a8n.runtime.rates import RateError
from a8n.runtime.runs import Started
from a8n.runtime.slots import BusyError
from a8n_web import mcp
from a8n_web.api.users import Body
from a8n_web.calls import Call
from a8n_web.loaders import nothing
from a8n_web.mcp import Asked, RpcError
from a8n_web.problems import Refusal
from a8n_web.routes import Routes
from a8n_web.streams import PING, as_stream

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

routes = Routes("MCP")

PAGE = 200
"""Tools in one answer."""
PATIENCE = 300.0
"""Seconds that a call waits for its execution, which goes on after them."""
MAX_RESULT = 2**20
"""Bytes of a result that are sent."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Message(BaseModel):
    """A JSON-RPC message of the Model Context Protocol."""

    model_config = ConfigDict(extra="allow")

    jsonrpc: str = Field(default="2.0", examples=["2.0"])
    id: str | int | None = Field(default=None, examples=[1])
    """Missing in notifications."""
    method: str | None = Field(default=None, examples=["tools/list"])
    params: dict[str, Any] | None = None


class Scope(Body):
    """Which tools a client sees."""

    project: str | None = None
    """Only those of this project."""


@routes.post("/mcp", Permission.WORKFLOW_RUN, nothing, body=Message, raw_body=True, query=Scope)
async def exchange(call: Call) -> Response:
    """Speak the Model Context Protocol.

    The tools are the active workflows with a tool trigger, of the projects in which the caller may run workflows. The
    answer is JSON, or a stream of events for a call by a client that takes them. No session is kept.
    """
    _same_site(call)
    headers = {name.lower(): value for name, value in call.request.headers.items()}
    number = call.body.get("id")
    known = number if isinstance(number, str | int) else None
    asked = None
    try:
        asked = mcp.read(call.body, headers)
        if asked is None:
            return Response(b"", 202)
        if asked.method == "tools/call":
            return await _called(call, asked, "text/event-stream" in headers.get("accept", ""))
        return _json(mcp.answer(asked, await _result(call, asked)))
    except RpcError as error:
        # To clients of the revisions with a handshake the error of a sound request is an answer like others.
        plain = asked is not None and not asked.stateless
        return _json(mcp.failure(known, error), 200 if plain else error.status)


def _same_site(call: Call) -> None:
    """Refuse pages of other sites, also where a name of theirs leads to this machine (DNS rebinding)."""
    origin = call.request.headers.get("Origin", "").lower()
    if not origin or origin in call.web.settings.allowed_origins:
        return
    ours = urlsplit(call.web.instance.url)
    try:
        theirs = urlsplit(origin)
        same = (theirs.scheme, theirs.hostname, theirs.port) == (ours.scheme, ours.hostname, ours.port)
        local = theirs.hostname in LOCAL and ours.hostname in LOCAL and theirs.port == ours.port
    except ValueError:
        same = local = False
    if not same and not local:
        raise Refusal(403, "pages of this origin may not call; the operator allows others by A8N_ALLOWED_ORIGINS")


async def _result(call: Call, asked: Asked) -> Mapping[str, JSON]:
    match asked.method:
        case "initialize" if not asked.stateless:
            return mcp.initialized(asked)
        case "ping" if not asked.stateless:
            return {}
        case "server/discover" if asked.stateless:
            return mcp.discovered()
        case "tools/list":
            return await _listed(call, asked)
    raise RpcError(mcp.METHOD, f"the method {asked.method[:100]} is not known here", status=404)


async def _tools(call: Call) -> Mapping[str, Offer]:
    """The functions that the caller may run."""
    allowed = await call.web.projects.allowing(call.actor, Permission.WORKFLOW_RUN)
    wanted = call.query.project
    if wanted is not None:
        allowed = {wanted} if allowed is None or wanted in allowed else ()
    return call.web.instance.offers.named(allowed)


async def _listed(call: Call, asked: Asked) -> Mapping[str, JSON]:
    after = asked.params.get("cursor", "")
    if not isinstance(after, str):
        raise RpcError(mcp.PARAMS, "a cursor is one that this server gave")
    names = [(name, offer) for name, offer in sorted((await _tools(call)).items()) if name > after]
    tools = [_described(name, offer) for name, offer in names[:PAGE]]
    cached = mcp.cached(10_000) if asked.stateless else {}
    return {"tools": tools, **cached, **({"nextCursor": names[PAGE - 1][0]} if len(names) > PAGE else {})}


def _described(name: str, offer: Offer) -> dict[str, JSON]:
    effect = offer.function.effect
    return {
        "name": name,
        "title": offer.plan.workflow.name,
        "description": offer.function.description,
        "inputSchema": offer.function.parameters,
        "annotations": {"readOnlyHint": effect == "pure", "idempotentHint": effect != "unsafe"},
    }


async def _called(call: Call, asked: Asked, streams: bool) -> Response:
    """Run a tool, and answer when it has ended."""
    name, arguments = asked.params.get("name"), asked.params.get("arguments") or {}
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise RpcError(mcp.PARAMS, "a call has the name of a tool, and arguments that are an object")
    offer = (await _tools(call)).get(name)
    if offer is None:
        raise RpcError(mcp.PARAMS, f"Unknown tool: {name[:100]}")
    instance = call.web.instance
    try:
        items = offer.trigger.called(arguments)
        call.web.rates.project.take(offer.project_id)
        instance.admission.check()
        key = call.request.headers.get("Idempotency-Key") or None
        if key is not None and len(key) > 300:
            raise RpcError(mcp.PARAMS, "an Idempotency-Key has 300 characters at most")
        started = await instance.runner.start(offer.order(items, "mcp"), idempotency_key=key, awaited=True)
    except (NodeError, InvalidError, BusyError, OverloadedError, RateError) as error:
        return _json(mcp.answer(asked, _failed(str(error))))
    if not started.repeated:
        await call.audit("workflow.run", offer.workflow_id, execution=started.execution_id)
    if streams:
        return as_stream(_events(instance, asked, started))
    return _json(mcp.answer(asked, _ended(started, await instance.outcome(started, PATIENCE))))


async def _events(instance: Instance, asked: Asked, started: Started) -> AsyncIterator[bytes]:
    """The stream that answers a call: progress, where it was asked for, and the result."""
    end = asyncio.ensure_future(instance.outcome(started, PATIENCE))
    watching = aiter(instance.feed.watch(started.execution_id))
    upcoming: asyncio.Future[Any] | None = None
    if asked.progress is not None:
        instance.runner.observe(started.execution_id)
        upcoming = asyncio.ensure_future(anext(watching))
    done = 0
    try:
        while not end.done():
            ready, _ = await asyncio.wait({end, *_known(upcoming)}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
            if not ready:
                yield b": ping\n\n"
            elif upcoming is not None and upcoming in ready:
                event = upcoming.result().event
                last = event.kind == "execution.finished"
                upcoming = None if last else asyncio.ensure_future(anext(watching))
                if event.kind == "step.finished":
                    done += 1
                    yield _event(mcp.progressed(asked, done, f"{event.node} {event.status}"))
        try:
            message = mcp.answer(asked, _ended(started, end.result()))
        except A8nError as error:
            message = mcp.answer(asked, _failed(str(error)))
        yield _event(message)
    finally:
        waiting = [end, *_known(upcoming)]
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await watching.aclose()  # type: ignore[attr-defined]  # an async generator


def _known(future: asyncio.Future[Any] | None) -> list[asyncio.Future[Any]]:
    return [] if future is None else [future]


def _ended(started: Started, outcome: Outcome) -> dict[str, JSON]:
    """How an execution ended, as the result of a call."""
    execution = started.execution_id
    if outcome.status == "succeeded":
        objects = [item.json for item in outcome.items]
        value: JSON = objects[0] if len(objects) == 1 else {"items": objects}
        text = orjson.dumps(value).decode()
        if len(text) > MAX_RESULT:
            return _failed(f"the result has {len(text):,} characters, which is too much; see the execution {execution}")
        return {"content": [{"type": "text", "text": text}], "structuredContent": value, "isError": False}
    if outcome.status in ("waiting", "queued", "running"):
        text = f"the workflow goes on, and has no result yet: its execution {execution} is {outcome.status}"
        told: JSON = {"execution_id": execution, "status": outcome.status}
        return {"content": [{"type": "text", "text": text}], "structuredContent": told, "isError": False}
    reason = outcome.error.get("message") if outcome.error is not None else None
    return _failed(f"the workflow {outcome.status}: {reason or 'it does not say why'} (execution {execution})")


def _failed(text: str) -> dict[str, JSON]:
    return {"content": [{"type": "text", "text": text[:10_000]}], "isError": True}


def _event(message: JSON) -> bytes:
    return b"event: message\ndata: " + orjson.dumps(message) + b"\n\n"


def _json(message: JSON, status: int = 200) -> Response:
    response = Response(orjson.dumps(message), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
