"""Pages of databases."""

from __future__ import annotations

from typing import Any

from a8n import JSON, Choice, Context, Example, Field, HttpClient, Json, Multiline, Node, NodeError, options
from a8n_notion.api import NotionAccount, PageId, call, identity, listed
from a8n_notion.properties import page_item, plain, rich, written

ACCOUNT: dict[str, JSON] = {"account": {"$credential": "1"}}
DATABASE = "0123456789abcdef0123456789abcdef"
BLOCKS = 100
"""Blocks of one request, which Notion sets."""


class DatabaseChoices:
    """Live choices of nodes that work on a database."""

    @staticmethod
    @options("database")
    async def databases(account: NotionAccount, search: str, http: HttpClient) -> list[Choice]:
        """Databases that were shared with the integration."""
        body: dict[str, JSON] = {"filter": {"property": "object", "value": "database"}, "query": search}
        found = listed(http, account, "POST", "/search", body, 50, "account")
        return [Choice(value=one["id"], label=plain(one.get("title")) or one["id"]) async for one in found]


class QueryDatabase(DatabaseChoices, Node):
    """Get the pages of a database that a filter takes: one item for each, with its properties as simple values."""

    key = "notion.query"
    title = "Query a Notion database"
    group = "app"
    effect = "idempotent"
    examples = (
        Example("What is open", {**ACCOUNT, "database": DATABASE,
                "filter": {"property": "Status", "status": {"equals": "Open"}}}, needs=("notion.account",)),
    )  # fmt: skip

    account: NotionAccount = Field(description="Integration that reads.")
    database: PageId = Field(min_length=1, description="Database by its id or address.")
    filter: Json = Field(None, description="Filter in Notion's JSON; empty for all pages.")
    sorts: Json = Field(None, description="Order in Notion's JSON: a list of properties with their direction.")
    most: int = Field(1000, ge=1, le=100_000, description="Pages at most; further ones are left out.")

    async def run(self, ctx: Context) -> Any:
        """Get them."""
        if self.filter is not None and not isinstance(self.filter, dict):
            raise NodeError("a filter is a JSON object", field="filter", retryable=False)
        if self.sorts is not None and not isinstance(self.sorts, list):
            raise NodeError("an order is a list", field="sorts", retryable=False)
        given = {"filter": self.filter, "sorts": self.sorts}
        body = {name: value for name, value in given.items() if value}
        path = f"/databases/{identity(self.database, 'database')}/query"
        where = "filter" if self.filter else "database"
        return [page_item(one) async for one in listed(ctx.http, self.account, "POST", path, body, self.most, where)]


class CreatePage(DatabaseChoices, Node):
    """Make a page in a database. Values are simple: a text, a number, the name of an option, a date."""

    key = "notion.create_page"
    title = "Create a Notion page"
    group = "app"
    examples = (
        Example("A task", {**ACCOUNT, "database": DATABASE, "values": {"Name": "Call Ada", "Tags": ["phone"]},
                "text": "At noon."}, needs=("notion.account",)),
    )  # fmt: skip

    account: NotionAccount = Field(description="Integration that writes.")
    database: PageId = Field(min_length=1, description="Database by its id or address.")
    values: dict[str, Any] = Field(description="Values by the names of the database's properties.")
    text: Multiline = Field("", description="Text of the page: a paragraph for each line.")

    async def run(self, ctx: Context) -> Any:
        """Make it."""
        database = identity(self.database, "database")
        schema = await call(ctx.http, self.account, "GET", f"/databases/{database}", where="database")
        blocks = paragraphs(self.text)
        if len(blocks) > BLOCKS:
            text = f"the text has {len(blocks)} lines; {BLOCKS} are the most"
            raise NodeError(text, field="text", hint="append the others", retryable=False)
        body: dict[str, JSON] = {
            "parent": {"database_id": database}, "children": blocks,
            "properties": written(schema.get("properties") or {}, self.values, "values"),
        }  # fmt: skip
        return page_item(await call(ctx.http, self.account, "POST", "/pages", body, "values"))


