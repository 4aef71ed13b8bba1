"""Sealing credentials: AES-256-GCM with a key of its own for each, wrapped by a ring of the operator's keys.

A sealed value is `version (1) | key id (8) | nonce (12) | wrapped data key (48) | nonce (12) | ciphertext`. The
row's identity is associated data of both layers, so a value copied into another row does not open. Rotation
wraps the data key anew and leaves the ciphertext as it is.

Envelope encryption as in NIST SP 800-57 part 1, 6.2.1; GCM as in NIST SP 800-38D.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from a8n.errors import A8nError
from a8n.items import JSON

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
KEY_BYTES = 32
_ID, _NONCE, _WRAPPED = 8, 12, KEY_BYTES + 16
_HEAD = 1 + _ID + _NONCE + _WRAPPED


class VaultError(A8nError):
    """A value cannot be opened: its key is not in the ring, or it was changed or moved."""


class Vault:
    """Seals with the first key of the ring, opens with any of them."""

    def __init__(self, keys: Sequence[bytes]):
        """`keys` are 32 bytes each, newest first. Raises ValueError for anything else."""
        if not keys:
            raise ValueError("the vault needs at least one key")
        for key in keys:
            if len(key) != KEY_BYTES:
                raise ValueError(f"an encryption key has {KEY_BYTES} bytes, not {len(key)}")
        self._ring = {_key_id(key): key for key in reversed(keys)}
        self._newest = _key_id(keys[0])

    def seal(self, values: Mapping[str, JSON], identity: str) -> bytes:
        """Encrypt a JSON object for the row with this identity."""
        data_key = secrets.token_bytes(KEY_BYTES)
        nonce = secrets.token_bytes(_NONCE)
        sealed = _cipher(data_key).encrypt(nonce, orjson.dumps(values), identity.encode())
        return self._wrapped(data_key, identity) + nonce + sealed

    def open(self, sealed: bytes, identity: str) -> dict[str, JSON]:
        """Decrypt what was sealed for the row with this identity. Raises VaultError."""
        data_key = self._data_key(sealed, identity)
        nonce, ciphertext = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        opened: dict[str, JSON] = orjson.loads(_decrypt(data_key, nonce, ciphertext, identity))
        return opened

    def rewrap(self, sealed: bytes, identity: str) -> bytes | None:
        """The same value under the newest key; None when it is so already. Raises VaultError."""
        data_key = self._data_key(sealed, identity)
        if sealed[1 : 1 + _ID] == self._newest:
            return None
        return self._wrapped(data_key, identity) + sealed[_HEAD:]

    def _wrapped(self, data_key: bytes, identity: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        wrapped = _cipher(self._ring[self._newest]).encrypt(nonce, data_key, identity.encode())
        return VERSION + self._newest + nonce + wrapped

    def _data_key(self, sealed: bytes, identity: str) -> bytes:
        if len(sealed) < _HEAD + _NONCE or sealed[:1] != VERSION:
            raise VaultError("the credential is damaged: it does not have the form of a sealed value")
        key = self._ring.get(sealed[1 : 1 + _ID])
        if key is None:
            raise VaultError(
                "the credential was sealed with an encryption key that this process does not have; "
                "add that key to A8N_ENCRYPTION_KEYS, or enter the secret again"
            )
        start = 1 + _ID
        return _decrypt(key, sealed[start : start + _NONCE], sealed[start + _NONCE : _HEAD], identity)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"a8n key id\0" + key).digest()[:_ID]


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _decrypt(key: bytes, nonce: bytes, ciphertext: bytes, identity: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(key).decrypt(nonce, ciphertext, identity.encode())
    except InvalidTag:
        raise VaultError("the credential was changed or moved outside of a8n and cannot be opened") from None
