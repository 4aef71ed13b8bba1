"""Cutting long texts where a reader would."""

from __future__ import annotations

import re

# From the best place to cut to the worst.
PLACES = tuple(re.compile(place) for place in (r"\n\s*\n", r"\n", r"[.!?…]\s|[。！？]", r"\s"))


def split(text: str, size: int) -> list[str]:
    """Pieces of at most `size` characters that together are the text, but for white space around them.

    A piece ends after a paragraph, else a line, a sentence, a word: whichever comes first in this list and leaves the
    piece at least half as large as it may be. A word longer than that is cut.
    """
    pieces = []
    start = 0
    while start < len(text):
        end = start + size
        if end < len(text):
            end = _last_place(text, start + size // 2, end)
        pieces.append(text[start:end].strip())
        start = end
    return [piece for piece in pieces if piece]


def _last_place(text: str, low: int, high: int) -> int:
    for place in PLACES:
        ends = [found.end() for found in place.finditer(text, low, high)]
        if ends:
            return ends[-1]
    return high
