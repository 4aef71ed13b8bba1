"""What the node draws. The contract suite (see pyproject.toml) checks what every node promises."""

import struct
import xml.etree.ElementTree as ElementTree
import zlib

import pytest
from a8n import Item, NodeError
from a8n.testing import InvalidError, MemoryFiles, Services, run

from a8n_qrcode import MakeQrCode

FINDER = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
"""The pattern in three corners of every QR code."""


def modules(png: bytes, scale: int, border: int) -> list[str]:
    """The rows of a black and white PNG, a character per module: 1 is dark."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth = struct.unpack(">IIB", png[16:25])
    assert (width, depth) == (height, 1)
    packed, position = b"", 8
    while position < len(png):
        size, kind = struct.unpack(">I4s", png[position : position + 8])
        packed += png[position + 8 : position + 8 + size] if kind == b"IDAT" else b""
        position += size + 12
    data, stride = zlib.decompress(packed), (width + 7) // 8 + 1
    rows = ["".join(f"{byte:08b}" for byte in data[y * stride + 1 : (y + 1) * stride])[:width] for y in range(height)]
    dark = "0" if rows[0][0] == "1" else "1"
    inner = range(border * scale, height - border * scale, scale)
    return ["".join("1" if rows[y][x] == dark else "0" for x in inner) for y in inner]


async def test_it_puts_a_readable_png_on_the_item() -> None:
    files = MemoryFiles()
    given = Item({"number": 17}, {"other": files.add(b"kept")})
    params = {"text": {"$t": "ticket {{ json.number }}"}, "image": {"format": "png", "scale": 3}, "border": 2}
    outputs = await run(MakeQrCode, params, [given], services=Services(files=files))
    item = outputs["main"][0]
    assert item.json == {"number": 17}
    made = item.files or {}
    assert sorted(made) == ["other", "qrcode"]
    assert (made["qrcode"].name, made["qrcode"].mime) == ("qrcode.png", "image/png")
    drawn = modules(await files.read(made["qrcode"]), scale=3, border=2)
    assert [row[:7] for row in drawn[:7]] == FINDER
    assert [row[-7:] for row in drawn[:7]] == FINDER
    assert [row[:7] for row in drawn[-7:]] == FINDER


async def test_another_text_gives_another_picture_and_the_same_text_the_same() -> None:
    files = MemoryFiles()
    items = [{"text": "a"}, {"text": "b"}, {"text": "a"}]
    outputs = await run(MakeQrCode, {"text": {"$": "json.text"}}, items, services=Services(files=files))
    first, second, third = ((item.files or {})["qrcode"].hash for item in outputs["main"])
    assert first == third != second


async def test_it_draws_svg_in_the_colours_asked_for() -> None:
    files = MemoryFiles()
    params = {"text": "x", "image": {"format": "svg"}, "dark": "#123456", "file": "code"}
    outputs = await run(MakeQrCode, params, services=Services(files=files))
    ref = (outputs["main"][0].files or {})["code"]
    assert (ref.name, ref.mime) == ("code.svg", "image/svg+xml")
    drawing = await files.read(ref)
    assert ElementTree.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"#123456" in drawing


async def test_text_that_does_not_fit_is_an_error_that_names_the_field() -> None:
    with pytest.raises(NodeError, match="3000 characters do not fit") as caught:
        await run(MakeQrCode, {"text": "é" * 3000})
    assert (caught.value.field, caught.value.retryable) == ("text", False)


async def test_a_colour_that_is_none_is_refused_on_save() -> None:
    with pytest.raises(InvalidError, match=r"nodes\.node\.params\.dark"):
        await run(MakeQrCode, {"text": "x", "dark": "url(evil)"})
