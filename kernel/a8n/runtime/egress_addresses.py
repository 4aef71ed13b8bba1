"""Which addresses a8n may connect to: public ones, and those that the operator allowed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from a8n.errors import NodeError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host name as text. Raises OSError when there are none."""

# The tables are ours because `ipaddress.is_global` differs between Python versions and calls NAT64 global.
# Sources: IANA special-purpose address registries (RFC 6890), RFC 6598 (CGNAT), RFC 7526 (6to4).
_REFUSED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "168.63.129.16/32",  # Azure's host agent: a public number that only ever means the machine's own host
    )
)  # fmt: skip
_GLOBAL_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # Teredo and ORCHID, 6to4, documentation
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """True for an address on the open internet. IPv6 forms that carry an IPv4 address are judged by that one."""
    address = unwrapped(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_6 and not any(address in network for network in _REFUSED_6)


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), else the address itself."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's resolver. It also reads the decimal, octal and hexadecimal forms that some libraries take."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class AddressPolicy:
    """Judges hosts before every connection. `allow` has CIDRs, addresses, host names and `*.domain` patterns."""

    def __init__(self, allow: Sequence[str] = (), resolver: Resolver = resolve):
        """Raises ValueError for an entry that is none of these."""
        self._networks: list[Network] = []
        self._names: set[str] = set()
        self._domains: list[str] = []
        self._resolve = resolver
        for entry in allow:
            self._allow(entry.strip().lower().rstrip("."))

    def _allow(self, entry: str) -> None:
        try:
            self._networks.append(ip_network(entry, strict=False))
            return
        except ValueError:
            pass
        name = entry.removeprefix("*.")
        if not name or any(mark in name for mark in "/:*@ "):
            raise ValueError(f"{entry!r} in A8N_EGRESS_ALLOW is no CIDR, address, host name or *.domain")
        if entry.startswith("*."):
            self._domains.append("." + name)
        else:
            self._names.add(name)

    def permits(self, host: str, address: Address) -> bool:
        """Whether a connection to this address, found under this name, may be made."""
        if self._named(host):
            return True
        address = unwrapped(address)
        return is_public(address) or any(address in network for network in self._networks)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The permitted addresses of a host, in the resolver's order and never empty.

        Raises NodeError when it cannot be resolved (worth a retry) or has no permitted address (never).
        """
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NodeError(f"could not resolve {host}: {_reason(error)}") from None
        permitted = [
            str(unwrapped(address))
            for address in (ip_address(text.partition("%")[0]) for text in found)
            if self.permits(host, address)
        ]
        if permitted:
            return list(dict.fromkeys(permitted))
        if not found:
            raise NodeError(f"could not resolve {host}: it has no address")
        raise NodeError(
            f"refused to connect to {host}: not a public address; an operator can allow it with A8N_EGRESS_ALLOW",
            retryable=False,
        )

    def _named(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return name in self._names or any(name.endswith(domain) for domain in self._domains)


def _reason(error: OSError | UnicodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is no valid host name"
