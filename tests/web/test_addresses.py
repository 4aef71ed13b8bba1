"""Whom a request is from: the peer, or whom a proxy of ours names."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from a8n_web.addresses import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def seen(peer: str, **headers: str | list[str]) -> str:
    lines = [
        (name.replace("_", "-").encode(), line.encode())
        for name, value in headers.items()
        for line in (value if isinstance(value, list) else [value])
    ]
    return client_address(peer, lines, TRUSTED)


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:dead::1]:4711", "2001:dead::1"),
        ("10.0.0.1", "2001:dead::1", "2001:dead::1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, ", "10.0.0.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_x_forwarded_for(peer: str, chain: str, client: str) -> None:
    assert seen(peer, x_forwarded_for=chain) == client


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
        ('for=6.6.6.6, proto=https;For="[2001:dead::1]:4711"', "2001:dead::1"),
        ("for=unknown", "10.0.0.1"),
        ("for=_hidden", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
    ],
)
def test_forwarded(header: str, client: str) -> None:
    assert seen("10.0.0.1", forwarded=header) == client


def test_lines_of_one_header_are_one_list() -> None:
    assert seen("10.0.0.1", x_forwarded_for=["6.6.6.6", "203.0.113.9"]) == "203.0.113.9"


def test_two_headers_that_differ_prove_nothing() -> None:
    assert seen("10.0.0.1", x_forwarded_for="203.0.113.9", forwarded="for=6.6.6.6") == "10.0.0.1"
    assert seen("10.0.0.1", x_forwarded_for="203.0.113.9", forwarded="for=203.0.113.9") == "203.0.113.9"
