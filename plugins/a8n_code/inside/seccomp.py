"""The system calls that code may make, enforced by the kernel (seccomp-BPF): whatever is not listed fails with EPERM.

There is no way to open a socket, to start a process or to run a program, to mount, to trace, or to change who one is.
Numbers are of x86-64 and of arm64, -1 where the architecture has no such call; from the kernel's `unistd.h`.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

Table = dict[str, tuple[int, int]]

# fmt: off
CORE: Table = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "brk": (12, 214),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
    "sched_yield": (24, 124),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
}
"""What an interpreter needs that has all its data: memory, time, and the pipes that are open."""

MORE: Table = {
    "tgkill": (234, 131),
    "open": (2, -1),
    "openat": (257, 56),
    "stat": (4, -1),
    "lstat": (6, -1),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, -1),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, -1),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "mkdir": (83, -1),
    "mkdirat": (258, 34),
    "unlink": (87, -1),
    "unlinkat": (263, 35),
    "rmdir": (84, -1),
    "rename": (82, -1),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "fallocate": (285, 47),
    "ftruncate": (77, 46),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "utimensat": (280, 88),
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "umask": (95, 166),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, -1),
    "dup3": (292, 24),
    "pipe": (22, -1),
    "pipe2": (293, 59),
    "fcntl": (72, 25),
    "msync": (26, 227),
    "mincore": (27, 232),
    "membarrier": (324, 283),
    "set_tid_address": (218, 96),
    "get_robust_list": (274, 100),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "getppid": (110, 173),
    "getpgrp": (111, -1),
    "getpgid": (121, 155),
    "getsid": (124, 156),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrusage": (98, 165),
    "times": (100, 153),
    "getrlimit": (97, 163),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "time": (201, -1),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    "alarm": (37, -1),
    "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137),
    "poll": (7, -1),
    "ppoll": (271, 73),
    "select": (23, -1),
    "pselect6": (270, 72),
    "epoll_create": (213, -1),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, -1),
    "epoll_pwait": (281, 22),
    "eventfd2": (290, 19),
    "socketpair": (53, 199),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "shutdown": (48, 210),
    "getsockopt": (55, 209),
    "setsockopt": (54, 208),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
}
"""What CPython and its libraries need besides: files (of the few that are there), threads' and pipes' bookkeeping."""
# fmt: on

IOCTL, PRLIMIT, CLONE, CLONE3 = (16, 29), (302, 261), (56, 220), (435, 435)
THREAD = 0x10000  # CLONE_THREAD
IOCTLS = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: questions, and flags of one's own descriptors."""
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1), "arm64": (0xC00000B7, 1)}

LOAD, EQUAL, AT_LEAST, BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000

Instruction = tuple[int, int, int, int]
"""A BPF instruction: code, jump if true, jump if false, operand."""


def program(table: Table, threads: bool) -> list[Instruction]:
    """The filter for this machine. Raises OSError on an architecture whose numbers are not known here."""
    try:
        audit, column = ARCHITECTURES[platform.machine()]
    except KeyError:
        raise OSError(errno.ENOSYS, f"no system call filter for {platform.machine()}") from None
    lines: list[Instruction] = [
        (LOAD, 0, 0, 4),  # the architecture that the call is made for
        (EQUAL, 1, 0, audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),  # the number of the call
        (AT_LEAST, 0, 1, 0x40000000),  # the x32 ABI, another table under the same architecture
        (RETURN, 0, 0, KILL),
    ]
    for numbers in table.values():
        if numbers[column] >= 0:
            lines += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, ALLOW)]
    # A process may look at its own limits, and lower them; not at those of others.
    lines += [(EQUAL, 0, 4, PRLIMIT[column]), (LOAD, 0, 0, 16), (EQUAL, 0, 1, 0)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL | errno.EPERM)]
    if threads:  # glibc falls back to clone where clone3 is unknown, and the flags of clone can be looked at
        lines += [(EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
        lines += [(EQUAL, 0, 4, CLONE[column]), (LOAD, 0, 0, 16), (BITS, 0, 1, THREAD)]
        lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL | errno.EPERM)]
        lines += [(EQUAL, 0, 1 + 2 * len(IOCTLS), IOCTL[column]), (LOAD, 0, 0, 24)]
        for request in IOCTLS:
            lines += [(EQUAL, 0, 1, request), (RETURN, 0, 0, ALLOW)]
    return [*lines, (RETURN, 0, 0, FAIL | errno.EPERM)]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def lock(table: Table, *, threads: bool) -> None:
    """Allow this process and its threads the calls of the table, for good. Raises OSError."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "system call filters are a thing of Linux")
    lines = program(table, threads)
    packed = b"".join(struct.pack("HBBI", code, yes, no, k) for code, yes, no, k in lines)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    given = _Program(len(lines), ctypes.cast(buffer, ctypes.c_void_p).value)
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_filter, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_filter, mode_filter, ctypes.byref(given), 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, f"seccomp: {errno.errorcode.get(code, code)}")
