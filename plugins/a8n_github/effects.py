"""What doing something at GitHub twice does, by the kind of action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from a8n import JSON

Effect = Literal["pure", "idempotent", "unsafe"]


def effect_by(params: Mapping[str, JSON], field: str, unsafe: tuple[str, ...]) -> Effect:
    """The effect of a node whose choice `field` has some kinds that do harm when they are done twice."""
    chosen = params.get(field)
    kind = chosen.get("kind") if isinstance(chosen, dict) else None
    return "idempotent" if isinstance(kind, str) and kind not in unsafe else "unsafe"
