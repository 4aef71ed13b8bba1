"""The table of promises, as text for a terminal and as Markdown for the README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.faults.scenario import Row

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
README = Path(__file__).parents[2] / "README.md"


def shown(row: Row) -> str:
    """Its figures in one line."""
    return ", ".join(f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in
                     row.figures.items())  # fmt: skip


def text(row: Row) -> str:
    """One row as it is printed when it is there."""
    lines = [
        f"{row.verdict:6} {row.promise} ({row.mode})",
        f"       fault: {row.fault}; hits {row.hits}",
        f"       {shown(row)}",
        f"       passes: {row.passes}; seed {row.seed}; {row.seconds:.0f} s",
    ]
    lines += [f"       broken: {what}" for what in row.broken[:10]]
    lines += [f"       … and {len(row.broken) - 10} more"] if len(row.broken) > 10 else []
    lines += ["       void: no fault hit anything that ran, so this proves nothing"] if row.verdict == "void" else []
    return "\n".join(lines)


def markdown(rows: Sequence[Row], about: str) -> str:
    """All rows as a table."""
    head = "| promise | mode | fault | figures | pass line | seed | |\n|---|---|---|---|---|---|---|"
    body = [
        f"| {row.promise} | {row.mode} | {row.fault} | {shown(row)} | {row.passes} | {row.seed} | {row.verdict} |"
        for row in rows
    ]
    return "\n".join([about, "", head, *body])


def write(rows: Sequence[Row], about: str, readme: Path = README) -> None:
    """Put the table between the markers of the README."""
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{markdown(rows, about)}\n{END}{after}")