class UpdatePage(Node):
    """Change properties of a page by simple values, or put the page into the trash. Other properties stay."""

    key = "notion.update_page"
    title = "Update a Notion page"
    group = "app"
    effect = "idempotent"
    examples = (
        Example("Done", {**ACCOUNT, "page": {"$": "json.id"}, "values": {"Status": "Done"}},
                items=({"id": DATABASE},), needs=("notion.account",)),
    )  # fmt: skip

    account: NotionAccount = Field(description="Integration that writes.")
    page: PageId = Field(min_length=1, description="Page by its id or address.")
    values: dict[str, Any] = Field({}, description="Values by the names of the page's properties.")
    trash: bool = Field(False, description="Put the page into the trash.")

    async def run(self, ctx: Context) -> Any:
        """Change it."""
        path = f"/pages/{identity(self.page, 'page')}"
        page = await call(ctx.http, self.account, "GET", path, where="page")
        body: dict[str, JSON] = {"properties": written(page.get("properties") or {}, self.values, "values")}
        if self.trash:
            body["archived"] = True
        return page_item(await call(ctx.http, self.account, "PATCH", path, body, "values"))


class AppendText(Node):
    """Append text to a page: a paragraph for each line, 100 at most."""

    key = "notion.append"
    title = "Append to a Notion page"
    group = "app"
    examples = (Example("A note", {**ACCOUNT, "page": DATABASE, "text": "Ada called."}, needs=("notion.account",)),)

    account: NotionAccount = Field(description="Integration that writes.")
    page: PageId = Field(min_length=1, description="Page by its id or address.")
    text: Multiline = Field(min_length=1, description="The text.")

    async def run(self, ctx: Context) -> Any:
        """Append it; the item goes on."""
        blocks = paragraphs(self.text)
        if len(blocks) > BLOCKS:
            text = f"the text has {len(blocks)} lines; {BLOCKS} are the most"
            raise NodeError(text, field="text", retryable=False)
        path = f"/blocks/{identity(self.page, 'page')}/children"
        await call(ctx.http, self.account, "PATCH", path, {"children": blocks}, "page")
        return ctx.item


class SearchPages(Node):
    """Find pages by words of their title, the latest edited first."""

    key = "notion.search"
    title = "Search Notion"
    group = "app"
    subtitle = "{words}"
    effect = "idempotent"
    examples = (Example("Minutes", {**ACCOUNT, "words": "minutes"}, needs=("notion.account",)),)

    account: NotionAccount = Field(description="Integration that looks.")
    words: str = Field("", max_length=500, description="Words of the title; empty for all pages.")
    most: int = Field(100, ge=1, le=10_000, description="Pages at most; further ones are left out.")

    async def run(self, ctx: Context) -> Any:
        """Find them."""
        body: dict[str, JSON] = {"query": self.words, "filter": {"property": "object", "value": "page"}}
        body["sort"] = {"direction": "descending", "timestamp": "last_edited_time"}
        return [page_item(one) async for one in listed(ctx.http, self.account, "POST", "/search", body, self.most, "")]


def paragraphs(text: str) -> list[dict[str, JSON]]:
    """A paragraph for each line that is not empty."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [{"object": "block", "type": "paragraph", "paragraph": {"rich_text": rich(line)}} for line in lines]


class PageText(Node):
    """Get the text of a page: a line for each block. Blocks inside of others are left out."""

    key = "notion.page_text"
    title = "Read a Notion page"
    group = "app"
    effect = "idempotent"
    examples = (Example("A page", {**ACCOUNT, "page": DATABASE}, needs=("notion.account",)),)

    account: NotionAccount = Field(description="Integration that reads.")
    page: PageId = Field(min_length=1, description="Page by its id or address.")
    most: int = Field(1000, ge=1, le=10_000, description="Blocks at most; further ones are left out.")

    async def run(self, ctx: Context) -> dict[str, JSON]:
        """Read it."""
        page = identity(self.page, "page")
        lines = []
        async for block in listed(ctx.http, self.account, "GET", f"/blocks/{page}/children", {}, self.most, "page"):
            inner = block.get(str(block.get("type")))
            if isinstance(inner, dict) and "rich_text" in inner:
                lines.append(plain(inner["rich_text"]))
        return {"id": page, "text": "\n".join(lines)}
