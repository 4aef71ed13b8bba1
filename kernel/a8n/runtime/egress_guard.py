"""The way out for who holds credentials: none goes to a host it is not meant for, and a refused token is renewed once.

A step that was given a credential with hosts reaches only these by `ctx.http` and `ctx.reach`, because what goes out
may be made of the secret (a signature, a token) without showing it. Where another credential of the same step, or its
proxy, accounts for a request to elsewhere, the request may go as long as none of the secret's values is seen in it.
"""

from __future__ import annotations

import binascii
import json
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlsplit

from a8n.credential import Credential
from a8n.errors import NodeError
from a8n.runtime.kept import Kept, kept_of
from a8n.runtime.masking import secrets_of
from a8n.services import HttpClient, HttpResponse, HttpStream

if TYPE_CHECKING:
    import httpx

SHORTEST = 4
"""Characters: a shorter value is found in anything."""
Shows = Callable[[Credential], bool]
"""Whether a secret of a credential is seen."""
Send = Callable[..., Awaitable[Any]]
AGAIN = "open the credential and sign in at its service again"


def guarded(http: HttpClient, held: Collection[Credential]) -> HttpClient:
    """The client for who holds these credentials."""
    return GuardedClient(http, held) if any(kept_of(one) is not None for one in held) else http


class GuardedClient:
    """An `a8n.HttpClient` around another one, for one step."""

    def __init__(self, client: Any, held: Collection[Credential]):
        self._client = client
        self._held = [(one, kept) for one in held if (kept := kept_of(one)) is not None]

    async def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        """See `a8n.HttpClient`. Raises NodeError, too, where a service refuses a token that cannot be renewed."""
        answer: HttpResponse = await self._signed(self._client.request, method, url, options)
        return answer

    async def stream(self, method: str, url: str, **options: Any) -> HttpStream:
        """See `a8n.HttpClient`. Raises what `request` raises."""
        answer: HttpStream = await self._signed(self._client.stream, method, url, options)
        return answer

    async def reach(self, host: str, port: int) -> str:
        """See `a8n.HttpClient`."""
        self._judge(host, port, lambda credential: False)
        address: str = await self._client.reach(host, port)
        return address

    async def _signed(self, send: Send, method: str, url: str, options: dict[str, Any]) -> Any:
        """The answer; a token that its service refuses is renewed and, as all bodies can be repeated, sent anew."""
        for credential, kept in self._held:
            for old in kept.replaced:
                url, options, _ = _resigned(url, options, old, credential.oauth_token)
        tokens = [(one, kept, one.oauth_token) for one, kept in self._held if kept.renew is not None]
        answer, left = await self._sent(send, method, url, options)
        if answer.status != 401 or left:
            return answer
        for credential, kept, token in tokens:
            _, _, shown = _resigned(url, options, token, token)
            if not shown:
                continue
            refused = await _whole(answer, url)
            await self._renew(credential, kept, token, refused)
            url, options, _ = _resigned(url, options, token, credential.oauth_token)
            answer, left = await self._sent(send, method, url, options)
            if answer.status == 401 and not left:
                raise _refused(kept, await _whole(answer, url))
            return answer
        return answer

    async def _renew(self, credential: Credential, kept: Kept, token: str, answer: HttpResponse) -> None:
        if credential.oauth_token != token:  # another request of this step has renewed it meanwhile
            return
        if kept.renew is None or not kept.renewable():
            raise _refused(kept, answer)
        try:
            await kept.renew(token)
        except NodeError as error:
            if error.retryable:
                raise
            raise NodeError(error.message, hint=error.hint or AGAIN, retryable=False, answer=answer) from None
        kept.renewed_at = time.monotonic()
        kept.replaced.add(token)

    async def _sent(self, send: Send, method: str, url: str, options: Mapping[str, Any]) -> tuple[Any, bool]:
        """The answer, and whether a redirect led away from the origin, where nobody's token went."""
        from a8n.runtime.egress_requests import port_of, same_origin

        left = False
        proxy = urlsplit(options.get("proxy") or "")

        def judge(request: httpx.Request, previous: httpx.Request | None) -> None:
            nonlocal left
            host, port = request.url.raw_host.decode("ascii"), port_of(request.url)
            away = previous is not None and not same_origin(previous.url, request.url)
            left = left or away
            body = "content-length" in request.headers or "transfer-encoding" in request.headers
            shows = _finder(request, options if body else {})
            self._judge(host, port, shows, (proxy.hostname, _port(proxy)) if proxy.hostname else None)
            if away and body:
                self._judge_body(host, port, options)

        if proxy.hostname:
            self._judge_proxy(proxy.hostname, _port(proxy), options["proxy"])
        return await send(method, url, judge=judge, **options), left

    def _judge(self, host: str, port: int, shows: Shows, proxy: tuple[str, int] | None = None) -> None:
        """Raise NodeError where one of the credentials may not go there."""
        for credential, kept in self._held:
            if kept.allows(host, port):
                continue
            accounted = any(other is not kept and other.allows(host, port) for _, other in self._held)
            accounted = accounted or (proxy is not None and kept.allows(*proxy))
            if not accounted or shows(credential):
                raise kept.refusal(host)

    def _judge_proxy(self, host: str, port: int, url: str) -> None:
        """Raise NodeError where the URL of a proxy holds a credential that may not go to it."""
        for credential, kept in self._held:
            if not kept.allows(host, port) and _seen(credential, [url]):
                raise kept.refusal(host)

    def _judge_body(self, host: str, port: int, options: Mapping[str, Any]) -> None:
        """A redirect that keeps the body takes no secret in it along, except to a host that is named for it."""
        for credential, kept in self._held:
            if _seen(credential, _body(options)) and not (kept.hosts and kept.allows(host, port)):
                text = f"a redirect to {host} would take the credential {kept.name!r} along in the request's body"
                hint = f"call the address at {host} itself, or add {host} to the hosts of the credential"
                raise NodeError(text, hint=hint, retryable=False)


