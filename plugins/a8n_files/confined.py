"""Files of this machine, inside folders that the operator has opened, and nowhere else.

A path is walked part by part, each opened relative to the one before and never through a link: so there is no moment
between the check and the use in which somebody could put a link there. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from a8n import NodeError

SETTING = "A8N_FILES"
"""The environment variable that has the folders, with `:` between them; read here and nowhere else."""
TEMPORARY = ".a8n-"
MODE = 0o640


class Found(NamedTuple):
    """An entry of a folder."""

    name: str
    folder: bool
    size: int
    modified: str


def roots() -> list[str]:
    """The folders that the operator has opened."""
    return [os.path.normpath(one) for one in os.environ.get(SETTING, "").split(":") if one.startswith("/")]


def read(path: str, most: int) -> bytes:
    """The content of a file of at most so many bytes. Raises NodeError."""
    with _parent(path) as (folder, name), os.fdopen(_regular_file(path, folder, name, os.O_RDONLY), "rb") as file:
        state = os.fstat(file.fileno())
        content = file.read(most + 1) if state.st_size <= most else b""
        if state.st_size > most or len(content) > most:
            raise NodeError(f"{path} has {max(state.st_size, most + 1):,} bytes; {most:,} are the most",
                            field="path", retryable=False)  # fmt: skip
        return content


def write(path: str, content: bytes, *, replace: bool, folders: bool) -> None:
    """Write a file, all of it or nothing. Raises NodeError, also where it is there and `replace` is not set."""
    with _parent(path, make=folders) as (folder, name):
        _not_special(path, folder, name)
        temporary = TEMPORARY + secrets.token_hex(8)
        with _told(path):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE, dir_fd=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                if replace:
                    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                else:
                    os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                    os.unlink(temporary, dir_fd=folder)
            except BaseException:
                _forget(temporary, folder)
                raise
            os.fsync(folder)


def append(path: str, content: bytes, *, folders: bool) -> None:
    """Add to the end of a file, which is made if it is not there. Raises NodeError."""
    with _parent(path, make=folders) as (folder, name):
        handle = _regular_file(path, folder, name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(handle, "ab") as file, _told(path):
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def delete(path: str) -> bool:
    """Delete a file; False where there is none. Raises NodeError, also for a folder."""
    with _parent(path) as (folder, name):
        try:
            _not_special(path, folder, name)
            os.unlink(name, dir_fd=folder)
            return True
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _failure(path, error) from None


def entries(path: str, limit: int) -> list[Found]:
    """What is in a folder, in order of names; links and half-written files are left out. Raises NodeError."""
    handle = _walked(path)
    try:
        found = []
        with os.scandir(handle) as listing:
            for entry in listing:
                state = entry.stat(follow_symlinks=False)
                special = not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode))
                if special or entry.name.startswith(TEMPORARY):
                    continue
                at = datetime.fromtimestamp(state.st_mtime, UTC).isoformat(timespec="milliseconds")
                folder = stat.S_ISDIR(state.st_mode)
                found.append(Found(entry.name, folder, state.st_size, at.replace("+00:00", "Z")))
                if len(found) > limit:
                    raise NodeError(f"{path} has more than {limit:,} entries", field="limit", retryable=False)
        return sorted(found)
    finally:
        os.close(handle)


@contextmanager
def _parent(path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that a file is in, opened, and the file's name in it."""
    folder, _, name = path.rpartition("/")
    if not name or name in (".", ".."):
        raise NodeError(f"{path[:200]!r} names no file", field="path", retryable=False)
    handle = _walked(folder or "/", make=make)
    try:
        yield handle, name
    finally:
        os.close(handle)


def _walked(path: str, *, make: bool = False) -> int:
    """A folder inside one of the roots, opened. Raises NodeError for any other."""
    parts = PurePosixPath(path).parts
    if not path.startswith("/") or ".." in parts or "\0" in path:
        raise NodeError(f"{path[:200]!r} is no full path such as /data/in/a.csv", field="path", retryable=False)
    root = _root(parts)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    with _told(root):
        handle = os.open(root, flags)
    for part in parts[len(PurePosixPath(root).parts) :]:
        try:
            with _told(path):
                if make:
                    _made(part, handle)
                inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=handle)
        finally:
            os.close(handle)
        handle = inner
    return handle


def _root(parts: Sequence[str]) -> str:
    opened = roots()
    if not hasattr(os, "O_NOFOLLOW"):  # Windows: nothing there keeps links out
        raise NodeError("files of this machine can be reached on Linux and macOS alone", field="path", retryable=False)
    if not opened:
        hint = f"the operator opens folders by {SETTING}=/data/in:/data/out"
        raise NodeError("no folder of this machine is open to workflows", field="path", hint=hint, retryable=False)
    inside = [one for one in opened if tuple(parts[: len(PurePosixPath(one).parts)]) == PurePosixPath(one).parts]
    if not inside:
        text = f"this is in none of the folders that are open to workflows: {', '.join(opened)}"
        raise NodeError(text, field="path", retryable=False)
    return max(inside, key=len)


def _regular_file(path: str, folder: int, name: str, flags: int) -> int:
    """A file, opened; never a link, a folder, or a device that would keep us waiting."""
    with _told(path):
        handle = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, MODE, dir_fd=folder)
    try:
        _regular(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def _made(name: str, folder: int) -> None:
    try:
        os.mkdir(name, 0o750, dir_fd=folder)
    except FileExistsError:
        return


def _not_special(path: str, folder: int, name: str) -> None:
    """Raise NodeError for what is there and is no file: nothing is put in the place of a folder, a link or a device."""
    try:
        _regular(path, os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return


def _regular(path: str, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise NodeError(f"{path} is a folder, a link or a device, and no file", field="path", retryable=False)


def _forget(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _failure(path, error) from None


def _failure(path: str, error: OSError) -> NodeError:
    said = {
        errno.ENOENT: "is not there", errno.EEXIST: "is there already", errno.ELOOP: "is a link",
        errno.ENOTDIR: "leads through a link or a file", errno.EACCES: "may not be used by a8n",
        errno.ENXIO: "is no file", errno.EISDIR: "is a folder", errno.ENAMETOOLONG: "has a name that is too long",
    }.get(error.errno or 0, f"cannot be used: {os.strerror(error.errno or 0)}")  # fmt: skip
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)
    return NodeError(f"{path} {said}", field="path", retryable=full)
