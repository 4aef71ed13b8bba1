"""Sealing: what opens, what does not, and rotation."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a8n.runtime.vault import Vault, VaultError

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)
VALUES = {"token": "s3cret", "port": 25}


def test_a_value_opens_for_its_own_row_alone() -> None:
    vault = Vault([OLD])
    sealed = vault.seal(VALUES, "row 1")
    assert vault.open(sealed, "row 1") == VALUES
    assert b"s3cret" not in sealed
    with pytest.raises(VaultError, match="changed or moved"):
        vault.open(sealed, "row 2")


def test_the_same_value_is_never_sealed_the_same() -> None:
    vault = Vault([OLD])
    assert vault.seal(VALUES, "row") != vault.seal(VALUES, "row")


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    vault = Vault([OLD])
    sealed = bytearray(vault.seal(VALUES, "row"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VaultError):
        vault.open(bytes(sealed), "row")


@given(st.binary(max_size=300))
def test_rubbish_is_a_clear_error(rubbish: bytes) -> None:
    with pytest.raises(VaultError):
        Vault([OLD]).open(rubbish, "row")


def test_another_ring_says_what_to_do() -> None:
    sealed = Vault([OLD]).seal(VALUES, "row")
    with pytest.raises(VaultError, match="A8N_ENCRYPTION_KEYS"):
        Vault([NEW]).open(sealed, "row")


def test_rotation_wraps_anew_without_sealing_anew() -> None:
    sealed = Vault([OLD]).seal(VALUES, "row")
    both = Vault([NEW, OLD])
    assert both.open(sealed, "row") == VALUES
    rewrapped = both.rewrap(sealed, "row")
    assert rewrapped is not None
    assert rewrapped[-40:] == sealed[-40:]
    assert both.rewrap(rewrapped, "row") is None
    assert Vault([NEW]).open(rewrapped, "row") == VALUES
    with pytest.raises(VaultError):
        Vault([OLD]).open(rewrapped, "row")
    with pytest.raises(VaultError):
        both.rewrap(sealed, "another row")


@pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b"x" * 31]])
def test_a_ring_of_keys_that_are_none(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Vault(keys)
