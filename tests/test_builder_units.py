"""The builder's own unit tests, which vitest runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_unit_tests_of_the_builder_pass() -> None:
    command = [sys.executable, "hatch_build.py", "npm", "test", "--silent"]
    # Two threads: pytest runs beside it, one process for each processor.
    env = {**os.environ, "CI": "1", "NO_COLOR": "1", "VITEST_MAX_WORKERS": "2"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "passed" in done.stdout
