"""A store on loopback that speaks the protocol of S3, and checks signatures by itself, as S3 does."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from aiohttp import web

ACCESS, SECRET, REGION, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPx", "eu-test-1", "session+token/="
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass
class Store:
    """Objects by bucket and key: their bytes and type. `refusals` are answered before anything else, each once."""

    buckets: dict[str, dict[str, tuple[bytes, str]]] = field(default_factory=lambda: {"invoices": {}, "other": {}})
    refusals: list[web.Response] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    page: int = 2
    token: str = ""
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.raw_path))
        body = await request.read()
        wrong = self._wrong(request, body)
        if wrong:
            return error(403, *wrong)
        if self.refusals:
            return self.refusals.pop(0)
        path = request.raw_path.partition("?")[0]
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if not bucket:
            names = "".join(f"<Bucket><Name>{name}</Name></Bucket>" for name in self.buckets)
            return document(f"<ListAllMyBucketsResult {NAMESPACE}><Buckets>{names}</Buckets></ListAllMyBucketsResult>")
        if bucket not in self.buckets:
            return error(404, "NoSuchBucket", "The specified bucket does not exist")
        objects = self.buckets[bucket]
        if request.method == "GET" and not key:
            return self._listed(objects, dict(parse_qsl(request.query_string)))
        if request.method == "PUT":
            return self._put(request, objects, key, body)
        if request.method == "DELETE":
            objects.pop(key, None)
            return web.Response(status=204)
        if key not in objects:
            return error(404, "NoSuchKey", "The specified key does not exist.")
        content, kind = objects[key]
        return web.Response(body=content, headers={"Content-Type": kind, "ETag": f'"{etag(content)}"'})

    def _put(self, request: web.Request, objects: dict[str, Any], key: str, body: bytes) -> web.Response:
        source = request.headers.get("x-amz-copy-source")
        if source is None:
            objects[key] = (body, request.headers.get("Content-Type", ""))
            return web.Response(headers={"ETag": f'"{etag(body)}"'})
        bucket, _, name = unquote(source).lstrip("/").partition("/")
        if name not in self.buckets.get(bucket, {}):
            return error(404, "NoSuchKey", "The specified key does not exist.")
        objects[key] = self.buckets[bucket][name]
        tag = f"<ETag>&quot;{etag(objects[key][0])}&quot;</ETag>"
        return document(f"<CopyObjectResult {NAMESPACE}>{tag}</CopyObjectResult>")

    def _listed(self, objects: dict[str, Any], query: dict[str, str]) -> web.Response:
        assert query["list-type"] == "2"
        after = query.get("continuation-token", "")
        names = sorted(name for name in objects if name.startswith(query.get("prefix", "")) and name > after)
        shown = names[: min(self.page, int(query["max-keys"]))]
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-05-01T09:00:00.000Z</LastModified>"
            f"<ETag>&quot;{etag(objects[name][0])}&quot;</ETag><Size>{len(objects[name][0])}</Size></Contents>"
            for name in shown
        )
        more = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if len(names) > len(shown) else ""
        return document(f"<ListBucketResult {NAMESPACE}>{rows}{more}</ListBucketResult>")

    # --- signatures ------------------------------------------------------------------------------------------

    def _wrong(self, request: web.Request, body: bytes) -> tuple[str, str] | None:
        path, _, query = request.raw_path.partition("?")
        pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
        given = dict(pairs)
        if "X-Amz-Signature" in given:
            signature = given.pop("X-Amz-Signature")
            stamp, names, payload = given["X-Amz-Date"], ["host"], "UNSIGNED-PAYLOAD"
            credential, token = unquote(given["X-Amz-Credential"]), unquote(given.get("X-Amz-Security-Token", ""))
            pairs = list(given.items())
            if moment(stamp) + timedelta(seconds=int(given["X-Amz-Expires"])) < datetime.now(UTC):
                return "AccessDenied", "Request has expired"
        else:
            found = re.fullmatch(
                r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})",
                request.headers.get("Authorization", ""),
            )
            if found is None:
                return "AccessDenied", "Access Denied"
            credential, names, signature = found[1], found[2].split(";"), found[3]
            stamp, payload = request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]
            token = request.headers.get("x-amz-security-token", "")
            if hashlib.sha256(body).hexdigest() != payload:
                return "XAmzContentSHA256Mismatch", "The provided hash does not match"
        if abs(moment(stamp) - datetime.now(UTC)) > timedelta(minutes=15):
            return "RequestTimeTooSkewed", "The difference is too large"
        if credential.split("/")[0] != ACCESS:
            return "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
        if credential.split("/")[2] != REGION:
            return "AuthorizationHeaderMalformed", f"wrong region</Message><Region>{REGION}</Region><Message>"
        if token != self.token:
            return "InvalidToken", "The provided token is malformed"
        lines = [request.method, path, "&".join(f"{name}={value}" for name, value in sorted(pairs))]
        lines += [f"{name}:{request.headers[name].strip()}" for name in names]
        lines += ["", ";".join(names), payload]
        scope = credential.partition("/")[2]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = b"AWS4" + SECRET.encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
        if hmac.new(key, text.encode(), "sha256").hexdigest() != signature:
            return "SignatureDoesNotMatch", "The request signature we calculated does not match"
        return None


def etag(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def document(text: str, status: int = 200) -> web.Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return web.Response(status=status, text=body, content_type="application/xml")


def error(status: int, code: str, message: str) -> web.Response:
    return document(f"<Error><Code>{code}</Code><Message>{message}</Message></Error>", status)


@asynccontextmanager
async def serve() -> AsyncIterator[Store]:
    """A store."""
    store = Store()
    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_route("*", "/{path:.*}", store.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    store.url = f"http://localhost:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield store
    finally:
        await runner.cleanup()
