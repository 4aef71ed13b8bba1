"""Environments as a user has them: a8n and plugins installed by pip, connected by nothing but entry points.

The dependencies of a8n are taken from the environment of the tests, through one line in a `.pth` file, so that this
needs no network. Nothing else of it is seen: lines in a `.pth` are no site directories, so the editable a8n of the
tests does not come along, and its metadata stands behind that of the installed one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "web" / "a8n_web" / "static"


def checkout(folder: Path) -> Path:
    """A copy of what git tracks or would track, and the builder's page: no caches, no other builds, no data.

    The page comes along so that not each install of a copy fetches the packages that it is built with.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    if PAGE.is_dir():
        shutil.copytree(PAGE, folder / PAGE.relative_to(ROOT))
    return folder


def environment(folder: Path, *sources: Path) -> Path:
    """A new virtual environment with these distributions (folders or wheels); gives its folder of commands."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip("--python", str(folder / "bin" / "python"), "install", *map(str, sources))
    return folder / "bin"


def wheel(source: Path, folder: Path) -> Path:
    """The built wheel of a distribution."""
    pip("wheel", "--wheel-dir", str(folder), str(source))
    (built,) = folder.glob("*.whl")
    return built


def pip(*args: str) -> None:
    options, command, rest = (args[:2], args[2], args[3:]) if args[0] == "--python" else ((), args[0], args[1:])
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    result = subprocess.run(
        [sys.executable, "-m", "pip", *options, command, *offline, *rest], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def distribution(folder: Path, module: str, entry: str, source: str) -> Path:
    """A plugin distribution of one module."""
    folder.mkdir(parents=True)
    (folder / f"{module}.py").write_text(source)
    (folder / "pyproject.toml").write_text(f"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{module.replace("_", "-")}"
version = "1.0"

[project.entry-points.a8n]
{entry} = "{module}"

[tool.hatch.build.targets.wheel]
only-include = ["{module}.py"]
""")
    return folder
