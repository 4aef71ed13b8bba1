"""The smoke size as tests: one module for each mode, so that they run beside each other."""

from __future__ import annotations

import sys

from tests.faults.__main__ import attempt
from tests.faults.cluster import Mode
from tests.faults.scenario import NotRunError, Scenario
from tests.faults.scenarios import ALL
from tests.faults.table import text

SEED = 20250101
TRIES = 3
"""A run in which no fault hit anything proves nothing, and is made again; a broken promise is reported at once."""


def scenarios(mode: Mode) -> list[Scenario]:
    """Those that are tried in a mode."""
    return [scenario for scenario in ALL if mode == scenario.smoke]


def faults_of(scenario: Scenario, mode: Mode) -> list[str]:
    """What is broken, or void each time; a scenario that this machine cannot run says so on stderr."""
    for seed in range(SEED, SEED + TRIES):
        try:
            rows = attempt(scenario, mode, seed, full=False)
        except NotRunError as error:
            print(f"NOT RUN {scenario.name} ({mode}): {error}", file=sys.__stderr__, flush=True)
            return []
        verdicts = {row.verdict for row in rows}
        if "void" not in verdicts or "BROKEN" in verdicts:
            break
    return [text(row) for row in rows if row.verdict != "kept"]
