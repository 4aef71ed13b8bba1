"""12. Testing your node.

`a8n.testing` runs a node as the engine does: parameters as they are saved, expressions resolved, output checked. What
lies outside is played by stand-ins: `FakeHttp` answers as you script it and keeps what it was asked, `MemoryFiles`
keeps files, `credential` makes a credential of plain values, `FakeCaller` is the web request that waits for an
answer. What a plugin promises in any case, the contract suite tests for you: `pytest --a8n-contract your_plugin`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from a8n import JSON, BatchNode, Context, Field, Item, Node, NodeError, Reply, Result, Wait
from a8n.testing import FakeCaller, FakeHttp, InvalidError, Services, StepWaits, objects, run
from a8n.testing.contract import checks

API = "https://weather.example.com"


class Weather(Node):
    """The weather in a city."""

    key = "fundamentals.weather"
    effect = "idempotent"

    city: str = Field(min_length=1, description="Name of the city.")

    async def run(self, ctx: Context) -> dict[str, JSON]:
        answer = await ctx.http.request("GET", f"{API}/now", params=[("city", self.city)])
        if answer.status == 404:
            raise NodeError(f"nobody knows {self.city}", field="city", retryable=False)
        ctx.log(f"asked about {self.city}")
        return {"city": self.city, **answer.json()}


async def test_give_it_items_and_look_at_what_came_out() -> None:
    http = FakeHttp().on("GET", f"{API}/now", json={"sky": "blue"}).on("GET", f"{API}/now", json={"sky": "grey"})
    outputs = await run(
        Weather, {"city": {"$": "json.town"}}, [{"town": "Rome"}, {"town": "Bonn"}], services=Services(http=http)
    )
    assert objects(outputs["main"]) == [{"city": "Rome", "sky": "blue"}, {"city": "Bonn", "sky": "grey"}]
    assert [sent.params for sent in http.requests] == [[("city", "Rome")], [("city", "Bonn")]]


async def test_look_at_the_error_and_the_field_it_names() -> None:
    http = FakeHttp().on("GET", f"{API}/now", status=404)
    with pytest.raises(NodeError, match="nobody knows Atlantis") as caught:
        await run(Weather, {"city": "Atlantis"}, services=Services(http=http))
    assert caught.value.field == "city"


async def test_a_network_that_fails_can_be_scripted_too() -> None:
    http = FakeHttp().on("GET", f"{API}/now", error=NodeError("no route to host")).on("GET", f"{API}/now", json={})
    outputs = await run(
        Weather, {"city": "Rome"}, services=Services(http=http), settings={"retry": {"attempts": 2, "delay": 0}}
    )
    assert objects(outputs["main"]) == [{"city": "Rome"}]
    assert len(http.requests) == 2


async def test_parameters_that_could_not_be_saved_are_refused() -> None:
    with pytest.raises(InvalidError, match=r"params\.city"):
        await run(Weather, {"city": ""})


class Answer(Node):
    """Answer whoever called."""

    key = "fundamentals.answer"
    effect = "pure"

    def run(self, ctx: Context) -> Result:
        ctx.reply(Reply(status=201, body=b"thanks"))
        return ctx.item


async def test_see_what_the_caller_is_answered() -> None:
    caller = FakeCaller()
    await run(Answer, caller=caller)
    assert caller.answer == Reply(status=201, body=b"thanks")


class Ask(BatchNode):
    """Wait until somebody says yes."""

    key = "fundamentals.ask"
    effect = "idempotent"

    async def run(self, ctx: Context, items: Sequence[Item]) -> Wait:
        return Wait(callable=True, data={"asked": len(items)})

    def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> list[Item]:
        return list(items) if payload == "yes" else []


async def test_a_node_that_waits_is_gone_on_with_by_hand() -> None:
    with pytest.raises(StepWaits) as caught:
        await run(Ask, items=[{"n": 1}])
    assert caught.value.wait.data == {"asked": 1}
    assert objects((await run(Ask, items=[{"n": 1}], resume="yes"))["main"]) == [{"n": 1}]
    assert (await run(Ask, items=[{"n": 1}], resume="no"))["main"] == []


@pytest.mark.parametrize("check", checks("a8n_manual"), ids=str)
def test_the_contract_is_kept(check: object) -> None:
    """Every node is described, its examples run, its schemas are valid and hold no secret, and more."""
    assert callable(check)
    check()
