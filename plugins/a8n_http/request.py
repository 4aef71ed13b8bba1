"""The HTTP request node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from a8n import JSON, Context, Example, Field, HttpResponse, Item, KeyValue, Node, NodeError, Parameters, hint
from a8n_http.answers import AutoResponse, Response, failure, items_of, parsed
from a8n_http.bodies import Body, Content, NoBody
from a8n_http.credentials import HttpBasic, HttpBearer, HttpHeader, HttpQuery, Signature
from a8n_http.oauth2 import HttpOAuth2
from a8n_http.oauth2_code import HttpOAuth2Code
from a8n_http.pagination import LinkHeader, NoPages, Page, Pagination
from a8n_http.values import headers, pairs

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Effect = Literal["pure", "idempotent", "unsafe"]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_TOTAL = 256 * 2**20
"""Bytes of all pages of one item."""


class Batching(Parameters):
    """Sends the requests of many items in groups, with a pause between them."""

    size: int = Field(10, ge=1, le=10_000, description="How many requests make a group.")
    pause: float = Field(1.0, ge=0, le=3600, description="Seconds from one group to the next.")

    def delay(self, index: int, width: int) -> float:
        """Seconds that item `index` waits, where the engine starts `width` items at a time, in order."""
        start = index - index % width
        return self.pause * (index // self.size - (max(start - 1, 0) // self.size))


class Proxy(Parameters):
    """A proxy to send the request through."""

    url: str = Field(description="The proxy, such as http://proxy.example.com:3128.")
    auth: HttpBasic | None = Field(None, description="Who the proxy should know us as.")

    def address(self) -> str:
        """The URL with user and password, as the client takes it."""
        if self.auth is None:
            return self.url
        both = f"{quote(self.auth.username, safe='')}:{quote(self.auth.password.get_secret_value(), safe='')}"
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{both}@{rest}"


class HttpRequest(Node):
    """Call a web API, or fetch a page or a file.

    Runs once for each item. JSON becomes items, a list one for each element; other answers become text or a
    file. A status of 400 and above is an error, which the node's retry settings try again when the service is
    only busy (408, 425, 429, 5xx), after the time that it asks for.

    Requests that change something carry an `Idempotency-Key` that is the same on every attempt, so that a
    service which knows the header does them once.
    """

    key = "http.request"
    icon = "globe"
    title = "HTTP request"
    group = "utility"
    subtitle = "{method} {url}"

    method: Method = Field("GET", description="What to do with what is at the URL.")
    url: Annotated[str, hint(placeholder="https://api.example.com/orders", mono=True)] = Field(
        description="Where to, with http:// or https://.", min_length=1
    )
    auth: HttpBasic | HttpBearer | HttpHeader | HttpQuery | HttpOAuth2 | HttpOAuth2Code | None = Field(
        None, description="Credential to sign the request with."
    )
    query: list[KeyValue] = Field(
        default_factory=lambda: [], description="Added to the URL's query; a list repeats its name, null is left out."
    )
    headers: list[KeyValue] = Field(default_factory=lambda: [], description="Headers to send.")
    body: Body = Field(default_factory=NoBody, description="What to send.")
    response: Response = Field(default_factory=AutoResponse, description="What the answer becomes.")
    full_response: Annotated[bool, hint(advanced=True)] = Field(
        False, description="Give one item with status, headers, url and body instead of the body alone."
    )
    never_fail: Annotated[bool, hint(advanced=True)] = Field(
        False, description="Take every status for an answer; without it, 400 and above is an error."
    )
    pagination: Annotated[Pagination, hint(advanced=True)] = Field(
        default_factory=NoPages, description="How to get the following pages of a long list."
    )
    batching: Annotated[Batching | None, hint(advanced=True)] = Field(
        None, description="Spread the requests of many items over time."
    )
    redirects: Annotated[int, hint(advanced=True)] = Field(
        10, ge=0, le=20, description="How many redirects to follow; 0 gives the redirect itself as the answer."
    )
    timeout: Annotated[float, hint(advanced=True)] = Field(
        30.0, gt=0, le=3600, description="Seconds for the whole exchange of one page, redirects included."
    )
    proxy: Annotated[Proxy | None, hint(advanced=True)] = Field(None, description="Send through a proxy.")
    verify_tls: Annotated[bool, hint(advanced=True)] = Field(
        True, description="Check the service's certificate. Turn it off for test systems alone."
    )
    idempotency_key: Annotated[Literal["send", "trusted", "off"], hint(advanced=True)] = Field(
        "send",
        description="send: an Idempotency-Key goes with every request that changes something. trusted: the same, and "
        "the service is known to honour it, so that after a crash the request is sent again by itself. off: none.",
    )

    examples: ClassVar[list[Example]] = [
        Example(
            "Read a list of orders, page by page",
            {
                "url": "https://api.example.com/orders",
                "query": [{"name": "status", "value": "open"}],
                "response": {"kind": "json", "items": "data"},
                "pagination": {"kind": "cursor", "path": "next_cursor", "parameter": "cursor"},
            },
            needs=("network",),
        ),
        Example(
            "Create a customer for each item",
            {
                "method": "POST",
                "url": "https://api.example.com/customers",
                "body": {"kind": "json", "value": {"name": {"$": "json.name"}, "email": {"$": "json.email"}}},
            },
            items=({"name": "Ada", "email": "ada@example.com"},),
            needs=("network",),
        ),
        Example(
            "Download a file",
            {"url": "https://example.com/report.pdf", "response": {"kind": "file", "file": "report"}},
            needs=("network",),
        ),
    ]

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """Reading is idempotent, and so is a change that the service does once per key; all else is unsafe."""
        safe = params.get("method", "GET") in ("GET", "HEAD", "OPTIONS")
        return "idempotent" if safe or params.get("idempotency_key") == "trusted" else "unsafe"

    async def run(self, ctx: Context) -> list[Item]:
        """Ask for page after page, and give the items of all."""
        if self.batching is not None and ctx.attempt == 1:
            await asyncio.sleep(self.batching.delay(ctx.index, self.concurrency))
        content = await self.body.encode(ctx)
        items: list[Item] = []
        page: Page | None = self.pagination.first(self.url)
        total = 0
        while page is not None:
            answer = await self._signed(ctx, page, content)
            total += len(answer.body)
            if total > MAX_TOTAL:
                raise NodeError(f"the pages are larger than {MAX_TOTAL:,} bytes", field="pagination", retryable=False)
            items += await items_of(ctx, self.response, answer, self.full_response)
            number, page = page.number, self._following(page, answer)
            if page is not None and number >= self.pagination.max_pages:
                ctx.log(f"stopped after {number} pages, the limit; there are more")
                break
        return items

    def _following(self, page: Page, answer: HttpResponse) -> Page | None:
        if isinstance(self.pagination, NoPages):
            return None
        body = None if isinstance(self.pagination, LinkHeader) else parsed(answer)
        return self.pagination.next(page, answer, body)

    async def _signed(self, ctx: Context, page: Page, content: Content) -> HttpResponse:
        """The answer to one page. A refused token is renewed once."""
        project = ctx.execution.project_id
        for last in (False, True):
            signature = await self.auth.sign(ctx.http, project) if self.auth is not None else Signature()
            try:
                answer = await self._send(ctx, page, content, signature)
            except NodeError as error:  # a sign-in that its service refuses
                if error.answer is None or not self.never_fail:
                    raise
                answer = error.answer
            refused = answer.status == 401 and not last and self.auth is not None
            if not (refused and self.auth is not None and self.auth.renewable(ctx.http, project)):
                break
        if answer.status >= 400 and not self.never_fail:
            raise failure(self.method, answer, signature.mask)
        return _without_key(answer, signature)

    async def _send(self, ctx: Context, page: Page, content: Content, signature: Signature) -> HttpResponse:
        fields = headers(self.headers)
        if content.type:
            fields.setdefault("content-type", content.type)
        if self.idempotency_key != "off" and self.method not in SAFE:
            fields.setdefault("idempotency-key", ctx.key if page.number == 1 else f"{ctx.key}-{page.number}")
        fields.update(signature.headers)
        body = content
        if page.body:
            body = replace(content, json={**self._object(content), **dict(page.body)})
        return await ctx.http.request(
            self.method,
            _without(page.url, {name for name, _ in page.query}),
            params=self._query(page, signature),
            headers=fields,
            content=body.content,
            json=body.json,
            files=body.files,
            timeout=self.timeout,
            follow_redirects=self.redirects > 0,
            max_redirects=self.redirects,
            proxy=self.proxy.address() if self.proxy is not None else None,
            verify=self.verify_tls,
        )

    def _query(self, page: Page, signature: Signature) -> list[tuple[str, str]]:
        """The rows, what pagination adds in their place, and the credential's, unless the URL has it already."""
        added = {name for name, _ in page.query}
        rows = [] if page.bare else [row for row in pairs(self.query) if row[0] not in added]
        present = {name for name, _ in parse_qsl(urlsplit(page.url).query, keep_blank_values=True)}
        return [*rows, *page.query, *(row for row in signature.query if row[0] not in present)]

    def _object(self, content: Content) -> dict[str, JSON]:
        if content.json is ...:
            return {}
        if not isinstance(content.json, dict):
            raise NodeError("a cursor can only be sent in a body that is a JSON object", field="body", retryable=False)
        return content.json


def _without(url: str, names: set[str]) -> str:
    """The URL without the parameters that pagination sets itself."""
    parts = urlsplit(url)
    if not names or not parts.query:
        return url
    kept = [row for row in parse_qsl(parts.query, keep_blank_values=True) if row[0] not in names]
    return parts._replace(query=urlencode(kept)).geturl()


def _without_key(answer: HttpResponse, signature: Signature) -> HttpResponse:
    """The answer with a URL that shows no API key, because the URL becomes data."""
    if not signature.query:
        return answer
    parts = urlsplit(answer.url)
    return replace(answer, url=parts._replace(query=signature.mask(parts.query)).geturl())
