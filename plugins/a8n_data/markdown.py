"""Markdown to HTML: Markdown."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from a8n import Context, Example, Field, Item, Multiline, Node, NodeError, Result
from a8n_data.paths import put

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_LONGEST = 500_000


class Markdown(Node):
    """Make HTML of Markdown text (CommonMark, with tables and strikethrough).

    HTML inside the text is shown as it is written, and links to scripts stay text, so the result is safe to send
    even where the text came from a stranger.
    """

    key = "data.markdown"
    icon = "heading"
    effect = "pure"
    group = "data"
    examples = (
        Example(
            "A mail from Markdown",
            {"text": {"$": "json.text"}, "destination": "html"},
            ({"text": "Hello *Ada*"},),
            {"main": [{"text": "Hello *Ada*", "html": "<p>Hello <em>Ada</em></p>\n"}]},
        ),
    )

    text: Multiline
    """The Markdown."""
    raw_html: bool = False
    """Let HTML in the text through. Only for text that you wrote yourself: it may hold scripts."""
    line_breaks: bool = False
    """Keep single line breaks."""
    destination: str = Field(default="html", min_length=1, max_length=500)
    """Name of the field for the HTML; dots reach inside."""

    def run(self, ctx: Context) -> Result:
        """Add the HTML to the item."""
        if len(self.text) > _LONGEST:
            raise NodeError(f"the text is longer than {_LONGEST:,} characters", field="text", retryable=False)
        made = ctx.item.json.copy()
        put(made, self.destination, _renderer(self.raw_html, self.line_breaks).render(self.text))
        return Item(made, ctx.item.files)


@lru_cache(4)
def _renderer(raw_html: bool, line_breaks: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": raw_html, "breaks": line_breaks, "linkify": False, "typographer": False}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
