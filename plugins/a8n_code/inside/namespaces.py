"""A process of its own world: no network, no processes but itself, and of all files the standard library alone.

Made of Linux's own namespaces, without any program that would have to be installed. An unprivileged user makes a user
namespace first; root does without, and gives up being root instead.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

NEW_MOUNTS, NEW_CGROUPS, NEW_NAMES, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USERS, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SETUID, NO_DEVICES, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
DETACH = 2
PIVOT_ROOT, MOUNT_SETATTR, CAPSET = {
    "x86_64": (155, 442, 126),
    "aarch64": (41, 442, 91),
    "arm64": (41, 442, 91),
}.get(platform.machine(), (0, 0, 0))
HERE = -100  # AT_FDCWD
TREE = 0x8000  # AT_RECURSIVE

TASKS = 24
"""Threads that code may have."""
SCRATCH = "size=16m,mode=1777,nr_inodes=2000"
NOBODY = 65534
FIRST_UID = 2_000_000_000
PACKAGES = "/packages"
"""Where declared packages are, in the sandbox."""

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raises OSError that names the step which failed."""
    if result:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def enter(packages: str) -> None:
    """Go on as the only process of a sandbox; the caller waits for it outside. Raises OSError where it cannot be made.

    What returns is the child.
    """
    if sys.platform != "linux" or not PIVOT_ROOT:
        raise OSError(0, f"{sys.platform} on {platform.machine()} has no such sandbox")
    root = os.geteuid() == 0
    user, group = os.getuid(), os.getgid()
    nobody = FIRST_UID + os.getpid() if root and _maps(FIRST_UID) else NOBODY
    kinds = NEW_MOUNTS | NEW_CGROUPS | NEW_NAMES | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
    check(libc.unshare(kinds | (0 if root else NEW_USERS)), "unshare")
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _fork()
    _files(packages)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_NPROC, (TASKS, TASKS))
    _forget_rights(nobody if root else None)


def _fork() -> None:
    """The parent waits and ends as the child did; only the child returns, as process 1 of its namespace."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _files(packages: str) -> None:
    shown = {path: os.path.realpath(path) for path in _libraries()}  # links lead elsewhere once the root has changed
    if packages:
        shown[PACKAGES] = os.path.realpath(packages)
    mount(None, "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", "/tmp", "tmpfs", NO_SETUID | NO_DEVICES, "size=1m,mode=755")  # noqa: S108  # a mount point
    os.mkdir("/tmp/old")  # noqa: S108  # in the new file system
    check(libc.syscall(PIVOT_ROOT, b"/tmp", b"/tmp/old"), "pivot_root")
    os.chdir("/")
    for target, source in shown.items():
        os.makedirs(target, exist_ok=True)
        mount(f"/old{source}", target, None, BIND | RECURSIVE)
        for hidden in ("site-packages", "dist-packages"):
            if os.path.isdir(f"{target}/{hidden}"):
                mount("tmpfs", f"{target}/{hidden}", "tmpfs", NO_SETUID | NO_DEVICES, "size=4k")
        _seal(target, TREE)
    os.mkdir("/dev")
    for device in ("/dev/null", "/dev/urandom"):
        os.close(os.open(device, os.O_CREAT | os.O_WRONLY, 0o444))
        mount(f"/old{device}", device, None, BIND)
    os.mkdir("/tmp")  # noqa: S108
    mount("tmpfs", "/tmp", "tmpfs", NO_SETUID | NO_DEVICES, SCRATCH)  # noqa: S108
    check(libc.umount2(b"/old", DETACH), "umount")
    os.rmdir("/old")
    _seal("/", 0)
    os.chdir("/tmp")  # noqa: S108
    check(libc.sethostname(b"sandbox", 7), "sethostname")


def _libraries() -> Iterator[str]:
    """The standard library, and the C libraries that its modules are linked against."""
    yield os.path.dirname(os.path.realpath(os.__file__))
    architecture = sysconfig.get_config_var("MULTIARCH") or ""
    folders = [f"/lib/{architecture}", f"/usr/lib/{architecture}"] if architecture else ["/lib", "/usr/lib"]
    yield from filter(os.path.isdir, [*folders, "/lib64", "/usr/lib64", "/usr/share/zoneinfo"])


def _seal(path: str, depth: int) -> None:
    """Forbid writing to a mount, and with TREE to all that is mounted in it."""
    wanted = struct.pack("QQQQ", READ_ONLY | NO_SETUID | NO_DEVICES, 0, 0, 0)
    check(libc.syscall(MOUNT_SETATTR, HERE, path.encode(), depth, wanted, len(wanted)), f"mount_setattr {path}")


def _forget_rights(nobody: int | None) -> None:
    """Give up every right over the namespaces, and be nobody in particular."""
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; beyond the last one that there is it fails
    if nobody is not None:
        os.setgroups([])
        os.setresgid(nobody, nobody, nobody)
        os.setresuid(nobody, nobody, nobody)
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    check(libc.syscall(CAPSET, header, nothing), "capset")
    check(libc.prctl(4, 0, 0, 0, 0), "prctl")  # PR_SET_DUMPABLE: nobody of the same user may look into it
    check(libc.prctl(1, signal.SIGKILL, 0, 0, 0), "prctl")  # PR_SET_PDEATHSIG, which a change of user would clear


def _maps(uid: int) -> bool:
    """Whether this process may be that user."""
    with open("/proc/self/uid_map") as table:
        ranges = [[int(number) for number in line.split()] for line in table]
    return any(first <= uid < uid + 2**24 <= first + count for first, _, count in ranges)


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """mount(2). Raises OSError."""
    given = [text.encode() if text is not None else None for text in (source, target, kind, options)]
    check(libc.mount(given[0], given[1], given[2], ctypes.c_ulong(flags), given[3]), f"mount {target}")
