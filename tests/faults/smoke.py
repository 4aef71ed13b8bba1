"""The smoke size as tests: one module for each mode, so that they run beside each other."""

from __future__ import annotations

import sys

from tests.faults.__main__ import attempt
from tests.faults.cluster import Mode
from tests.faults.scenario import NotRunError, Scenario
from tests.faults.scenarios import ALL
from tests.faults.table import text

SEED = 20250101


def scenarios(mode: Mode) -> list[Scenario]:
    """Those that are tried in a mode."""
    return [scenario for scenario in ALL if mode == scenario.smoke]


def faults_of(scenario: Scenario, mode: Mode) -> list[str]:
    """What is broken or void; a scenario that this machine cannot run says so on stderr."""
    try:
        rows = attempt(scenario, mode, SEED, full=False)
    except NotRunError as error:
        print(f"NOT RUN {scenario.name} ({mode}): {error}", file=sys.__stderr__, flush=True)
        return []
    return [text(row) for row in rows if row.verdict != "kept"]
