"""A Chromium to test with: one that is installed, else Debian's package, else the one that npm has as a package.

`python -m tests.browser.chromium` says which one the tests take.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "build" / "browser"
"""What is fetched stays here."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
PACKAGE = "@sparticuz/chromium@147.0.0"
"""Chromium's headless shell for Linux on x86-64: one file of Brotli, and the libraries that a small system lacks."""
UNPACK = """
const { createReadStream, createWriteStream } = require('node:fs');
const { createBrotliDecompress } = require('node:zlib');
const [source, target] = process.argv.slice(1);
const streams = [createReadStream(source), createBrotliDecompress(), createWriteStream(target)];
require('node:stream').pipeline(streams, (error) => {
  if (error) throw error;
});
"""
PATIENCE = 600.0
"""Seconds for a download."""


class MissingBrowserError(Exception):
    """There is none and none can be had; the message says why, for each way."""


@dataclass(frozen=True)
class Chromium:
    """A browser that has been seen to start."""

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)
    """What its process needs in its environment, beside ours."""

    def version(self) -> str:
        """What it says of itself. Raises OSError or CalledProcessError where it does not start."""
        done = subprocess.run(
            [str(self.path), "--version"],
            env={**os.environ, **self.env}, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout.strip()


def chromium() -> Chromium:
    """The first way that leads to a browser. Raises MissingBrowserError."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    with _alone():
        # The processes of one test run would each wait for the same downloads in vain.
        failed = FOLDER / f"failed-{run}"
        if run and failed.is_file():
            raise MissingBrowserError(failed.read_text())
        reasons = []
        for way in (installed, of_debian, of_npm):
            try:
                return way()
            except MissingBrowserError as error:
                reasons.append(f"{way.__name__}: {error}")
        if run:
            failed.write_text("; ".join(reasons))
        raise MissingBrowserError("; ".join(reasons))


def installed() -> Chromium:
    """A browser of the machine, or the one that A8N_CHROMIUM names."""
    named = os.environ.get("A8N_CHROMIUM", "")
    candidates = [named] if named else [*filter(None, map(shutil.which, NAMES)), *PLACES]
    for candidate in candidates:
        found = Chromium(Path(candidate))
        if _starts(found):
            return found
    raise MissingBrowserError(f"{named} does not start" if named else "no Chromium or Chrome is installed")


def of_debian() -> Chromium:
    """The distribution's package, where we may install packages."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise MissingBrowserError("there is no apt-get, or this is not root")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "--quiet"], env=env)
    _run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"], env=env)
    return installed()


def of_npm() -> Chromium:
    """The packed one of npm, unpacked into `build/browser`."""
    folder = FOLDER / PACKAGE.rpartition("@")[2]
    found = _unpacked(folder)
    if found is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _run([sys.executable, "hatch_build.py", "npm", "pack", PACKAGE, "--pack-destination", str(folder)])
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        archive.unlink()
        packed = folder / "package" / "bin"
        _brotli(packed / "chromium.br", folder / "chromium")
        _brotli(packed / "al2023.tar.br", folder / "libraries.tar")
        with tarfile.open(folder / "libraries.tar") as opened:
            opened.extractall(folder / "libraries", filter="data")
        (folder / "chromium").chmod(0o755)
        shutil.rmtree(folder / "package")
        found = _unpacked(folder)
    if found is None:
        raise MissingBrowserError(f"the Chromium of {PACKAGE} does not start here")
    return found


def _unpacked(folder: Path) -> Chromium | None:
    program = folder / "chromium"
    # Its own libraries only where the system has none: two of a kind do not go together.
    for env in ({}, {"LD_LIBRARY_PATH": str(folder / "libraries" / "lib")}):
        found = Chromium(program, env)
        if program.is_file() and _starts(found):
            return found
    return None


def _starts(found: Chromium) -> bool:
    try:
        return bool(found.version())
    except (OSError, subprocess.SubprocessError):
        return False


def _brotli(source: Path, target: Path) -> None:
    """Python has no Brotli; Node has."""
    _run([sys.executable, "hatch_build.py", "npm", "exec", "--", "node", "-e", UNPACK, str(source), str(target)])


def _run(command: list[str], env: Mapping[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingBrowserError(str(error)) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise MissingBrowserError(f"`{' '.join(command[:3])} …` failed: {said[-1] if said else done.returncode}")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time looks and fetches."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    ways: dict[str, Callable[[], Chromium]] = {way.__name__: way for way in (installed, of_debian, of_npm)}
    way_to_go = ways[sys.argv[1]] if len(sys.argv) > 1 else chromium
    FOLDER.mkdir(parents=True, exist_ok=True)
    taken = way_to_go()
    print(taken.path, taken.version())
