"""Records of tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from a8n import JSON, BatchNode, Choice, Context, Example, Field, HttpClient, Item, Node, NodeError, options
from a8n_airtable.api import AirtableAccount, call, table_path

BATCH = 10
"""Records of one request, which Airtable sets."""
BETWEEN = 0.2
"""Seconds between requests: Airtable takes five a second for a base."""
TABLE: dict[str, JSON] = {"account": {"$credential": "1"}, "base": "appAbCdEfGhIjKlMn", "table": "Orders"}
NEEDS = ("airtable.account",)


class TableChoices:
    """Live choices of nodes that work on a table."""

    @staticmethod
    @options("base")
    async def bases(account: AirtableAccount, http: HttpClient) -> list[Choice]:
        """Bases that the token has access to."""
        found = await call(http, account, "GET", "/meta/bases", where="account")
        return [Choice(value=one["id"], label=one["name"]) for one in found.get("bases", ())]

    @staticmethod
    @options("table")
    async def tables(account: AirtableAccount, base: str, http: HttpClient) -> list[Choice]:
        """Tables of the base."""
        found = await call(http, account, "GET", f"/meta/bases{table_path(base, 'tables')}", where="base")
        return [Choice(value=one["id"], label=one["name"]) for one in found.get("tables", ())]


def flat(record: dict[str, Any]) -> dict[str, JSON]:
    """A record as an object: its id, when it was made, and its fields. Airtable leaves empty fields out."""
    return {"id": record["id"], "created": record.get("createdTime"), "fields": record.get("fields") or {}}


class FindRecords(TableChoices, Node):
    """Get the records of a table that a formula or a view takes: one item for each."""

    key = "airtable.search"
    title = "Search Airtable records"
    group = "app"
    subtitle = "{table}"
    effect = "idempotent"
    examples = (Example("Open orders", {**TABLE, "formula": "{Status} = 'Open'"}, needs=NEEDS),)

    account: AirtableAccount = Field(description="Token that reads.")
    base: str = Field(min_length=1, description="Base by its id.")
    table: str = Field(min_length=1, description="Table by its id or name.")
    formula: str = Field("", max_length=10_000, description="Formula that is true of the records; empty for all.")
    view: str = Field("", description="View by its id or name, which filters and orders; empty for none.")
    fields_of: list[str] = Field([], max_length=200, description="Names of the fields to get; empty for all.")
    most: int = Field(1000, ge=1, le=100_000, description="Records at most; further ones are left out.")

    async def run(self, ctx: Context) -> Any:
        """Get them."""
        # a POST, since long formulas do not fit into an address
        path = table_path(self.base, self.table) + "/listRecords"
        given: dict[str, JSON] = {
            "filterByFormula": self.formula, "view": self.view, "fields": self.fields_of, "maxRecords": self.most,
            "pageSize": min(100, self.most),
        }  # fmt: skip
        body = {name: value for name, value in given.items() if value}
        found: list[dict[str, JSON]] = []
        offset, following = "", ""
        while True:
            more = {"offset": offset} if offset else {}
            page = await call(ctx.http, self.account, "POST", path, json={**body, **more},
                              where="formula" if self.formula else "table")  # fmt: skip
            found += [flat(one) for one in page.get("records", ())]
            following = str(page.get("offset") or "")
            if not following or following == offset or len(found) >= self.most:
                return found[: self.most]
            offset = following
            await asyncio.sleep(BETWEEN)


class CreateRecords(TableChoices, BatchNode):
    """Make a record of each item, ten in a request. What was made is recorded, so a retry goes on after it."""

    key = "airtable.create"
    title = "Create Airtable records"
    group = "app"
    subtitle = "{table}"
    examples = (Example("Orders", TABLE, items=({"Name": "A-17", "Total": 48},), needs=NEEDS),)

    account: AirtableAccount = Field(description="Token that writes.")
    base: str = Field(min_length=1, description="Base by its id.")
    table: str = Field(min_length=1, description="Table by its id or name.")
    typecast: bool = Field(False, description="Let Airtable convert texts, and make options that are not there.")

    async def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        """Make them: the fields of an item are the fields of its record."""
        done: list[dict[str, JSON]] = list(ctx.state or [])
        while len(done) < len(items):
            await ctx.keep(done, unsafe=True)
            batch = items[len(done) : len(done) + BATCH]
            body: JSON = {"records": [{"fields": one.json} for one in batch], "typecast": self.typecast}
            path = table_path(self.base, self.table)
            answer = await call(ctx.http, self.account, "POST", path, json=body, where="table")
            done += made(answer, len(batch))
            if len(done) < len(items):
                await asyncio.sleep(BETWEEN)
        return [Item(record, source=index) for index, record in enumerate(done)]


class UpdateRecords(TableChoices, BatchNode):
    """Update records by their id, or by fields that tell them apart; then those that are not there can be made."""

    key = "airtable.update"
    title = "Update Airtable records"
    group = "app"
    subtitle = "{table}"
    effect = "idempotent"
    examples = (
        Example("By a number", {**TABLE, "match": ["Name"]}, items=({"Name": "A-17", "Paid": True},), needs=NEEDS),
    )

    account: AirtableAccount = Field(description="Token that writes.")
    base: str = Field(min_length=1, description="Base by its id.")
    table: str = Field(min_length=1, description="Table by its id or name.")
    match: list[str] = Field(
        [], max_length=3, description="Fields that a record is found by, else it is made (upsert); empty for the id "
        "under `id`, with `fields` beside it.",
    )  # fmt: skip
    typecast: bool = Field(False, description="Let Airtable convert texts, and make options that are not there.")

    async def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        """Update them; other fields stay."""
        records = [self._record(item) for item in items]
        done: list[dict[str, JSON]] = []
        for start in range(0, len(records), BATCH):
            if start:
                await asyncio.sleep(BETWEEN)
            batch = records[start : start + BATCH]
            body: dict[str, JSON] = {"records": batch, "typecast": self.typecast}
            if self.match:
                body["performUpsert"] = {"fieldsToMergeOn": self.match}
            path = table_path(self.base, self.table)
            answer = await call(ctx.http, self.account, "PATCH", path, json=body, where="match")
            done += made(answer, len(batch))
        return [Item(record, source=index) for index, record in enumerate(done)]

    def _record(self, item: Item) -> dict[str, JSON]:
        if self.match:
            if lacking := [name for name in self.match if item.json.get(name) in (None, "")]:
                raise NodeError(f"an item has no {lacking[0]!r} to be found by", field="match", retryable=False)
            return {"fields": item.json}
        fields = item.json.get("fields")
        if not isinstance(item.json.get("id"), str) or not isinstance(fields, dict):
            raise NodeError("an item has no `id` and `fields`", field="match", retryable=False,
                            hint="name fields that records are found by")  # fmt: skip
        return {"id": item.json["id"], "fields": fields}


class DeleteRecord(TableChoices, Node):
    """Delete a record by its id. One that is not there any more is an error."""

    key = "airtable.delete"
    title = "Delete an Airtable record"
    group = "app"
    subtitle = "{table}"
    examples = (
        Example("By its id", {**TABLE, "record": {"$": "json.id"}}, items=({"id": "recAbCdEfGhIjKlMn"},), needs=NEEDS),
    )

    account: AirtableAccount = Field(description="Token that writes.")
    base: str = Field(min_length=1, description="Base by its id.")
    table: str = Field(min_length=1, description="Table by its id or name.")
    record: str = Field(pattern=r"^rec[A-Za-z0-9]{4,40}$", description="Record by its id.")

    async def run(self, ctx: Context) -> Any:
        """Delete it; the item goes on."""
        path = f"{table_path(self.base, self.table)}/{self.record}"
        await call(ctx.http, self.account, "DELETE", path, where="record")
        return ctx.item


def made(answer: dict[str, JSON], count: int) -> list[dict[str, JSON]]:
    """The records of an answer. Raises NodeError where they are not as many as were sent."""
    records = answer.get("records")
    if not isinstance(records, list) or len(records) != count:
        raise NodeError("Airtable did not say what it wrote", hint="look at the table", retryable=False)
    return [flat(one) for one in records]
