"""The builder's types are made of the server's own `/openapi.json`. `make docs` writes them anew."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from tests.test_api_reference import document

ROOT = Path(__file__).parent.parent
TYPES = ROOT / "web" / "builder" / "src" / "lib" / "schema.d.ts"


def write(target: Path, folder: Path) -> None:
    """The types of this API."""
    source = folder / "openapi.json"
    source.write_text(json.dumps(asyncio.run(document())), encoding="utf-8")
    command = [
        sys.executable,
        "hatch_build.py",
        "npm",
        "run",
        "--silent",
        "schema",
        "--",
        str(source),
        "-o",
        str(target),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_of_the_builder_are_those_of_the_api(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    write(made, tmp_path)
    assert TYPES.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), "run: make docs"


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        write(TYPES, Path(temporary))
