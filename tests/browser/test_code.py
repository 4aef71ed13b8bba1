"""Code in the panel: highlighted while it is written, shown with what it printed, mended from its error."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from a8n.items import JSON
from tests.browser.builder import SLOW, Builder
from tests.live.server import Server

MANUAL: dict[str, JSON] = {"id": "start", "name": "Start", "type": "manual.trigger", "position": [0, 0]}


def code(type: str, **params: JSON) -> dict[str, JSON]:
    return {"id": "code", "name": "Code", "type": type, "params": params, "position": [336, 0]}


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


def test_python_is_written_and_run(builder: Builder, drawn: Callable[..., str], server: Server) -> None:
    node = code("code.python", runs_in={"kind": "portable"}, code="print('seen')\nreturn {'half': 1 / 0}")
    workflow = drawn("Halves", [MANUAL, node], "start > code")
    builder.edit(workflow)
    builder.run()
    builder.said("Run failed")
    builder.open("code")
    expect(builder.panel).to_contain_text("line 2: ZeroDivisionError: division by zero", timeout=SLOW)
    expect(builder.field("params.code").locator(".cm-lineNumbers")).to_be_visible()
    builder.fill("params.code", "return {'half': 1 / 2}")
    expect(builder.field("params.code").locator(".cm-line span").first).to_have_text("return")
    builder.saved()
    builder.run()
    builder.said("Run succeeded")
    (saved,) = [node for node in server.api("GET", f"/workflows/{workflow}")["nodes"] if node["id"] == "code"]
    assert saved["params"]["code"] == "return {'half': 1 / 2}"


def test_javascript_is_highlighted(builder: Builder, drawn: Callable[..., str]) -> None:
    builder.edit(drawn("Sums", [MANUAL, code("code.javascript", code="const a = 1;\nreturn { a };")], "start > code"))
    builder.open("code")
    field = builder.field("params.code")
    expect(field.locator(".cm-line span", has_text=re.compile("^const$"))).to_be_visible(timeout=SLOW)
    builder.run()
    builder.said("Run succeeded")
