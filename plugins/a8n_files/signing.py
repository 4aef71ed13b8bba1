"""Signatures of requests: AWS Signature Version 4, as S3 reads it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY = hashlib.sha256(b"").hexdigest()
Query = Sequence[tuple[str, str]]


class Keys(NamedTuple):
    """Whose signature it is, and for where."""

    access: str
    secret: str
    region: str
    token: str = ""


def encoded(text: str, keep: str = "") -> str:
    """The text for a URL, as S3 signs it: only letters, digits and `-._~` stay, besides `keep`."""
    return quote(text.encode(), safe=keep)


def queried(query: Query) -> str:
    """The query of a URL, in the order in which it is signed."""
    return "&".join(f"{name}={value}" for name, value in sorted((encoded(n), encoded(v)) for n, v in query))


def signed(
    keys: Keys, method: str, url: str, query: Query, headers: Mapping[str, str], payload: str, at: datetime
) -> dict[str, str]:
    """The headers of a request, with those that sign it. `payload` is the SHA-256 of the body, in hex."""
    stamp = _stamp(at)
    sent = {"host": urlsplit(url).netloc, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    sent |= {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    if keys.token:
        sent["x-amz-security-token"] = keys.token
    names = ";".join(sorted(sent))
    signature = _signature(keys, _request(method, url, query, sent, payload), stamp)
    scope = f"Credential={keys.access}/{_scope(keys, stamp)}"
    authorization = f"{ALGORITHM} {scope}, SignedHeaders={names}, Signature={signature}"
    return {**{name: value for name, value in sent.items() if name != "host"}, "authorization": authorization}


def presigned(keys: Keys, method: str, url: str, query: Query, seconds: int, at: datetime) -> str:
    """A URL that whoever has it may use for so many seconds."""
    stamp = _stamp(at)
    named = [
        *query,
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{keys.access}/{_scope(keys, stamp)}"),
        ("X-Amz-Date", stamp),
        ("X-Amz-Expires", str(seconds)),
        ("X-Amz-SignedHeaders", "host"),
        *([("X-Amz-Security-Token", keys.token)] if keys.token else []),
    ]
    request = _request(method, url, named, {"host": urlsplit(url).netloc}, UNSIGNED)
    return f"{url}?{queried(named)}&X-Amz-Signature={_signature(keys, request, stamp)}"


def _request(method: str, url: str, query: Query, headers: Mapping[str, str], payload: str) -> str:
    lines = [method, urlsplit(url).path or "/", queried(query)]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers)]
    return "\n".join([*lines, "", ";".join(sorted(headers)), payload])


def _signature(keys: Keys, request: str, stamp: str) -> str:
    text = "\n".join([ALGORITHM, stamp, _scope(keys, stamp), hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{keys.secret}".encode()
    for part in _scope(keys, stamp).split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _scope(keys: Keys, stamp: str) -> str:
    return f"{stamp[:8]}/{keys.region}/s3/aws4_request"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
