"""Airtable on loopback: it checks the token, takes ten records at a time, and answers in pages, as the real one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from a8n import NodeError
from a8n.testing import Services, credential, objects, run
from a8n_airtable import records
from a8n_airtable.api import AirtableAccount
from a8n_airtable.records import CreateRecords, DeleteRecord, FindRecords, TableChoices, UpdateRecords

BASE = "appAbCdEfGhIjKlMn"


class Airtable:
    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.refusals: list[web.Response | None] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read() or b"null")
        self.asked.append((request.method, request.path, body))
        refused = self.refusals.pop(0) if self.refusals else None
        if refused is not None:
            return refused
        if request.headers.get("authorization") != "Bearer pat1":
            return refusal(401, "AUTHENTICATION_REQUIRED", "Authentication required")
        path = request.path.removeprefix("/v0")
        if path == "/meta/whoami":
            return web.json_response({"id": "usr1", "email": "ada@example.org"})
        if path == "/meta/bases":
            return web.json_response({"bases": [{"id": BASE, "name": "Shop"}]})
        if path == f"/meta/bases/{BASE}/tables":
            return web.json_response({"tables": [{"id": "tbl1", "name": "Orders"}]})
        if not path.startswith(f"/{BASE}/My orders"):
            return refusal(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", "Invalid permissions, or not found")
        if path.endswith("/listRecords"):
            start, found = int(body.get("offset", "0")), list(self.records.values())
            more = {"offset": str(start + 2)} if start + 2 < len(found) else {}
            return web.json_response({"records": found[start : start + 2], **more})
        if request.method == "DELETE":
            return web.json_response({"deleted": True, "id": self.records.pop(path.rpartition("/")[2])["id"]})
        if len(body["records"]) > 10:
            return refusal(422, "INVALID_REQUEST_UNKNOWN", "You can only write 10 records at a time.")
        return web.json_response({"records": [self._written(one, body) for one in body["records"]]})

    def _written(self, given: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        keys = body.get("performUpsert", {}).get("fieldsToMergeOn", [])
        known = self.records.get(given.get("id", ""))
        for one in self.records.values() if keys else ():
            if all(one["fields"].get(key) == given["fields"][key] for key in keys):
                known = one
        if known is None:
            identity = f"rec{len(self.records):04}"
            known = self.records[identity] = {"id": identity, "createdTime": "2026-03-02T00:00:00.000Z", "fields": {}}
        known["fields"] |= given["fields"]
        return known


def refusal(status: int, kind: str, message: str) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": message}}, status=status)


@pytest.fixture
async def airtable(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Airtable]:
    monkeypatch.setattr(records, "BETWEEN", 0)
    served = Airtable()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    served.url = f"http://localhost:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


def account(airtable: Airtable, token: str = "pat1") -> AirtableAccount:
    return credential(AirtableAccount, token=token, api_url=airtable.url)


async def does(
    node: Any, airtable: Airtable, services: Services, items: Any = None, settings: Any = None, **params: Any
) -> list[dict[str, Any]]:
    given = {"account": account(airtable), "base": BASE, "table": "My orders", **params}
    return objects((await run(node, given, items or [{}], services=services, settings=settings or {}))["main"])


async def fails(node: Any, airtable: Airtable, services: Services, items: Any = None, **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await does(node, airtable, services, items, **params)
    return caught.value


async def test_the_test_button_and_live_choices(airtable: Airtable, services: Services) -> None:
    assert services.http is not None
    assert await account(airtable).check(services.http) == "signed in as ada@example.org"
    assert [one.label for one in await TableChoices.bases(account(airtable), services.http)] == ["Shop"]
    assert [one.value for one in await TableChoices.tables(account(airtable), BASE, services.http)] == ["tbl1"]
    with pytest.raises(NodeError, match="does not accept"):
        await account(airtable, "wrong").check(services.http)


async def test_records_are_made_ten_at_a_time_and_found(airtable: Airtable, services: Services) -> None:
    made = await does(CreateRecords, airtable, services, [{"Name": f"n{number}"} for number in range(25)])
    assert [one["fields"]["Name"] for one in made] == [f"n{number}" for number in range(25)]
    assert [len(one[2]["records"]) for one in airtable.asked] == [10, 10, 5]
    assert len(await does(FindRecords, airtable, services, formula="TRUE()")) == 25
    assert airtable.asked[-1][2]["filterByFormula"] == "TRUE()"
    assert len(await does(FindRecords, airtable, services, most=3)) == 3


async def test_a_retry_goes_on_after_what_was_made(airtable: Airtable, services: Services) -> None:
    airtable.refusals = [None, refusal(503, "X", "Try again")]
    settings = {"retry": {"attempts": 2, "delay": 0}}
    items = [{"Name": f"n{number}"} for number in range(15)]
    assert len(await does(CreateRecords, airtable, services, items, settings)) == 15
    assert len(airtable.records) == 15
    assert [len(one[2]["records"]) for one in airtable.asked] == [10, 5, 5]


async def test_records_are_updated_by_id_or_by_fields(airtable: Airtable, services: Services) -> None:
    (made,) = await does(CreateRecords, airtable, services, [{"Name": "A", "Total": 1}])
    await does(UpdateRecords, airtable, services, [{"id": made["id"], "fields": {"Total": 2}}])
    await does(UpdateRecords, airtable, services, [{"Name": "A", "Paid": True}, {"Name": "B"}], match=["Name"])
    assert [one["fields"] for one in airtable.records.values()] == [
        {"Name": "A", "Total": 2, "Paid": True}, {"Name": "B"},
    ]  # fmt: skip
    await does(DeleteRecord, airtable, services, record=made["id"])
    assert len(airtable.records) == 1
    assert (await fails(UpdateRecords, airtable, services, [{"Name": "A"}])).field == "match"
    assert (await fails(UpdateRecords, airtable, services, [{"X": 1}], match=["Name"])).field == "match"


async def test_refusals_say_what_to_do(airtable: Airtable, services: Services) -> None:
    airtable.refusals = [refusal(429, "TOO_MANY_REQUESTS", "Too many")]
    assert (await fails(FindRecords, airtable, services)).retry_after == 30
    gone = await fails(FindRecords, airtable, services, table="Gone")
    assert (gone.field, gone.retryable) == ("table", False)
    airtable.refusals = [refusal(422, "INVALID_FILTER_BY_FORMULA", "The formula is invalid")]
    assert (await fails(FindRecords, airtable, services, formula="(")).field == "formula"
    airtable.refusals = [web.json_response({"error": "NOT_FOUND"}, status=404)]
    assert "NOT_FOUND" in (await fails(FindRecords, airtable, services)).message
    airtable.refusals = [web.Response(text="<html>")]
    assert "no JSON object" in (await fails(FindRecords, airtable, services)).message
