"""The new part of a reply, without what it quotes.

There is no standard for quoting, only habits of mail programs: lines that begin with `>`, a line above them that says
who wrote when, and lines that divide. What looks like none of these is kept.
"""

from __future__ import annotations

import re

MOST = 100_000
"""Characters that are looked at."""
DIVIDER = re.compile(
    r"-{2,} ?(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale|oorspronkelijk bericht|původní zpráva) ?-{2,}|_{20,}",
    re.IGNORECASE,
)
HEADER = re.compile(r"\*?(from|von|de|da|van|od)\*?: .+[@<\[]", re.IGNORECASE)
HEADER_NEXT = re.compile(r"\*?(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|fecha|para|asunto)\*? ?: ",
                         re.IGNORECASE)  # fmt: skip
WROTE = re.compile(
    r"(on|am|le|el|il|op|dne|em|den) .{5,300}"
    r"(wrote|schrieb|a écrit|escribió|ha scritto|schreef|napsal|escreveu|skrev)\b.{0,200}:",
    re.IGNORECASE | re.DOTALL,
)
SIGNATURE = re.compile(r"-- ?")


def without_quotes(text: str) -> str:
    """What is new in a reply; a mail that quotes nothing is given whole, without its signature."""
    lines = text[:MOST].replace("\r\n", "\n").split("\n")
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line, bare = lines[number], lines[number].strip()
        if DIVIDER.fullmatch(bare) or SIGNATURE.fullmatch(line):
            break
        if HEADER.match(bare) and any(HEADER_NEXT.match(after.strip()) for after in lines[number + 1 : number + 4]):
            break
        height = _introduction(lines, number)
        if height:
            below = [after.strip() for after in lines[number + height :] if after.strip()]
            if not (below and below[0].startswith(">")) or all(after.startswith(">") for after in below):
                break
            number += height  # answered between the lines: only the introduction and the quotes go
            continue
        if not bare.startswith(">"):
            kept.append(line.rstrip())
        number += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _introduction(lines: list[str], number: int) -> int:
    """How many lines say here who wrote what follows; mail programs break it into three at most."""
    for height in (1, 2, 3):
        if WROTE.fullmatch(" ".join(line.strip() for line in lines[number : number + height])):
            return height
    return 0
