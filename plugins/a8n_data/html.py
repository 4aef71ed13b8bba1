"""Parts of a web page: Extract from HTML."""

from __future__ import annotations

import re
from typing import Any, Literal

from a8n import JSON, Context, Example, Field, Item, Multiline, Node, NodeError, Parameters, Result
from a8n_data.paths import put

_LONGEST = 8 * 2**20
_DEEPEST = 2_000
_MOST_FOR_SLOW = 10_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_SLOW = re.compile(r":(?:has|nth-last-child|nth-last-of-type)\b", re.IGNORECASE)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_FLAT = _VOID | {"p", "li", "dt", "dd", "td", "th", "tr", "option", "rb", "rt", "rp"}
"""Elements that hold none, or that end by themselves where the next one of them begins."""


class Extraction(Parameters):
    """One thing to take from the page."""

    name: str = Field(min_length=1, max_length=500)
    """Name of the field for it; dots reach inside."""
    selector: str = Field(min_length=1, max_length=1_000)
    """CSS selector of the element."""
    take: Literal["text", "attribute", "html", "inner_html"] = "text"
    """Its text, one of its attributes, or its HTML with or without its own tag."""
    attribute: str = Field(default="", max_length=200)
    """Name of the attribute, where that is what to take."""
    all: bool = False
    """Take every element that matches, as a list; otherwise the first, or null if there is none."""


class ExtractFromHtml(Node):
    """Take parts of an HTML page by CSS selectors: text, attributes or HTML, of one element or of all.

    Space in text is made single. The selectors `:has` and `:nth-last-…` work on pages of up to 10,000 elements.
    """

    key = "data.html_extract"
    icon = "code-xml"
    title = "Extract from HTML"
    effect = "pure"
    group = "data"
    examples = (
        Example(
            "The title and all links",
            {
                "html": {"$": "json.body"},
                "mode": "only",
                "fields": [
                    {"name": "title", "selector": "h1"},
                    {"name": "links", "selector": "a", "take": "attribute", "attribute": "href", "all": True},
                ],
            },
            ({"body": "<h1>News &amp; more</h1><a href='/1'>One</a><a href='/2'>Two</a>"},),
            {"main": [{"title": "News & more", "links": ["/1", "/2"]}]},
        ),
    )

    html: Multiline
    """The page."""
    fields: list[Extraction] = Field(min_length=1, max_length=100)
    """What to take from it."""
    mode: Literal["keep", "only"] = "keep"
    """Keep the other fields of the item, or only those taken here."""

    def run(self, ctx: Context) -> Result:
        """Add what was taken to the item."""
        page = _parsed(self.html, any(_SLOW.search(row.selector) for row in self.fields))
        made: dict[str, JSON] = ctx.item.json.copy() if self.mode == "keep" else {}
        for i, row in enumerate(self.fields):
            found = [_taken(element, row) for element in _selected(page, row, i)]
            put(made, row.name, found if row.all else next(iter(found), None))
        return Item(made, ctx.item.files)


def _parsed(html: str, slow: bool) -> Any:
    """The page's tree. The parser takes time with the square of the depth, so the depth is looked at before."""
    from selectolax.lexbor import LexborHTMLParser

    if len(html) > _LONGEST:
        raise _unfit(f"the page is longer than {_LONGEST:,} characters")
    tags, depth = _extent(html)
    if depth > _DEEPEST:
        raise _unfit(f"the page has more than {_DEEPEST:,} elements inside each other")
    if slow and tags > _MOST_FOR_SLOW:
        raise _unfit(f"the page has more than {_MOST_FOR_SLOW:,} elements: too many for :has and :nth-last-…")
    return LexborHTMLParser(html)


def _extent(html: str) -> tuple[int, int]:
    """An upper bound for the number of elements and for how many are open at a time."""
    open_now: dict[str, int] = {}
    tags = depth = deepest = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        tags += not match[1]
        if name in _FLAT:
            continue
        if not match[1]:
            open_now[name] = open_now.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif open_now.get(name):
            open_now[name] -= 1
            depth -= 1
    return tags, deepest


def _selected(page: Any, row: Extraction, index: int) -> list[Any]:
    from selectolax.lexbor import SelectolaxError

    if row.take == "attribute" and not row.attribute:
        raise NodeError("say which attribute to take", field=f"fields.{index}.attribute", retryable=False)
    try:
        if len(_SLOW.findall(row.selector)) > 1:
            raise SelectolaxError("only one of :has and :nth-last-… can stand in a selector")
        if row.all:
            return list(page.css(row.selector))
        first = page.css_first(row.selector)
    except SelectolaxError as error:
        raise NodeError(
            f"{row.selector[:100]!r} is no selector that this node knows: {error}",
            field=f"fields.{index}.selector",
            retryable=False,
        ) from None
    return [] if first is None else [first]


def _taken(element: Any, row: Extraction) -> JSON:
    if row.take == "text":
        return " ".join(element.text().split())
    if row.take == "attribute":
        attributes = element.attributes
        return (attributes[row.attribute] or "") if row.attribute in attributes else None
    return element.html if row.take == "html" else element.inner_html


def _unfit(message: str) -> NodeError:
    return NodeError(message, field="html", retryable=False)
