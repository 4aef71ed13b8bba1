"""Asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from a8n import JSON, Context, Example, Field, KeyValue, Node
from a8n_sql.database import SqlDatabase, connected
from a8n_sql.statements import Sql, Statement


class Query(Node):
    """Run a statement of SQL and give its rows as items.

    Values are bound, never put into the text: write `:name` in the statement and give the value under *Values*.
    The server reads times from text, as in `created > :since`. A statement that gives no rows, such as an UPDATE
    without RETURNING, gives one item with the number of rows that it touched. It is one transaction.
    """

    key = "sql.query"
    title = "SQL query"
    group = "database"
    subtitle = "{statement}"
    examples = (
        Example(
            "Orders of a customer",
            {
                "database": {"$credential": "1"},
                "statement": "SELECT id, total FROM orders WHERE email = :email ORDER BY id",
                "values": [{"name": "email", "value": {"$": "json.email"}}],
                "read_only": True,
            },
            items=({"email": "ada@example.org"},),
            needs=("sql.database",),
        ),
    )

    database: SqlDatabase = Field(description="Database to ask.")
    statement: Sql = Field(min_length=1, description="One statement; values are named in it as `:name`.")
    values: list[KeyValue] = Field([], description="Values by the names that the statement gives them.")
    read_only: bool = Field(False, description="Refuse every change; the step may then be repeated without harm.")
    most: int = Field(10_000, ge=1, le=1_000_000, description="Rows at most; more are an error.")
    seconds: float = Field(60.0, gt=0, le=3600, description="Time limit in seconds, which the server holds too.")

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Any:
        """A question that changes nothing may be asked again."""
        return "idempotent" if params.get("read_only") is True else "unsafe"

    async def run(self, ctx: Context) -> Any:
        """Ask, and read the rows."""
        async with connected(self.database, ctx.reach, self.seconds) as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.transaction(readonly=self.read_only):
                asked = Statement(self.statement, self.values)
                result = await asked.run(driver, connection.dialect, self.most)
                return {"rows": result.touched} if result.rows is None else result.rows
