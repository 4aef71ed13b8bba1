"""The smoke size of the fault tests in the embedded mode. `make faults` runs the full size."""

from __future__ import annotations

import pytest

from tests.faults.scenario import Scenario
from tests.faults.smoke import faults_of, scenarios


@pytest.mark.parametrize("scenario", scenarios("embedded"), ids=lambda scenario: scenario.name)
def test_promise(scenario: Scenario) -> None:
    assert faults_of(scenario, "embedded") == []
