"""The alert rules that ship with a8n ask for metrics that there are."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from tests.test_docs import metrics_table

RULES = Path(__file__).parents[2] / "contrib" / "deploy" / "alerts.yml"


def test_rules_ask_for_metrics_that_exist() -> None:
    known = set(re.findall(r"`(a8n_\w+)`", metrics_table()))
    (group,) = YAML(typ="safe").load(RULES)["groups"]
    for rule in group["rules"]:
        asked = {name.removesuffix("_bucket") for name in re.findall(r"a8n_\w+", rule["expr"])}
        assert asked, rule["alert"]
        assert asked <= known, rule["alert"]
