"""Crypto: hashes, signatures, random values. Test vectors: RFC 4231 (case 2), FIPS 180-4 ("abc"), RFC 1321."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from a8n import Item, NodeError
from a8n.testing import MemoryFiles, Services, credential, objects, run
from a8n_data import Crypto, CryptoSecret

JEFE = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


async def result(action: dict[str, Any], **options: Any) -> Any:
    outputs = await run(Crypto, {"action": action, "destination": "r"}, **options)
    return objects(outputs["main"])[0]["r"]


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    ],
)
async def test_hashes(algorithm: str, expected: str) -> None:
    assert await result({"do": "hash", "value": "abc", "algorithm": algorithm}) == expected


@pytest.mark.parametrize(
    ("encoding", "expected"), [("base64", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
                               ("base64url", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")]
)  # fmt: skip
async def test_encodings(encoding: str, expected: str) -> None:
    assert await result({"do": "hash", "value": "", "encoding": encoding}) == expected


async def test_a_file_can_be_hashed() -> None:
    files = MemoryFiles()
    item = Item({}, {"f": files.add(b"abc")})
    made = await result({"do": "hash", "file": "f"}, items=[item], services=Services(files=files))
    assert made == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


async def test_a_file_that_is_not_there() -> None:
    with pytest.raises(NodeError, match="no file 'f'") as caught:
        await result({"do": "hash", "file": "f"})
    assert caught.value.field == "action.file"


VALUE = "what do ya want for nothing?"


@pytest.mark.parametrize(("secret", "encoding"), [("Jefe", "text"), ("4a656665", "hex"), ("SmVmZQ==", "base64")])
async def test_signatures(secret: str, encoding: str) -> None:
    key = credential(CryptoSecret, secret=secret, encoding=encoding)
    assert await result({"do": "sign", "key": key, "value": VALUE}) == JEFE
    assert await result({"do": "verify", "key": key, "value": VALUE, "signature": JEFE}) is True


@pytest.mark.parametrize("signature", ["", "00", JEFE[:-1] + "4", JEFE[:-2], "not hex", "é"])
async def test_wrong_signatures(signature: str) -> None:
    key = credential(CryptoSecret, secret="Jefe")
    assert await result({"do": "verify", "key": key, "value": VALUE, "signature": signature}) is False


@pytest.mark.parametrize("encoding", ["base64", "base64url"])
@pytest.mark.parametrize("signature", ["", "é", "=", "a", "===="])
async def test_wrong_signatures_in_base64(encoding: str, signature: str) -> None:
    key = credential(CryptoSecret, secret="Jefe")
    action = {"do": "verify", "key": key, "value": VALUE, "signature": signature, "encoding": encoding}
    assert await result(action) is False


@pytest.mark.parametrize("encoding", ["hex", "base64"])
async def test_a_key_that_is_not_in_its_encoding_is_not_shown(encoding: str) -> None:
    key = credential(CryptoSecret, secret="n0t-a-key!", encoding=encoding)
    with pytest.raises(NodeError, match="the key is not in") as caught:
        await result({"do": "sign", "key": key, "value": VALUE})
    assert "n0t" not in str(caught.value)
    assert "n0t" not in repr(caught.value.hint)


async def test_a_key_says_its_length() -> None:
    assert await credential(CryptoSecret, secret="4a656665", encoding="hex").check(None) == "a key of 4 bytes"


@pytest.mark.parametrize(
    ("kind", "length", "size"), [("text", 5, 5), ("hex", 5, 10), ("base64url", 6, 8), ("uuid", 1, 36)]
)
async def test_random_values_have_their_size_and_differ(kind: str, length: int, size: int) -> None:
    made = {await result({"do": "random", "kind": kind, "length": length}) for _ in range(20)}
    assert {len(value) for value in made} == {size}
    assert len(made) > 15


async def test_random_numbers_and_ids() -> None:
    assert 0 <= await result({"do": "random", "kind": "number", "length": 2}) < 100
    assert uuid.UUID(await result({"do": "random"})).version == 4
