"""The webhook ingress: a small ASGI application in front of Quart, because it is the hot path.

A request is read by the strict reader, matched, authenticated, run and answered here. What it promises: an
answer that says "accepted", and an answer that carries a result, are sent after the commit of what they say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from a8n.credential import Credential
from a8n.errors import A8nError, InvalidError, UnauthorizedError
from a8n.items import JSON, FileRef, Item
from a8n.runtime.admission import OverloadedError
from a8n.runtime.errors import StoreError, StoreFullError, StoreUnavailableError
from a8n.runtime.hooks import Found, Hook
from a8n.runtime.instance import Instance
from a8n.runtime.orders import Order, Outcome
from a8n.runtime.rates import RateError, neighbourhood
from a8n.runtime.runs import Started
from a8n.runtime.slots import BusyError
from a8n.services import Reply
from a8n.trigger import Request, WebhookTrigger
from a8n_web import chatting, resuming
from a8n_web.addresses import client_address
from a8n_web.requests import BodyError, read_body, read_content, read_head

log = logging.getLogger("a8n.ingress")

PREFIX = "/webhook/"
RESUME = "/resume/"
FORM = "/form/"
CHAT = "/chat/"
TRAP = "a8n-homepage"
"""Field of a public form that people do not see; no name of a field can be this one."""
REPLY_TIMEOUT = 300.0
"""Seconds until a caller who waits for a Respond node gets a 504."""

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"sandbox allow-forms allow-scripts allow-popups"),
]
"""Set last on every answer that a workflow made, so that its HTML cannot act as the builder's origin."""
JSON_TYPE = (b"content-type", b"application/json")
IGNORED = b'{"ignored":true}'
DROPPED = frozenset({"content-length", "transfer-encoding", "connection", "content-security-policy", "set-cookie"})


class Waiting:
    """The web request that waits for an execution: a `Caller`."""

    __slots__ = ("_ready", "answer", "chunks", "fleeting", "streaming")

    def __init__(self, streaming: bool = False, fleeting: bool = True) -> None:
        self.fleeting = fleeting
        self._ready = asyncio.Event()
        self.answer: Reply | None = None
        self.streaming = streaming
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=10_000)

    def reply(self, reply: Reply) -> None:
        """Keep the first reply."""
        if self.answer is None:
            self.answer = reply
            self._ready.set()

    def stream(self, chunk: bytes) -> None:
        """Pass a piece on; a caller who reads too slowly loses the stream, not the execution."""
        if self.streaming and not self.chunks.full():
            self.chunks.put_nowait(chunk)

    async def replied(self) -> None:
        """Return when there is a reply."""
        await self._ready.wait()


