"""Promises of a plugin as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from a8n.plugins import PluginReport

_PROBE = """
import importlib, json, sys
import a8n
before = set(sys.modules)
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def describes_itself(report: PluginReport) -> Iterator[str]:
    """The module's docstring is the plugin's description."""
    if not report.doc:
        yield "the module has no docstring: it is what the list of plugins shows"
    if not (report.nodes or report.triggers or report.credentials):
        yield "it registers nothing"


def imports_no_sdk(plugin: str) -> Iterator[str]:
    """Importing it loads the standard library, a8n and itself alone, so that listing node types stays fast."""
    result = subprocess.run(  # noqa: S603  # our own interpreter, and a module name that was imported already
        [sys.executable, "-c", _PROBE, plugin],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    if result.returncode != 0:
        yield f"it cannot be imported in a new process: {result.stderr.strip().splitlines()[-1]}"
        return
    own = plugin.partition(".")[0]
    loaded: list[str] = json.loads(result.stdout.splitlines()[-1])
    if any(name.startswith("a8n.runtime") for name in loaded):
        yield "it imports a8n.runtime; plugins import names of `a8n` only"
    tops = {name.partition(".")[0] for name in loaded} - {own, "a8n"} - sys.stdlib_module_names
    for name in sorted(tops):
        yield f"it imports {name} when it is loaded; import it inside the function that uses it"
