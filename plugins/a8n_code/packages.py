"""Packages for full Python: fetched once by uv into a folder of their own, which sandboxes see and cannot change."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from a8n import NodeError

PATIENCE = 180.0
"""Seconds that fetching may take."""
PASSED_ON = ("HOME", "PATH", "LANG", "TMPDIR", "XDG_", "UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""What uv sees of the environment: where it finds its index and its cache, and no secret of a8n."""
INSTALL = (
    # Wheels only: building a source distribution would run its code outside of the sandbox.
    ("pip", "install", "--quiet", "--only-binary", ":all:", "--no-progress", "--link-mode", "copy"),
    ("--python", sys.executable, "--target"),
)


class Packages:
    """The folders of packages on this machine, by what is in them."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}

    async def folder(self, names: Sequence[str]) -> str:
        """The folder that holds these packages and what they need, made at the first use. Raises NodeError."""
        if not names:
            return ""
        return await asyncio.to_thread(self._made, sorted(names))

    def _made(self, names: Sequence[str]) -> str:
        key = hashlib.sha256("\n".join((sys.version, *names)).encode()).hexdigest()[:32]
        folder = cache() / key
        with self._locks.setdefault(key, threading.Lock()):
            if not folder.exists():
                fetch(names, folder)
        return str(folder)


def cache() -> Path:
    """Where the folders are: the user's cache, since they can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "a8n" / "code"


def fetch(names: Sequence[str], folder: Path) -> None:
    """Install into a new folder and put it in its place whole. Raises NodeError."""
    made = folder.with_name(f".{folder.name}-{uuid4().hex}")
    try:
        made.mkdir(parents=True, mode=0o755)
        run_uv([*INSTALL[0], *INSTALL[1], str(made), "--", *names], made)
        for path in (made, *made.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # a sandbox that root made runs as nobody
        made.rename(folder)
    except OSError as error:
        if not folder.exists():  # another process was faster
            raise problem(f"the folder of packages cannot be made: {error}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def run_uv(arguments: Sequence[str], folder: Path) -> None:
    """Raises NodeError with what uv says."""
    environment = {name: value for name, value in os.environ.items() if name.upper().startswith(PASSED_ON)}
    try:
        done = subprocess.run(  # noqa: S603  # names match a pattern that leaves no room for options
            [uv(), *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise problem(f"fetching the packages took longer than {PATIENCE:g} s", retryable=True) from None
    if done.returncode:
        said = " ".join(done.stderr.split())[:1000]
        raise problem(f"the packages cannot be fetched: {said}", hint="packages need to be on the index, as wheels")


def uv() -> str:
    """The program. Raises NodeError where it is missing."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise problem("uv, which fetches packages, is not installed here", hint="pip install uv")
    return found


def problem(message: str, *, hint: str | None = None, retryable: bool = False) -> NodeError:
    """An error at the field of the packages."""
    return NodeError(message, hint=hint, field="runs_in.packages", retryable=retryable)


packages = Packages()
