"""`docs/expressions.md` says what the code does; `python -m tests.kernel.expressions.test_docs` mends it."""

from __future__ import annotations

from pathlib import Path

from a8n.expressions import ROOTS, limits
from a8n.expressions.reference import markdown

PAGE = Path(__file__).parents[3] / "docs" / "expressions.md"


def roots() -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| `{name}` | {doc} |" for name, doc in ROOTS.items()), ""])


def updated(page: str) -> str:
    """The page with its generated parts made anew."""
    for name, text in (("roots", roots()), ("reference", markdown())):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        page = before + begin + text + end + rest.partition(end)[2]
    return page


def test_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == updated(page)


def test_page_states_the_limits() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    numbers = (limits.SOURCE, limits.NODES, limits.DEPTH, limits.TEMPLATE, limits.HOLES, limits.WORK, limits.TEXT)
    for number in (*numbers, limits.INT_BITS, limits.RANGE):
        assert f"{number:,}" in page


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
