"""Pictures of pages, for people to look at: `build/screenshots`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

FOLDER = Path(__file__).parent.parent.parent / "build" / "screenshots"


@dataclass(frozen=True)
class Variant:
    """A way to look at a page."""

    name: str
    scheme: Literal["light", "dark"]
    size: ViewportSize


WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
VARIANTS = (Variant("light", "light", WIDE), Variant("dark", "dark", WIDE), Variant("narrow", "light", NARROW))


def variants(page: Page) -> Iterator[Variant]:
    """Show the page in each variant, one after the other, and then as it was."""
    size = page.viewport_size or WIDE
    scheme = page.evaluate("document.documentElement.dataset.theme ?? 'light'")
    try:
        for variant in VARIANTS:
            show(page, variant.scheme, variant.size)
            yield variant
    finally:
        show(page, scheme, size)


def show(page: Page, scheme: Literal["light", "dark"], size: ViewportSize) -> None:
    """As if the system had this scheme and the window this size."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    # The theme is chosen before the first paint; a page that is open already is told.
    page.evaluate("(scheme) => { document.documentElement.dataset.theme = scheme }", scheme)
    page.set_viewport_size(size)
    page.wait_for_timeout(50)


def shot(page: Page, name: str) -> None:
    """Write a picture of each variant."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for variant in variants(page):
        page.screenshot(path=FOLDER / f"{name}-{variant.name}.png")
