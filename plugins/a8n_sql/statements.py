"""Statements with bound values, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from a8n import JSON, Code, KeyValue, NodeError
from a8n_sql.values import portable

PAGE = 1000
"""Rows that are fetched at a time."""
Sql: Any = Code("sql")


class Result(NamedTuple):
    """What a statement gave."""

    rows: list[dict[str, JSON]] | None
    """None for a statement that gives none."""
    touched: int


class Statement:
    """A statement of SQL, whose values are named in it as `:name`. `where` is the field that has the values."""

    def __init__(self, text: str, values: Sequence[KeyValue], where: str = "values"):
        self.text = text
        self.bound = {one.name: one.value for one in values}
        self.where = where

    async def run(self, driver: Any, dialect: Any, most: int) -> Result:
        """Run it by a connection of asyncpg. Raises NodeError for values that it lacks, and more rows than `most`."""
        from sqlalchemy import text

        # every use of a name is a `$1` of its own
        compiled = text(self.text).compile(dialect=dialect)
        places = [str(name) for name in compiled.positiontup or ()]
        self._complete(set(places))
        given = [self.bound[name] for name in places]
        prepared = await driver.prepare(compiled.string)
        columns = [column.name for column in prepared.get_attributes()]
        if not columns:
            await prepared.fetch(*given)
            return Result(None, _touched(prepared.get_statusmsg()))
        names = _names(columns)
        rows: list[dict[str, JSON]] = []
        async for row in prepared.cursor(*given, prefetch=PAGE):
            if len(rows) == most:
                hint = "add a LIMIT, or raise the field"
                raise NodeError(f"there are more than {most:,} rows", field="most", hint=hint, retryable=False)
            rows.append({name: portable(value) for name, value in zip(names, row.values(), strict=True)})
        return Result(rows, len(rows))

    def _complete(self, named: set[str]) -> None:
        """Raise NodeError where the statement and the values do not name the same."""
        if missing := sorted(named - set(self.bound)):
            text = f"the statement names :{missing[0]}, and no value has this name"
            raise NodeError(text, field=self.where, retryable=False)
        if unused := sorted(set(self.bound) - named):
            text = f"the statement does not name the value :{unused[0]}"
            raise NodeError(text, field=self.where, retryable=False)


def _touched(status: str) -> int:
    """Rows by what the server says at the end of a statement: `UPDATE 2`, `INSERT 0 1`, `CREATE TABLE`."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0


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
