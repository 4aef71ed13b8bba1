"""Plans and the checks on save: every problem names its place."""

from __future__ import annotations

from typing import Any

import pytest

from a8n.errors import InvalidError
from a8n.items import JSON
from a8n.plan import Plan, check
from a8n.workflow import Workflow
from tests.kernel.toys import KERNEL, node, workflow


def problems(document: Workflow) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in check(KERNEL, document)]


def refused(data: Any) -> dict[str, str]:
    with pytest.raises(InvalidError) as caught:
        Workflow.parse(data)
    return {problem.path: problem.code for problem in caught.value.problems}


def start(**more: JSON) -> dict[str, JSON]:
    return {"nodes": [node("start")], **more}


class TestStructure:
    def test_two_nodes_with_one_id(self) -> None:
        assert refused({"nodes": [node("put"), {**node("put"), "name": "Other"}]}) == {"nodes.put.id": "duplicate"}

    def test_two_nodes_with_one_name(self) -> None:
        assert refused({"nodes": [node("put"), {**node("slow"), "name": "Put"}]}) == {"nodes.slow.name": "duplicate"}

    def test_a_connection_to_nowhere(self) -> None:
        wire = {"from": "start", "to": "gone"}
        assert refused(start(connections=[wire])) == {"connections.0.to": "unknown_node"}

    def test_an_id_that_is_no_slug(self) -> None:
        assert refused({"nodes": [{**node("put"), "id": "a b"}]}) == {"nodes.a b.id": "value_error"}

    def test_an_unknown_field_names_its_node(self) -> None:
        assert refused({"nodes": [{**node("put"), "color": "red"}]}) == {"nodes.put.color": "extra_forbidden"}

    def test_a_time_zone_that_is_none(self) -> None:
        assert refused(start(settings={"timezone": "Mars/Olympus"})) == {"settings.timezone": "value_error"}

    def test_a_cycle_that_can_be_entered_in_the_middle(self) -> None:
        wires = [("start", "put"), ("start", "slow"), ("put", "slow"), ("slow", "put")]
        found = refused({
            "nodes": [node("start"), node("put"), node("slow")],
            "connections": [{"from": a, "to": b} for a, b in wires],
        })  # fmt: skip
        assert list(found.values()) == ["irreducible"]

    @pytest.mark.parametrize("data", [None, [], "x", 5, {"nodes": "x"}, {"nodes": [5]}, {"nodes": [{"id": []}]}])
    def test_nonsense(self, data: Any) -> None:
        assert refused(data)

    def test_a_document_survives_the_round_trip(self) -> None:
        document = workflow([node("put", {"value": {"$": "json.n"}}, notes="hi")], "start > put")
        assert Workflow.parse(document.dump()).dump() == document.dump()


class TestParameters:
    def test_what_can_never_be_right(self) -> None:
        assert problems(workflow([node("count", {"n": "many"})])) == [("nodes.count.params.n", "int_parsing")]

    def test_what_is_missing(self) -> None:
        assert problems(workflow([node("split")])) == [("nodes.split.params.n", "missing")]

    def test_what_the_type_does_not_know(self) -> None:
        assert problems(workflow([node("put", {"vlaue": 1})])) == [("nodes.put.params.vlaue", "extra_forbidden")]

    def test_an_expression_may_stand_for_any_value(self) -> None:
        assert problems(workflow([node("split", {"n": {"$": "json.n"}})])) == []

    def test_an_expression_that_cannot_be_read(self) -> None:
        assert problems(workflow([node("split", {"n": {"$": "json..n"}})])) == [("nodes.split.params.n", "expression")]

    def test_an_expression_that_names_a_node_that_is_not_there(self) -> None:
        document = workflow([node("put", {"value": {"$": 'node("Gone").first'}})])
        assert problems(document) == [("nodes.put.params.value", "unknown_node")]

    def test_members_of_a_union_are_checked_by_their_own_fields(self) -> None:
        document = workflow([node("area", {"shape": {"kind": "square", "side": -1}}) | {"version": 3}])
        assert problems(document) == [("nodes.area.params.shape.side", "greater_than")]

    def test_an_expression_inside_a_member_of_a_union(self) -> None:
        document = workflow([node("area", {"shape": {"kind": "square", "side": {"$": "json.x"}}}) | {"version": 3}])
        assert problems(document) == []

    def test_an_unknown_tag(self) -> None:
        assert problems(workflow([node("put", {"value": {"$magic": 1}})])) == [
            ("nodes.put.params.value", "unknown_tag")
        ]

    def test_a_literal_that_looks_like_a_tag(self) -> None:
        document = workflow([node("put", {"value": {"$literal": {"$": "as it is"}}})], "start > put")
        constant = Plan(KERNEL, document, "start").nodes[1].binder.constant
        assert constant is not None
        assert constant.model_dump()["value"] == {"$": "as it is"}

    def test_a_credential_where_none_belongs(self) -> None:
        assert problems(workflow([node("put", {"value": {"$credential": "c1"}})])) == [
            ("nodes.put.params.value", "credential")
        ]

    def test_a_credential_in_its_slot_says_which_kinds_fit(self) -> None:
        document = workflow([node("locked", {"lock": {"$credential": "c1"}})], "start > locked")
        use = Plan(KERNEL, document, "start").nodes[1].binder.credentials[0]
        assert (use.id, use.kinds) == ("c1", ("Key",))


class TestTypes:
    def test_an_unknown_type_is_kept_and_shown_and_does_not_run(self) -> None:
        document = workflow([{**node("put", {"deep": {"x": 1}}), "type": "acme.rocket"}], "start > put")
        assert problems(document) == [("nodes.put.type", "unknown_type")]
        assert document.dump()["nodes"][1]["params"] == {"deep": {"x": 1}}
        with pytest.raises(InvalidError, match=r"acme\.rocket"):
            Plan(KERNEL, document, "start")

    def test_what_the_trigger_does_not_reach_may_be_broken(self) -> None:
        Plan(KERNEL, workflow([node("put"), {**node("slow"), "type": "acme.rocket"}], "start > put"), "start")

    def test_unknown_ports(self) -> None:
        document = workflow([node("split", {"n": 1}), node("put")], "start > split", "split.maybe > put.side")
        assert [code for _, code in problems(document)] == ["unknown_port", "unknown_port"]

    def test_a_trigger_cannot_stand_behind_another(self) -> None:
        with pytest.raises(InvalidError, match="only stand at the start"):
            Plan(KERNEL, workflow([node("start_2")], "start > start_2"), "start")

    @pytest.mark.parametrize(
        ("version", "params"),
        [(1, {"side": 2}), (2, {"shape": {"side": 2}}), (3, {"shape": {"kind": "square", "side": 2}})],
    )
    def test_old_parameters_are_upgraded(self, version: int, params: dict[str, JSON]) -> None:
        assert problems(workflow([node("area", params) | {"version": version}])) == []
