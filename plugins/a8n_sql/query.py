"""Asking."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from a8n import JSON, Code, Context, Example, Field, KeyValue, Node, NodeError
from a8n_sql.database import SqlDatabase, connected
from a8n_sql.values import portable

PAGE = 1000
"""Rows that are fetched at a time."""
Sql: Any = Code("sql")


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
        from sqlalchemy import text

        bound = {one.name: one.value for one in self.values}
        async with connected(self.database, ctx.reach, self.seconds) as connection:
            # every use of a name is a `$1` of its own
            compiled = text(self.statement).compile(dialect=connection.dialect)
            places = [str(name) for name in compiled.positiontup or ()]
            _complete(set(places), set(bound))
            given = [bound[name] for name in places]
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.transaction(readonly=self.read_only):
                prepared = await driver.prepare(compiled.string)
                columns = [column.name for column in prepared.get_attributes()]
                if columns:
                    return await self._rows(prepared.cursor(*given, prefetch=PAGE), _names(columns))
                await prepared.fetch(*given)
                return {"rows": _touched(prepared.get_statusmsg())}

    async def _rows(self, cursor: AsyncIterator[Any], names: list[str]) -> list[dict[str, JSON]]:
        rows: list[dict[str, JSON]] = []
        async for row in cursor:
            if len(rows) == self.most:
                hint = "add a LIMIT, or raise the field"
                raise NodeError(f"there are more than {self.most:,} rows", field="most", hint=hint, retryable=False)
            rows.append({name: portable(value) for name, value in zip(names, row.values(), strict=True)})
        return rows


def _touched(status: str) -> int:
    """Rows by what the server says at the end of a statement: `UPDATE 2`, `INSERT 0 1`, `CREATE TABLE`."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0


def _complete(named: set[str], given: set[str]) -> None:
    """Raise NodeError where the statement and the values do not name the same."""
    if missing := sorted(named - given):
        raise NodeError(
            f"the statement names :{missing[0]}, and no value has this name", field="values", retryable=False
        )
    if unused := sorted(given - named):
        raise NodeError(f"the statement does not name the value :{unused[0]}", field="values", retryable=False)


def _names(columns: list[str]) -> list[str]:
    """Names of the columns, each once: a second `id` is `id_2`."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names
