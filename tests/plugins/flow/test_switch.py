"""Switch: named outputs, by rules and by value."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import InvalidError, objects, run_sync
from a8n_flow import Switch


def rule(output: str, op: str, right: Any) -> dict[str, Any]:
    return {"output": output, "conditions": {"list": [{"left": {"$": "json.n"}, "op": op, "right": right}]}}


RULES = {"on": "rules", "rules": [rule("big", "gt", 10), rule("positive", "gt", 0)]}
ITEMS = [{"n": 20}, {"n": 5}, {"n": -1}]


def test_the_first_rule_that_holds_takes_the_item() -> None:
    outputs = run_sync(Switch, {"by": RULES}, ITEMS)
    assert {port: objects(items) for port, items in outputs.items()} == {"big": [ITEMS[0]], "positive": [ITEMS[1]]}


def test_all_rules_that_hold_take_the_item() -> None:
    outputs = run_sync(Switch, {"by": {**RULES, "match": "all"}}, ITEMS)
    assert objects(outputs["positive"]) == ITEMS[:2]
    assert objects(outputs["big"]) == ITEMS[:1]


def test_two_rules_may_share_an_output_which_gets_an_item_once() -> None:
    by = {"on": "rules", "match": "all", "rules": [rule("hit", "gt", 0), rule("hit", "gt", 10)]}
    assert objects(run_sync(Switch, {"by": by}, ITEMS)["hit"]) == ITEMS[:2]


def test_what_no_rule_takes_goes_to_the_fallback() -> None:
    outputs = run_sync(Switch, {"by": RULES, "otherwise": "output"}, ITEMS)
    assert list(outputs) == ["big", "positive", "fallback"]
    assert objects(outputs["fallback"]) == [ITEMS[2]]


def test_what_no_rule_takes_can_be_an_error() -> None:
    with pytest.raises(NodeError, match="no rule takes"):
        run_sync(Switch, {"by": RULES, "otherwise": "error"}, ITEMS)


def test_a_value_chooses_and_text_equals_its_number() -> None:
    cases = [{"value": "1", "output": "one"}, {"value": None, "output": "nothing"}, {"value": True, "output": "yes"}]
    by = {"on": "value", "value": {"$": "json.v"}, "cases": cases}
    outputs = run_sync(Switch, {"by": by}, [{"v": 1}, {"v": None}, {"v": True}, {"v": "2"}])
    assert {port: objects(items) for port, items in outputs.items()} == {
        "one": [{"v": 1}],
        "nothing": [{"v": None}],
        "yes": [{"v": True}],
    }


def test_an_unmatched_value_is_shown_in_the_error() -> None:
    by = {"on": "value", "value": {"$": "json.v"}, "cases": [{"value": 1, "output": "one"}]}
    with pytest.raises(NodeError, match='no case takes the value "spam"'):
        run_sync(Switch, {"by": by, "otherwise": "error"}, [{"v": "spam"}])


def test_a_condition_that_cannot_be_decided_is_named_by_its_rule() -> None:
    with pytest.raises(NodeError) as caught:
        run_sync(Switch, {"by": RULES}, [{"n": "x"}])
    assert caught.value.field == "by.rules.0.conditions.list.0.left"


def test_a_switch_needs_a_rule() -> None:
    with pytest.raises(InvalidError, match=r"by\.rules"):
        run_sync(Switch, {"by": {"on": "rules", "rules": []}})


@pytest.mark.parametrize("by", [None, 1, [], {}, {"on": "rules"}, {"rules": 7}, {"rules": [None]}, {"$": "json.by"}])
def test_ports_of_unfinished_parameters(by: Any) -> None:
    assert Switch.ports({"by": by}) == ("fallback",)


def test_values_that_are_missing_are_null_in_rules_and_values() -> None:
    outputs = run_sync(Switch, {"by": RULES, "otherwise": "output"}, [{}])
    assert objects(outputs["fallback"]) == [{}]
    by = {"on": "value", "value": {"$": "json.v"}, "cases": [{"value": None, "output": "nothing"}]}
    assert objects(run_sync(Switch, {"by": by}, [{}])["nothing"]) == [{}]