class Ingress:
    """Answers `/webhook/…`, `/form/…`, `/chat/…` and `/resume/…`; everything else goes to the inner application."""

    def __init__(self, instance: Instance, inner: App):
        self._instance = instance
        self._inner = inner
        self._hooks = instance.hooks
        self._runner = instance.runner
        self._limit = instance.settings.max_body
        self._admission = instance.admission
        self._rates = instance.rates
        self._proxies = instance.settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path.startswith(PREFIX):
                await self._guarded(self._webhook, scope, receive, send, path[len(PREFIX) :].rstrip("/"))
                return
            if path.startswith(FORM):
                await self._guarded(self._form, scope, receive, send, path[len(FORM) :].rstrip("/"))
                return
            if path.startswith(CHAT):
                await self._guarded(self._chat, scope, receive, send, path[len(CHAT) :].rstrip("/"))
                return
            if path.startswith(RESUME):
                await self._guarded(self._resume, scope, receive, send, path[len(RESUME) :])
                return
        await self._inner(scope, receive, send)

    async def _guarded(self, handler: Any, scope: Scope, receive: Receive, send: Send, rest: str) -> None:
        """Turn every failure into the problem that its cause deserves."""
        try:
            await handler(scope, receive, send, rest)
        except BodyError as error:
            await _problem(send, error.status, error.title, str(error))
        except UnauthorizedError as error:
            extra = [(b"www-authenticate", error.challenge.encode())] if error.challenge else []
            await _problem(send, error.status, "Unauthorized", str(error), extra)
        except InvalidError as error:
            await _problem(send, 409, "The workflow cannot run", str(error))
        except StoreFullError as error:
            await _problem(send, 507, "Out of space", str(error))
        except StoreUnavailableError as error:
            await _problem(send, 503, "Not available now", str(error), [(b"retry-after", b"2")])
        except OverloadedError as error:
            await _problem(send, 503, "Too much to do", str(error), _retry(error.retry_after))
        except RateError as error:
            await _problem(send, 429, "Too many requests", str(error), _retry(error.retry_after))
        except BusyError as error:
            await _problem(send, 429, "Skipped", str(error), [*_retry(5), *_execution(error.execution_id)])
        except A8nError as error:
            await _problem(send, 422, "Refused", str(error))

    # --- webhooks --------------------------------------------------------------------------------------------

    async def _webhook(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        method: str = scope["method"]
        found = self._hooks.find(method, path)
        if found is None or found.hook.route.form is not None:
            await self._unmatched(scope, send, method, path)
            return
        hook = found.hook
        request = await self._admitted(scope, receive, found, path)
        origin = _origin(scope, hook)
        trigger = await self._authentic(hook, request)
        await read_content(self._instance, request, hook.route.raw)
        items = trigger.receive(request)
        if items is None:
            reply = trigger.acknowledge(request) or Reply(200, {"content-type": "application/json"}, IGNORED)
            await self._reply(send, reply, origin)
            return
        if hook.replies and items:
            items = await self._instance.live.unanswered(hook, trigger, items)
            if not items:
                await _send(send, 200, [JSON_TYPE, *origin], b'{"replied":true}')
                return
        order = self._order(hook, request, items)
        key = _idempotency_key(hook, trigger, request)
        try:
            await _ANSWERS[hook.route.respond](self, send, hook, order, key, origin)
        except Exception:
            trigger.release(request)
            raise

    async def _admitted(self, scope: Scope, receive: Receive, found: Found, path: str) -> Request:
        """The request, its content unread. Raises OverloadedError, RateError and BodyError."""
        self._admission.check()
        if self._rates.of_webhooks:
            self._count(scope, found.hook)
        raw = await read_body(scope, receive, min(self._limit, found.hook.route.max_bytes))
        return read_head(scope, raw, found, path, self._client(scope))

    async def _authentic(self, hook: Hook, request: Request) -> WebhookTrigger:
        """The trigger, once the request has proved who it is from. Raises UnauthorizedError."""
        trigger = hook.trigger or await self._bound(hook)
        if not trigger.open_to_all():
            await trigger.authenticate(request)
        return trigger

    def _order(self, hook: Hook, request: Request, items: list[Item], mode: str = "webhook") -> Order:
        """What is to be started; somebody who listens in the editor sees it, too."""
        if hook.listening:
            self._instance.live.capture(hook, request, items)
        return Order(
            hook.workflow_id, hook.project_id, hook.workflow_name, hook.plan.workflow,
            hook.version, hook.node, items, "test" if hook.listening else mode,
        )  # fmt: skip

    def _page_at(self, path: str, *, chat: bool) -> Found | None:
        """The form, or the chat, at a path."""
        found = self._hooks.find("POST", path)
        here = found is not None and found.hook.route.form is not None and found.hook.route.chat is chat
        return found if here else None

    async def _form(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """A public form: GET shows it, and POST starts an execution once the answers fit, after the commit of that."""
        found = self._page_at(path, chat=False)
        if found is None:
            await resuming.nothing().send(send)
            return
        if scope["method"] not in ("GET", "POST"):
            await _problem(send, 405, "Method not allowed", "a form takes GET and POST", [(b"allow", b"GET, POST")])
            return
        hook, form = found.hook, found.hook.route.form
        assert form is not None
        request = await self._admitted(scope, receive, found, path)
        if request.method == "GET":
            await resuming.offered(request, form, TRAP).send(send)
            return
        trigger = await self._authentic(hook, request)
        given = dict(resuming.read_answers(self._instance, request))
        if given.pop(TRAP, ""):
            await resuming.accepted(request, form, None).send(send)
            return
        answers, complaints = resuming.checked(form, request, given)
        if complaints:
            await resuming.refused(request, form, given, complaints, TRAP).send(send)
            return
        request.body = answers
        items = trigger.receive(request)
        if items is None:
            await resuming.accepted(request, form, None).send(send)
            return
        try:
            execution_id = await self._runner.submit(self._order(hook, request, items))
        except Exception:
            trigger.release(request)
            raise
        await resuming.accepted(request, form, execution_id).send(send)

    async def _chat(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """A chat: GET shows its page, and POST starts an execution for a message and sends its answer as it comes.

        A message that is sent again, after a lost connection, say, starts nothing and gets the answer of the first.
        """
        if scope["method"] not in ("GET", "POST"):
            await _problem(send, 405, "Method not allowed", "a chat takes GET and POST", [(b"allow", b"GET, POST")])
            return
        part = chatting.part(read_head(scope, b"", None, path, ""), path) if scope["method"] == "GET" else None
        found = self._page_at(path, chat=True) if part is None else None
        if part is not None or found is None:
            await (part or resuming.nothing()).send(send)
            return
        hook = found.hook
        request = await self._admitted(scope, receive, found, path)
        trigger = hook.trigger or await self._bound(hook)
        if request.method == "GET":
            await chatting.page(hook.route, locked=not trigger.open_to_all()).send(send)
            return
        await self._authentic(hook, request)
        assert hook.route.form is not None
        request.body = chatting.read_message(hook.route.form, request)
        items = trigger.receive(request)
        order = self._order(hook, request, items or [], "chat")
        try:
            started = await self._begin(hook, order, _idempotency_key(hook, trigger, request))
        except Exception:
            trigger.release(request)
            raise
        await chatting.answer(send, self._instance, hook.plan.workflow, started)

    def _count(self, scope: Scope, hook: Hook) -> None:
        """Take a token of whatever a request is counted by. Raises RateError."""
        if self._rates.address.rate:
            self._rates.address.take(neighbourhood(self._client(scope)))
        self._rates.webhook.take(f"{hook.workflow_id} {hook.node}")
        self._rates.project.take(hook.project_id)

    def _client(self, scope: Scope) -> str:
        client = scope.get("client")
        peer: str = client[0] if client else ""
        return client_address(peer, scope["headers"], self._proxies) if self._proxies else peer

    async def _unmatched(self, scope: Scope, send: Send, method: str, path: str) -> None:
        found = self._hooks.find("POST", path)
        page = found is not None and found.hook.route.form is not None
        methods = [] if page else self._hooks.methods(path)
        if method == "OPTIONS" and methods:
            await self._preflight(scope, send, path, methods)
        elif methods:
            text = f"this webhook takes {', '.join(methods)}"
            await _problem(send, 405, "Method not allowed", text, [(b"allow", ", ".join(methods).encode())])
        elif self._hooks.broken(method, path):
            text = "the workflow that listens here cannot run now; whoever looks after it finds why in the editor"
            await _problem(send, 503, "Out of order", text, [(b"retry-after", b"60")])
        else:
            await _problem(send, 404, "No such webhook", f"no active workflow listens to {method} {path}")

    async def _preflight(self, scope: Scope, send: Send, path: str, methods: list[str]) -> None:
        found = self._hooks.find(methods[0], path)
        headers: Headers = [(b"allow", ", ".join([*methods, "OPTIONS"]).encode())]
        allowed = _origin(scope, found.hook) if found is not None else []
        if allowed:
            asked = dict(scope["headers"]).get(b"access-control-request-headers", b"content-type")
            headers += [
                *allowed,
                (b"access-control-allow-methods", ", ".join(methods).encode()),
                (b"access-control-allow-headers", asked[:1000]),
                (b"access-control-max-age", b"600"),
            ]
        await _send(send, 204, headers, b"")

    async def _bound(self, hook: Hook) -> WebhookTrigger:
        """The trigger with its credentials opened, which happens for each request."""
        node = hook.plan.nodes[0]
        services = self._instance.services(hook.project_id)
        opened: dict[str, Credential] = {}
        for use in node.binder.credentials:
            assert services.credentials is not None
            try:
                opened[use.id] = await services.credentials.open(use.id)
            except StoreError:
                raise
            except A8nError as error:
                log.error("the webhook %s of workflow %s cannot check who calls: %s", node.id, hook.workflow_id, error)
                text = "this webhook cannot check who calls; whoever looks after it has to see to its credential"
                raise BodyError(503, "Out of order", text) from None
        trigger = node.binder.fill(opened)
        assert isinstance(trigger, WebhookTrigger)
        return trigger

    async def _begin(self, hook: Hook, order: Order, key: str | None, caller: Waiting | None = None) -> Started:
        """Start the execution here and now. Without a key nothing is awaited: the commit comes with the answer."""
        if key is not None or self._runner.limited or order.document.settings.concurrency is not None:
            return await self._runner.start(order, caller=caller, idempotency_key=key, awaited=True)
        run = self._runner.prepare(order, hook.plan, caller, awaited=True)
        self._runner.drive(run)
        return Started(run.id, run)

    async def _immediately(self, send: Send, hook: Hook, order: Order, key: str | None, origin: Headers) -> None:
        if key is None:
            execution_id = await self._runner.submit(order)
        else:
            execution_id = (await self._runner.start(order, idempotency_key=key)).execution_id
        body = hook.route.body if hook.route.body is not None else {"execution_id": execution_id}
        kind, raw = (_TEXT, body.encode()) if isinstance(body, str) else (JSON_TYPE, orjson.dumps(body))
        headers = [*_with_type(_route_headers(hook), kind), *origin, *_execution(execution_id)]
        await _send(send, hook.route.status, headers, raw)

    async def _last_node(self, send: Send, hook: Hook, order: Order, key: str | None, origin: Headers) -> None:
        started = await self._begin(hook, order, key)
        outcome = await self._outcome(started)
        await self._result(send, hook, started.execution_id, outcome, origin)

    async def _result(self, send: Send, hook: Hook, execution_id: str, outcome: Outcome, origin: Headers) -> None:
        headers = [*origin, *_execution(execution_id)]
        if outcome.status in ("succeeded", "waiting"):
            headers = [*_route_headers(hook), *headers]
        if outcome.status == "waiting":
            await _send(send, 202, _with_type(headers, JSON_TYPE), orjson.dumps({"execution_id": execution_id}))
        elif outcome.status != "succeeded":
            await _failed(send, execution_id, headers)
        elif hook.route.returns == "file":
            await self._file(send, hook.route.status, outcome.items, headers)
        elif hook.route.returns == "none":
            await _send(send, hook.route.status, headers, b"")
        else:
            objects: JSON = [item.json for item in outcome.items]
            if hook.route.returns == "first":
                objects = objects[0] if objects else {}
            await _send(send, hook.route.status, _with_type(headers, JSON_TYPE), orjson.dumps(objects))

    async def _file(self, send: Send, status: int, items: Any, headers: Headers) -> None:
        ref = next((ref for item in items for ref in (item.files or {}).values()), None)
        if ref is None:
            await _problem(send, 422, "No file", "the last node gave no file", headers)
            return
        await self._send_file(send, status, ref, headers)

    async def _send_file(self, send: Send, status: int, ref: FileRef, headers: Headers) -> None:
        data = await self._instance.blobs.read(ref)
        name = ref.name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
        known = {name for name, _ in headers}
        typed = [] if b"content-type" in known else [(b"content-type", ref.mime.encode("latin-1", "replace"))]
        if b"content-disposition" not in known:
            typed.append((b"content-disposition", f'attachment; filename="{name}"'.encode()))
        await _send(send, status, [*typed, *headers], data)

    async def _respond_node(self, send: Send, hook: Hook, order: Order, key: str | None, origin: Headers) -> None:
        caller = Waiting(fleeting=key is None)
        started = await self._begin(hook, order, key, caller)
        headers = [*origin, *_execution(started.execution_id)]
        outcome = None if caller.answer is not None else await self._replied(started, caller)
        if caller.answer is None and outcome is not None:
            caller.answer = await self._instance.journals.reply(started.execution_id)
        if started.run is not None:
            await self._runner.accepted(started.run)
        if caller.answer is not None:
            await self._reply(send, caller.answer, headers)
        elif outcome is None or not outcome.settled:
            await _problem(send, 504, "No answer in time", "the workflow has not answered yet", headers)
        elif outcome.status in ("succeeded", "waiting"):
            text = "the workflow ended without reaching a Respond node"
            await _problem(send, 500, "No answer", text, headers)
        else:
            await _failed(send, started.execution_id, headers)

    async def _replied(self, started: Started, caller: Waiting) -> Outcome | None:
        """Wait for a reply (then None), the end of the execution, or the time limit."""
        end = asyncio.ensure_future(self._outcome(started))
        reply = asyncio.ensure_future(caller.replied())
        await asyncio.wait([reply, end], timeout=REPLY_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        reply.cancel()
        if end.done():
            return end.result()
        end.add_done_callback(_let_go)
        return None

    async def _reply(self, send: Send, reply: Reply, headers: Headers) -> None:
        own = _encoded(reply.headers)
        if reply.file is not None:
            await self._send_file(send, reply.status, reply.file, [*own, *headers])
        else:
            await _send(send, reply.status, [*own, *headers], reply.body)

    async def _stream(self, send: Send, hook: Hook, order: Order, key: str | None, origin: Headers) -> None:
        caller = Waiting(streaming=True)
        started = await self._begin(hook, order, key, caller)
        if started.repeated:
            await self._result(send, hook, started.execution_id, await self._outcome(started), origin)
            return
        if started.run is not None:
            await self._runner.accepted(started.run)
        headers = [*_with_type(_route_headers(hook), _TEXT), *origin, *_execution(started.execution_id), *SECURITY]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        end = asyncio.ensure_future(self._outcome(started))
        end.add_done_callback(lambda _: caller.chunks.put_nowait(None))
        try:
            while (chunk := await caller.chunks.get()) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            end.add_done_callback(_let_go)

    async def _outcome(self, started: Started) -> Outcome:
        """The end of an execution, after its commit; of a repeat, that of the first."""
        return await self._instance.outcome(started)

    # --- waits -----------------------------------------------------------------------------------------------

    async def _resume(self, scope: Scope, receive: Receive, send: Send, token: str) -> None:
        if scope["method"] not in ("GET", "POST"):
            await _problem(send, 405, "Method not allowed", "resume with GET or POST", [(b"allow", b"GET, POST")])
            return
        raw = await read_body(scope, receive, self._limit)
        request = read_head(scope, raw, None, token, self._client(scope))
        form = await resuming.answer(self._instance, request, token)
        if form is not None:
            await form.send(send)
            return
        await read_content(self._instance, request)
        payload = {"method": request.method, "query": request.query, "body": request.body}
        if not await self._runner.steering.resume(token, payload):
            if resuming.wants_page(request):
                await resuming.nothing().send(send)
                return
            await _problem(send, 404, "Nothing waits for this", "the link is unknown or was used already")
            return
        await _send(send, 200, [JSON_TYPE], b'{"resumed":true}')


_ANSWERS: Mapping[str, Any] = {
    "immediately": Ingress._immediately,
    "last_node": Ingress._last_node,
    "respond_node": Ingress._respond_node,
    "stream": Ingress._stream,
}
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


def _let_go(task: asyncio.Future[Any]) -> None:
    """Nobody asks how it ended."""
    if not task.cancelled():
        task.exception()


def _retry(seconds: int) -> Headers:
    return [(b"retry-after", str(seconds).encode())]


def _encoded(headers: Mapping[str, str]) -> Headers:
    """Headers that a workflow chose, without those that are not its own to set."""
    return [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
        if name.lower() not in DROPPED
    ]


def _route_headers(hook: Hook) -> Headers:
    return _encoded(hook.route.headers) if hook.route.headers else []


def _with_type(headers: Headers, kind: tuple[bytes, bytes]) -> Headers:
    """The headers, with this content type unless they have one."""
    return headers if any(name == b"content-type" for name, _ in headers) else [kind, *headers]


def _idempotency_key(hook: Hook, trigger: WebhookTrigger, request: Request) -> str | None:
    key = request.headers.get("idempotency-key") if hook.route.idempotent else None
    if key is None:
        key = trigger.dedup_key(request)
    if key is not None and not 0 < len(key) <= 300:
        raise BodyError(400, "Bad idempotency key", "an idempotency key has 1 to 300 characters")
    return key


def _origin(scope: Scope, hook: Hook) -> Headers:
    """The CORS headers that this webhook grants to this request."""
    if not hook.route.origins:
        return []
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    if origin is None:
        return []
    if "*" in hook.route.origins:
        return [(b"access-control-allow-origin", b"*")]
    if origin.decode("latin-1") in hook.route.origins:
        return [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
    return []


def _execution(execution_id: str) -> Headers:
    return [(b"x-a8n-execution", execution_id.encode())]


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    start = [*headers, *SECURITY, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def _failed(send: Send, execution_id: str, headers: Headers) -> None:
    """The caller is a stranger: what went wrong is in the execution, not in the answer."""
    text = f"see the execution {execution_id}"
    await _problem(send, 500, "The workflow failed", text, headers)


async def _problem(send: Send, status: int, title: str, detail: str, headers: Headers | None = None) -> None:
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    await _send(send, status, [(b"content-type", b"application/problem+json"), *(headers or [])], body)