async def _whole(answer: Any, url: str) -> HttpResponse:
    """An answer that may be a stream, which is closed: of a refusal, nobody wants the rest."""
    if isinstance(answer, HttpResponse):
        return answer
    await answer.aclose()
    return HttpResponse(answer.status, answer.headers, b"", url)


def _refused(kept: Kept, answer: HttpResponse) -> NodeError:
    host = urlsplit(answer.url).hostname or "the service"
    text = f"{host} refuses the sign-in of the credential {kept.name!r}, also after its token was renewed"
    return NodeError(text, hint=AGAIN, retryable=False, answer=answer)


def _port(parts: Any) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _values(headers: httpx.Headers) -> list[str]:
    """The values of headers, those of basic authentication (RFC 7617) as they are meant."""
    found: list[str] = []
    for value in headers.values():
        found.append(value)
        scheme, _, encoded = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                found.append(b64decode(encoded, validate=True).decode("utf-8", "replace"))
            except binascii.Error:
                continue
    return found


def _finder(request: httpx.Request, options: Mapping[str, Any]) -> Shows:
    """Tells whether a secret of a credential is seen in a request, or in the body that the options make."""
    return lambda credential: _seen(credential, [str(request.url), *_values(request.headers), *_body(options)])


def _seen(credential: Credential, texts: Sequence[str]) -> bool:
    for secret in secrets_of(credential):
        forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1]}
        if len(secret) >= SHORTEST and any(form in text for form in forms for text in texts):
            return True
    return False


def _body(options: Mapping[str, Any]) -> list[str]:
    found = [(options.get("content") or b"").decode("utf-8", "replace")]
    if options.get("json", ...) is not ...:
        found.append(json.dumps(options["json"], ensure_ascii=False, default=str))
    found += [str(value) for value in (options.get("data") or {}).values()]
    found += [content.decode("utf-8", "replace") for _, _, content, _ in options.get("files") or ()]
    return found


def _resigned(url: str, options: Mapping[str, Any], old: str, new: str) -> tuple[str, dict[str, Any], bool]:
    """A request with another token in its URL, query, headers and form; and whether the old one was there."""
    found = False

    def changed(text: str) -> str:
        nonlocal found
        for before, after in ((old, new), (quote(old, safe=""), quote(new, safe=""))):
            if before in text:
                found = True
                return text.replace(before, after)
        return text

    fresh = {**options}
    url = changed(url)
    if fresh.get("params"):
        fresh["params"] = [(name, changed(value)) for name, value in fresh["params"]]
    for name in ("headers", "data"):
        if fresh.get(name):
            fresh[name] = {key: changed(value) for key, value in fresh[name].items()}
    if fresh.get("auth"):
        fresh["auth"] = tuple(map(changed, fresh["auth"]))
    return url, fresh, found
