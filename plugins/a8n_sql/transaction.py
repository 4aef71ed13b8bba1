"""Several statements, all or none."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from a8n import Context, Example, Field, KeyValue, Node, NodeError, Parameters
from a8n_sql.database import SqlDatabase, connected
from a8n_sql.statements import Sql, Statement


class Part(Parameters):
    """One statement of a transaction."""

    statement: Sql = Field(min_length=1, description="The statement; values are named in it as `:name`.")
    values: list[KeyValue] = Field([], description="Values by the names that the statement gives them.")
    rows: int | None = Field(
        None, ge=0, description="How many rows it has to touch or give; another number undoes everything."
    )


class Came(BaseModel, use_attribute_docstrings=True):
    """What one statement did."""

    rows: int
    """Rows that it touched or gave."""
    data: list[dict[str, Any]]
    """Rows that it gave."""


class Done(BaseModel, use_attribute_docstrings=True):
    """What a transaction did."""

    results: list[Came]
    """For each statement, in order."""


class Transaction(Node):
    """Run several statements in one transaction, for each item: all of them count, or none does.

    Values are bound, as in *SQL query*. A statement that fails, or that touches another number of rows than it has to,
    undoes those before it.
    """

    key = "sql.transaction"
    title = "SQL transaction"
    group = "database"
    concurrency = 4
    examples = (
        Example(
            "Move money, if it is there",
            {
                "database": {"$credential": "1"},
                "statements": [
                    {"statement": "UPDATE accounts SET money = money - :sum WHERE id = :id AND money >= :sum",
                     "values": [{"name": "sum", "value": {"$": "json.sum"}},
                                {"name": "id", "value": {"$": "json.from"}}],
                     "rows": 1},
                    {"statement": "UPDATE accounts SET money = money + :sum WHERE id = :id",
                     "values": [{"name": "sum", "value": {"$": "json.sum"}},
                                {"name": "id", "value": {"$": "json.to"}}],
                     "rows": 1},
                ],
            },
            items=({"sum": 10, "from": 1, "to": 2},),
            needs=("sql.database",),
        ),
    )  # fmt: skip

    database: SqlDatabase = Field(description="Database to ask.")
    statements: list[Part] = Field(min_length=1, max_length=50, description="The statements, in order.")
    most: int = Field(10_000, ge=1, le=1_000_000, description="Rows that one statement may give; more are an error.")
    seconds: float = Field(60.0, gt=0, le=3600, description="Time limit of each statement in seconds.")

    async def run(self, ctx: Context) -> Done:
        """Run them."""
        results: list[Came] = []
        async with connected(self.database, ctx.reach, self.seconds) as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.transaction():
                for index, part in enumerate(self.statements):
                    asked = Statement(part.statement, part.values, f"statements.{index}.values")
                    result = await asked.run(driver, connection.dialect, self.most)
                    if part.rows is not None and result.touched != part.rows:
                        text = f"statement {index + 1} has {result.touched} rows, not {part.rows}; nothing was changed"
                        raise NodeError(text, field=f"statements.{index}.rows", retryable=False)
                    results.append(Came(rows=result.touched, data=result.rows or []))
        return Done(results=results)
