"""Hashes, signatures and random values: Crypto."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import string
import uuid
from typing import Annotated, Any, Literal, TypeAlias

from a8n import (
    Context,
    Credential,
    Example,
    Field,
    FileName,
    Item,
    Multiline,
    Node,
    NodeError,
    Parameters,
    Result,
    Secret,
)
from a8n_data.paths import put

Algorithm: TypeAlias = Literal["sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "sha1", "md5"]
Encoding: TypeAlias = Literal["hex", "base64", "base64url"]


class CryptoSecret(Credential):
    """A key that signatures are made and checked with."""

    key = "crypto.secret"
    icon = "key-round"
    title = "Signing key"

    secret: Secret = Field(min_length=1, max_length=10_000)
    """The key."""
    encoding: Literal["text", "hex", "base64"] = "text"
    """How the key is written: as text whose UTF-8 bytes are the key, or as bytes in hex or Base64."""

    async def check(self, http: Any) -> str:
        """Say how long the key is; there is nobody to ask."""
        return f"a key of {len(key_bytes(self))} bytes"


class Hash(Parameters):
    """A fingerprint of text or of a file."""

    do: Literal["hash"]
    """Which action this is."""
    value: Multiline = ""
    """The text, taken as UTF-8."""
    file: FileName = ""
    """Name of a file of the item to take instead of the text."""
    algorithm: Algorithm = "sha256"
    """The algorithm. SHA-1 and MD5 are for old systems that ask for them: they protect nothing."""
    encoding: Encoding = "hex"
    """How the fingerprint is written."""


class Sign(Parameters):
    """A signature with a shared key (HMAC, RFC 2104)."""

    do: Literal["sign"]
    """Which action this is."""
    key: CryptoSecret
    """The key."""
    value: Multiline = ""
    """The text, taken as UTF-8."""
    file: FileName = ""
    """Name of a file of the item to take instead of the text."""
    algorithm: Algorithm = "sha256"
    """The hash inside."""
    encoding: Encoding = "hex"
    """How the signature is written."""


class Verify(Parameters):
    """Whether a signature with a shared key is right; the result is true or false."""

    do: Literal["verify"]
    """Which action this is."""
    key: CryptoSecret
    """The key."""
    signature: str
    """The signature to check."""
    value: Multiline = ""
    """The text that was signed, taken as UTF-8."""
    file: FileName = ""
    """Name of a file of the item to take instead of the text."""
    algorithm: Algorithm = "sha256"
    """The hash inside."""
    encoding: Encoding = "hex"
    """How the signature is written."""


class Random(Parameters):
    """A random value that nobody can guess."""

    do: Literal["random"]
    """Which action this is."""
    kind: Literal["uuid", "text", "hex", "base64url", "number"] = "uuid"
    """A UUID (version 4), letters and digits, bytes in hex or Base64, or a whole number."""
    length: int = Field(default=32, ge=1, le=4_096)
    """Characters of text; bytes in hex or Base64. A number is below ten to this power, up to 15."""


class Crypto(Node):
    """Make a hash of text or a file, sign it or check a signature (HMAC), or make a random value.

    Signatures are compared in constant time. The key comes from a credential and stands nowhere else.
    """

    key = "data.crypto"
    icon = "hash"
    effect = "pure"
    group = "data"
    subtitle = "{action.do}"
    examples = (
        Example(
            "The SHA-256 of an address",
            {"action": {"do": "hash", "value": {"$": "json.mail"}}, "destination": "hash"},
            ({"mail": "ada@example.org"},),
            {
                "main": [
                    {
                        "mail": "ada@example.org",
                        "hash": "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d",
                    }
                ]
            },
        ),
        Example("An id that nobody can guess", {"action": {"do": "random", "kind": "uuid"}, "destination": "id"}),
        Example(
            "Sign a request",
            {"action": {"do": "sign", "key": {"$credential": "shared-key"}, "value": {"$": "json.body"}}},
            ({"body": "{}"},),
            needs=("crypto.secret",),
        ),
    )

    action: Annotated[Hash | Sign | Verify | Random, Field(discriminator="do")] = Field(
        default_factory=lambda: Random(do="random")
    )
    """What to do."""
    destination: str = Field(default="result", min_length=1, max_length=500)
    """Name of the field for the result; dots reach inside."""

    async def run(self, ctx: Context) -> Result:
        """Add the result to the item."""
        action = self.action
        if isinstance(action, Random):
            result: str | int | bool = _random(action)
        else:
            data = await _content(action, ctx)
            if isinstance(action, Hash):
                result = _encoded(hashlib.new(action.algorithm, data, usedforsecurity=False).digest(), action.encoding)
            else:
                made = hmac.digest(key_bytes(action.key), data, action.algorithm)
                if isinstance(action, Sign):
                    result = _encoded(made, action.encoding)
                else:
                    result = hmac.compare_digest(made, _decoded(action.signature, action.encoding))
        json = ctx.item.json.copy()
        put(json, self.destination, result)
        return Item(json, ctx.item.files)


def key_bytes(credential: CryptoSecret) -> bytes:
    """The key as bytes. Raises NodeError when it is not in its encoding; the message does not show it."""
    text = credential.secret.get_secret_value()
    try:
        if credential.encoding == "hex":
            return bytes.fromhex(text)
        if credential.encoding == "base64":
            return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise NodeError(f"the key is not in {credential.encoding}", field="action.key", retryable=False) from None
    return text.encode()


async def _content(action: Hash | Sign | Verify, ctx: Context) -> bytes:
    if not action.file:
        return action.value.encode()
    return await ctx.files.read(ctx.file(action.file, "action.file"))


def _encoded(data: bytes, encoding: Encoding) -> str:
    if encoding == "hex":
        return data.hex()
    if encoding == "base64":
        return base64.b64encode(data).decode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str, encoding: Encoding) -> bytes:
    """The bytes of a signature; empty, which no signature equals, when it is not in its encoding."""
    try:
        if encoding == "hex":
            return bytes.fromhex(text)
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _random(action: Random) -> str | int:
    if action.kind == "uuid":
        return str(uuid.uuid4())
    if action.kind == "hex":
        return secrets.token_hex(action.length)
    if action.kind == "base64url":
        return secrets.token_urlsafe(action.length)
    if action.kind == "number":
        return secrets.randbelow(10 ** min(action.length, 15))
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(action.length))
