"""Who sent a request: the peer of the connection, or, where that is a proxy of ours, whom the proxy names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]

PART = re.compile(r'(?i)(?:^|;)\s*for=(?:"([^"]*)"|([^;]*))')
"""`for` in a part of a Forwarded header (RFC 7239, section 4)."""
PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([^:]*):\d+")


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Networks) -> str:
    """The address of the client.

    Of the chain that `X-Forwarded-For` or `Forwarded` gives, the rightmost that is no proxy of ours: everything to
    the left of it is the client's own claim. Where both headers are there and differ, one of them is not our
    proxy's, and the peer counts.
    """
    if not _is_trusted(peer, trusted):
        return peer
    found = {}
    for name in (b"x-forwarded-for", b"forwarded"):
        lines = [value.decode("latin-1") for key, value in headers if key == name]
        if lines:
            parts = ",".join(lines).split(",")
            chain = parts if name == b"x-forwarded-for" else [_named(part) for part in parts]
            found[name] = _rightmost(peer, chain, trusted)
    addresses = set(found.values())
    return addresses.pop() if len(addresses) == 1 else peer


def _rightmost(peer: str, chain: Sequence[str], trusted: Networks) -> str:
    nearest = peer
    for entry in reversed(chain):
        address = _bare(entry.strip())
        if address is None:
            return nearest
        nearest = address
        if not _is_trusted(address, trusted):
            return address
    return nearest


def _named(part: str) -> str:
    found = PART.search(part)
    return (found[1] if found[1] is not None else found[2]) if found is not None else ""


def _bare(entry: str) -> str | None:
    """The address without a port; None for what is none (`unknown`, an obfuscated name)."""
    found = PORT.fullmatch(entry)
    text = (found[1] if found[1] is not None else found[2]) if found is not None else entry
    try:
        return str(_plain(text))
    except ValueError:
        return None


def _plain(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped if mapped is not None else address


def _is_trusted(text: str, trusted: Networks) -> bool:
    if not trusted:
        return False
    try:
        address = _plain(text)
    except ValueError:
        return False
    return any(address in network for network in trusted)
