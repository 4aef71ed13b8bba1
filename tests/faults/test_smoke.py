"""The smoke size of every scenario. `make faults` runs the full size."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import attempt
from tests.faults.cluster import Mode
from tests.faults.scenario import NotRunError, Scenario
from tests.faults.scenarios import ALL
from tests.faults.table import text

SEED = 20250101
RUNS = [(mode, scenario) for mode in ("embedded", "distributed") for scenario in ALL if mode in scenario.modes]


@pytest.mark.parametrize(("mode", "scenario"), RUNS, ids=[f"{scenario.name}-{mode}" for mode, scenario in RUNS])
def test_promise(mode: Mode, scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is broken or void is in the message."""
    try:
        rows = attempt(scenario, mode, SEED, full=False)
    except NotRunError as error:
        with capsys.disabled():
            print(f"\nNOT RUN {scenario.name} ({mode}): {error}")
        return
    assert [text(row) for row in rows if row.verdict != "kept"] == []
