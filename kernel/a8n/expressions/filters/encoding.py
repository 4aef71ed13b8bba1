"""Filters for hashes and base64."""

from __future__ import annotations

import base64 as base64_
import hashlib
import hmac as hmac_
from typing import Final

from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group

GROUP: Final = Group("Hashes and base64")
_HASHES: Final = ("md5", "sha1", "sha256", "sha384", "sha512")


@GROUP.add
def sha256(value: str) -> str:
    """SHA-256 of the text in UTF-8, in hex.

    >>> "a8n" | sha256 | truncate(8, "")
    "b6f8eb57"
    """
    return _digest(value, "sha256")


@GROUP.add
def sha512(value: str) -> str:
    """SHA-512 of the text in UTF-8, in hex.

    >>> "a8n" | sha512 | length
    128
    """
    return _digest(value, "sha512")


@GROUP.add
def sha1(value: str) -> str:
    """SHA-1 of the text in UTF-8, in hex; for services that ask for it, not for secrets.

    >>> "abc" | sha1
    "a9993e364706816aba3e25717850c26c9cd0d89d"
    """
    return _digest(value, "sha1")


@GROUP.add
def md5(value: str) -> str:
    """MD5 of the text in UTF-8, in hex; for services that ask for it, not for secrets.

    >>> "abc" | md5
    "900150983cd24fb0d6963f7d28e17f72"
    """
    return _digest(value, "md5")


@GROUP.add
def hmac(value: str, key: str, hash: str = "sha256") -> str:
    """HMAC of the text under `key`, in hex; `hash` is md5, sha1, sha256, sha384 or sha512.

    >>> "what do ya want for nothing?" | hmac("Jefe", "md5")
    "750c783e6ab0b503eaa86e310a5db738"
    """
    if hash not in _HASHES:
        raise RefusedError(f"There is no hash {hash[:20]!r}", f"Hashes are {', '.join(_HASHES)}.")
    return hmac_.new(key.encode(), value.encode(), hash).hexdigest()


@GROUP.also("b64encode")
def base64(value: str, url_safe: bool = False) -> str:
    """The text in UTF-8 as base64; with `url_safe`, with - and _ and without padding.

    >>> "Hello?" | base64
    "SGVsbG8/"
    """
    if url_safe:
        return base64_.urlsafe_b64encode(value.encode()).decode().rstrip("=")
    return base64_.b64encode(value.encode()).decode()


@GROUP.also("b64decode")
def from_base64(value: str) -> str:
    """The text in UTF-8 that base64 (either alphabet, with or without padding) stands for.

    >>> "SGVsbG8_" | from_base64
    "Hello?"
    """
    plain = "".join(value.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64_.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except ValueError as error:
        raise RefusedError("from_base64: this is not base64 of text") from error


def _digest(value: str, name: str) -> str:
    return hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()
