"""What an answer used, and what that cost."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Output(BaseModel):
    """A part of what a node gives, described by the texts under its fields."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Usage(Output):
    """Tokens, as the service counts them."""

    input_tokens: int = 0
    """Read."""
    output_tokens: int = 0
    """Written."""
    total_tokens: int = 0
    """Both together."""
    cost: float | None = None
    """In the currency of the prices given; null without prices."""

    def __add__(self, other: Usage) -> Usage:
        known = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
            cost=round(sum(known), 9) if known else None,
        )


def used(metadata: Any, input_price: float | None, output_price: float | None) -> Usage:
    """From LangChain's `usage_metadata`; prices are for a million tokens."""
    counted = metadata or {}
    tokens = [int(counted.get(name) or 0) for name in ("input_tokens", "output_tokens")]
    cost = None
    if input_price is not None or output_price is not None:
        cost = round((tokens[0] * (input_price or 0) + tokens[1] * (output_price or 0)) / 1_000_000, 9)
    return Usage(input_tokens=tokens[0], output_tokens=tokens[1], total_tokens=sum(tokens), cost=cost)
