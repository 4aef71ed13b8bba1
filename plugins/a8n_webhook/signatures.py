"""Signed requests: what services sign, and where they put the signature.

Sources: "Validating webhook deliveries" (GitHub), "Verify webhook signatures manually" (Stripe), "Verifying
requests from Slack" (Slack).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from a8n import Field, Parameters, Request, UnauthorizedError

WINDOW = 300
"""Seconds that a signed time may differ from ours: what Stripe and Slack advise."""
MAX_SIGNATURES = 10
Part = Literal["method", "path", "timestamp", "body"]
HEADER_NAME = r"^[A-Za-z0-9_-]+$"


class Claim(NamedTuple):
    """What a request says about itself."""

    signatures: Sequence[bytes]
    """Any of these may be the right one."""
    message: bytes
    """What was signed."""
    at: int | None = None
    """When, in seconds since 1970; None where the service signs no time."""
    algorithm: str = "sha256"


class GitHub(Parameters):
    """As GitHub signs: the body, in the header X-Hub-Signature-256."""

    preset: Literal["github"] = Field("github", description="Whose way of signing.")

    def read(self, request: Request) -> Claim:
        """The claim of a request. Raises UnauthorizedError when it makes none."""
        text = _header(request, "x-hub-signature-256").removeprefix("sha256=")
        return Claim([_hex(text)], request.raw)


class Stripe(Parameters):
    """As Stripe signs: time and body, in the header Stripe-Signature."""

    preset: Literal["stripe"] = Field("stripe", description="Whose way of signing.")

    def read(self, request: Request) -> Claim:
        """The claim of a request. Raises UnauthorizedError when it makes none."""
        rows = [row.strip().partition("=") for row in _header(request, "stripe-signature").split(",")]
        at = next((value for name, _, value in rows if name == "t"), "")
        signatures = [_hex(value) for name, _, value in rows if name == "v1"][:MAX_SIGNATURES]
        return Claim(signatures, at.encode() + b"." + request.raw, _time(at))


class Slack(Parameters):
    """As Slack signs: version, time and body, in the header X-Slack-Signature."""

    preset: Literal["slack"] = Field("slack", description="Whose way of signing.")

    def read(self, request: Request) -> Claim:
        """The claim of a request. Raises UnauthorizedError when it makes none."""
        at = _header(request, "x-slack-request-timestamp")
        text = _header(request, "x-slack-signature").removeprefix("v0=")
        return Claim([_hex(text)], b"v0:" + at.encode() + b":" + request.raw, _time(at))


class Generic(Parameters):
    """For services of your own: method, path, time and body, joined by line feeds.

    The path is that of the URL, such as /webhook/orders, without the query. The time is in seconds since 1970.
    """

    preset: Literal["generic"] = Field("generic", description="Whose way of signing.")
    signature_header: str = Field("X-Signature", description="Header with the signature.", pattern=HEADER_NAME)
    timestamp_header: str = Field("X-Timestamp", description="Header with the time.", pattern=HEADER_NAME)
    prefix: str = Field("", description="What stands before the signature in its header, such as sha256=.")
    encoding: Literal["hex", "base64"] = Field("hex", description="How the signature is written.")
    algorithm: Literal["sha256", "sha384", "sha512", "sha1"] = Field("sha256", description="The hash inside the HMAC.")
    parts: list[Part] = Field(
        ["method", "path", "timestamp", "body"],
        min_length=1,
        description="What is signed, in this order. Without the timestamp, an old request passes for a new one.",
    )
    separator: str = Field("\n", max_length=10, description="What stands between the parts.")

    def read(self, request: Request) -> Claim:
        """The claim of a request. Raises UnauthorizedError when it makes none."""
        text = _header(request, self.signature_header.lower())
        if not text.startswith(self.prefix):
            raise UnauthorizedError("the signature has another form")
        signature = (_hex if self.encoding == "hex" else _base64)(text.removeprefix(self.prefix))
        at = _header(request, self.timestamp_header.lower()) if "timestamp" in self.parts else None
        known = {
            "method": request.method.encode(),
            "path": (request.url.partition("?")[0] or "/" + request.path).encode(),
            "timestamp": (at or "").encode(),
            "body": request.raw,
        }
        message = self.separator.encode().join(known[part] for part in self.parts)
        return Claim([signature], message, _time(at) if at is not None else None, self.algorithm)


Scheme = Annotated[GitHub | Stripe | Slack | Generic, Field(discriminator="preset")]


def _header(request: Request, name: str) -> str:
    value = request.headers.get(name, "").strip()
    if not value or len(value) > 4096:
        raise UnauthorizedError(f"the request is not signed: the header {name} is missing or too long")
    return value


def _time(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise UnauthorizedError("the signature's time is not in seconds since 1970")
    return int(text)


def _hex(text: str) -> bytes:
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}){1,64}", text):
        raise UnauthorizedError("the signature is not hexadecimal")
    return bytes.fromhex(text)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UnauthorizedError("the signature is not base64") from None
