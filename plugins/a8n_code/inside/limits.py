"""Limits that the kernel keeps for the process, set before a line of the author's code runs."""

from __future__ import annotations

import resource

FILE = 16 * 2**20
"""Bytes that one file in the sandbox's own /tmp may have."""


def own_size() -> int:
    """Bytes of address space that this process has taken already."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def narrow() -> None:
    """What no run may have more of."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(kind, (most, most))


def narrow_to(memory: int, seconds: float) -> None:
    """What this run may have: bytes of address space, and seconds of the processor, which only back the clock up."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    cpu = int(seconds) + 3
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
