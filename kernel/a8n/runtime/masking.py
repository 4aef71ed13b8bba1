"""Secrets that must not reach the log: known by their value once they were opened, or by their shape."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

from pydantic import BaseModel, SecretBytes, SecretStr

MASK = "•••••"
KEPT = 2_000
"""How many values are remembered; the one that was used longest ago goes first."""
SHORTEST = 5
"""Characters: masking shorter values would blot out half of every line and hide nothing."""
SHAPES = re.compile(
    r"(?i)(?<=bearer )[\w.~+/=-]{8,}|(?<=basic )[\w+/=-]{8,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a signed token (RFC 7519)
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # user and password in a URL
    r"|(?<=/resume/)[\w-]{8,}"
)


class Secrets:
    """The secret values that a process has seen. Each process, or test, has its own."""

    def __init__(self, values: Iterable[str] = ()):
        self._values: OrderedDict[str, None] = OrderedDict()
        self._by_head: dict[str, set[str]] = {}
        """By their first characters, so that a text is gone through once, however many there are."""
        self.hide(values)

    def hide(self, values: Iterable[str]) -> None:
        """Mask these from now on. Called for each use of a credential: known values cost next to nothing."""
        known = self._values
        for value in values:
            if value in known:
                known.move_to_end(value)
            elif len(value) >= SHORTEST:
                known[value] = None
                self._by_head.setdefault(value[:SHORTEST], set()).add(value)
                if len(known) > KEPT:
                    self._forget(known.popitem(last=False)[0])

    def _forget(self, value: str) -> None:
        same = self._by_head[value[:SHORTEST]]
        same.discard(value)
        if not same:
            del self._by_head[value[:SHORTEST]]

    def hide_in(self, model: BaseModel) -> None:
        """Mask the secrets of an opened credential."""
        self.hide(secrets_of(model))

    def masked(self, text: str) -> str:
        """The text without what must not be seen."""
        heads = self._by_head
        found = {
            value
            for at in range(len(text) - SHORTEST + 1)
            if (head := text[at : at + SHORTEST]) in heads
            for value in heads[head]
            if text.startswith(value, at)
        }
        for value in sorted(found, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text


class MaskingHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic for type checkers only
    """Writes lines without the secrets of any instance of this process."""

    def __init__(self, stream: Any = None):
        super().__init__(stream)
        self.secrets: WeakSet[Secrets] = WeakSet()

    def masked(self, text: str) -> str:
        """The text without what must not be seen."""
        for secrets in self.secrets:
            text = secrets.masked(text)
        return SHAPES.sub(MASK, text)


def attach(secrets: Secrets) -> None:
    """Mask these secrets in what the process logs, if its log was configured (`a8n.runtime.logs`)."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, MaskingHandler):
            handler.secrets.add(secrets)


def secrets_of(model: BaseModel) -> list[str]:
    """The values of a model's confidential fields, those of models inside it, too."""
    found: list[str] = []
    held = (model.__pydantic_private__ or {}).values()
    for value in (*(value for _, value in model), *held):
        if isinstance(value, SecretStr):
            found.append(value.get_secret_value())
        elif isinstance(value, SecretBytes):
            found.append(value.get_secret_value().decode("utf-8", "replace"))
        elif isinstance(value, BaseModel):
            found += secrets_of(value)
    return found
