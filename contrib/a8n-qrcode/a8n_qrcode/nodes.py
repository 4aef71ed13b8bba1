"""The node that draws QR codes (ISO/IEC 18004), with segno."""

from __future__ import annotations

import asyncio
import io
from typing import Annotated, Literal

from a8n import Context, Example, Field, Item, Multiline, Node, NodeError, Parameters, Result

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
ErrorCorrection = Literal["L", "M", "Q", "H"]


class Png(Parameters):
    """A picture of pixels."""

    format: Literal["png"] = "png"
    """A picture of pixels, which everything shows."""
    scale: int = Field(default=8, ge=1, le=64, description="Pixels along the side of one module.")


class Svg(Parameters):
    """A drawing."""

    format: Literal["svg"] = "svg"
    """A drawing, sharp in every size, for print and the web."""


class MakeQrCode(Node):
    """Draw a QR code of a text, as a file on the item."""

    key = "qrcode.make"
    title = "Make a QR code"
    group = "utility"
    subtitle = "{text}"
    effect = "pure"
    examples = (
        Example(
            "A code for the link of each item",
            {"text": {"$": "json.link"}},
            [{"link": "https://example.org/17"}],
            {"main": [{"link": "https://example.org/17"}]},
        ),
        Example("A drawing for print", {"text": "WIFI:S:guests;;", "image": {"format": "svg"}, "correction": "H"}),
    )

    text: Multiline = Field(min_length=1, max_length=7089, description="What the code says: a link, a number, a text.")
    image: Png | Svg = Field(default=Png(), discriminator="format", description="Kind of picture.")
    correction: ErrorCorrection = Field(
        default="M",
        description="Share of the code that may be covered and still be read: L 7, M 15, Q 25, H 30 %.",
    )
    border: int = Field(default=4, ge=0, le=40, description="Empty modules around it; readers expect 4.")
    dark: Colour = Field(default="#000000", description="Colour of the dark modules.")
    light: Colour = Field(default="#ffffff", description="Colour of the light modules.")
    file: str = Field(default="qrcode", min_length=1, max_length=100, description="Name of the file on the item.")

    async def run(self, ctx: Context) -> Result:
        """The item with one file more."""
        picture = await asyncio.to_thread(self._draw)
        kind = self.image.format
        mime = "image/png" if kind == "png" else "image/svg+xml"
        ref = await ctx.files.save(picture, f"{self.file}.{kind}", mime)
        return Item(ctx.item.json, {**(ctx.item.files or {}), self.file: ref})

    def _draw(self) -> bytes:
        import segno

        try:
            code = segno.make_qr(self.text, error=self.correction, boost_error=False)
        except segno.DataOverflowError:
            raise NodeError(
                f"{len(self.text)} characters do not fit into a QR code with error correction {self.correction}",
                hint="shorten the text, or choose L, which holds up to 2,953 bytes",
                field="text",
                retryable=False,
            ) from None
        scale = self.image.scale if isinstance(self.image, Png) else 1
        out = io.BytesIO()
        code.save(out, kind=self.image.format, scale=scale, border=self.border, dark=self.dark, light=self.light)
        return out.getvalue()
