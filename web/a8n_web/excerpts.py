"""Items as answers show them: cut to a size that is agreed, each with a note of what was cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from a8n.items import JSON, Item
from a8n.runtime.excerpts import NOTED, PAGE, Excerpt, excerpts


def cut_items(items: Sequence[tuple[int, Item]]) -> list[dict[str, JSON]]:
    """Items with their numbers, cut so that they fit a page."""
    shown = _described(excerpts([item.as_data() for _, item in items], PAGE))
    return [{"index": index, **found} for (index, _), found in zip(items, shown, strict=True)]


def cut_windows(windows: Sequence[dict[str, Any]], budget: int) -> None:
    """Cut the items of several windows in place, so that they fit a budget together."""
    shown = iter(_described(excerpts([item for window in windows for item in window["items"]], budget)))
    for window in windows:
        window["items"] = [next(shown) for _ in window["items"]]


def _described(found: Sequence[Excerpt]) -> list[dict[str, JSON]]:
    described: list[dict[str, JSON]] = []
    left = NOTED
    for one in found:
        cuts = one.cuts[:left]
        left -= len(cuts)
        described.append(
            {
                "json": one.value.get("json", {}),
                "files": one.value.get("files", {}),
                "whole": one.whole,
                "cuts": [
                    {"path": list(cut.path), "kind": cut.kind, "length": cut.length, "kept": cut.kept} for cut in cuts
                ],
            }
        )
    return described
