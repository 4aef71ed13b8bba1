"""Tables as lists of objects: names of columns, and the cells below them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from a8n import JSON, NodeError
from a8n_data.ordering import as_text

MOST_COLUMNS = 5_000


def column_names(cells: Sequence[Any]) -> list[str]:
    """Different names for all columns: empty ones are numbered, repeated ones get `_2`, `_3` and so on."""
    names: list[str] = []
    taken: set[str] = set()
    for i, cell in enumerate(cells, 1):
        name = as_text(cell).strip() or f"column_{i}"
        free, count = name, 1
        while free in taken:
            count += 1
            free = f"{name}_{count}"
        taken.add(free)
        names.append(free)
    return names


def objects(
    rows: Iterable[Sequence[JSON]], *, header: bool, skip: int, most: int, blank: JSON, field: str
) -> Iterator[dict[str, JSON]]:
    """An object for each row that is not empty. Rows may be of different lengths; extra cells get numbered columns.

    Raises NodeError above `most` rows.
    """
    below = islice(iter(rows), skip, None)
    names: list[str] = []
    if header:
        first = next((row for row in below if not _empty(row)), None)
        if first is None:
            return
        names = column_names(_trimmed(first))
    count = 0
    for row in below:
        if _empty(row):
            continue
        count += 1
        if count > most:
            raise NodeError(f"the table has more than {most:,} rows", field=field, retryable=False)
        if len(row) > len(names):
            cells = _trimmed(row) if len(row) > MOST_COLUMNS else row
            if len(cells) > MOST_COLUMNS:
                raise NodeError(f"row {count} has more than {MOST_COLUMNS:,} columns", field=field, retryable=False)
            names += column_names([*names, *[""] * (len(cells) - len(names))])[len(names) :]
            row = cells
        yield dict(zip(names, chain(row, [blank] * (len(names) - len(row))), strict=False))


def columns_of(objects: Iterable[dict[str, JSON]]) -> list[str]:
    """The names of all fields, in the order in which they first appear."""
    return list(dict.fromkeys(name for entry in objects for name in entry))


def _empty(row: Sequence[Any]) -> bool:
    return all(cell is None or cell == "" for cell in row)


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and (row[end - 1] is None or row[end - 1] == ""):
        end -= 1
    return row[:end]
