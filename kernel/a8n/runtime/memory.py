"""How much memory this process has, and how much it may have, as Linux tells it (proc(5), cgroups(7))."""

from __future__ import annotations

import os
from pathlib import Path

SHARE = 0.8
"""Of the memory there is: the rest is for the system, and for what is accepted already."""
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Bytes of this process that are in memory; 0 where the system does not tell."""
    try:
        return int(STATM.read_bytes().split(None, 2)[1]) * _PAGE
    except OSError:
        return 0


def memory_limit(wanted: int) -> int:
    """The bytes that were asked for; for 0 a share of what the container or the host has. 0 where nobody knows."""
    if wanted:
        return wanted
    known = [limit for limit in (*map(_cgroup, CGROUPS), _host()) if limit]
    return int(min(known, default=0) * SHARE)


def _cgroup(path: Path) -> int:
    try:
        text = path.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def _host() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * _PAGE
    except (ValueError, OSError):
        return 0
