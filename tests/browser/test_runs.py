"""The list of runs: what is done to many of them at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import MANUAL, Drawn, edit
from tests.live.server import Server


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


def statuses(server: Server, workflow: str) -> list[str]:
    return sorted(run["status"] for run in server.api("GET", f"/executions?workflow={workflow}")["data"])


def test_failed_runs_are_run_again_as_mended_and_deleted_together(
    builder: Builder, drawn: Drawn, server: Server
) -> None:
    workflow = drawn("Divide often", [MANUAL, edit("Divide", half={"$": "json.total / 0"})], "start > divide")
    for _ in range(3):
        server.api("POST", f"/workflows/{workflow}/run", {"version": "draft", "mode": "sync"})
    saved = server.api("GET", f"/workflows/{workflow}")
    mended = [MANUAL, edit("Divide", half=1)]
    headers = {"If-Match": f'"{saved["revision"]}"'}
    server.api("PATCH", f"/workflows/{workflow}", {"nodes": mended}, headers=headers)
    page = builder.page
    builder.go("/runs")
    rows = page.locator(".run-rows li").filter(has_text="Divide often")
    expect(rows).to_have_count(3, timeout=SLOW)
    expect(rows.first).to_contain_text("Start")  # the trigger that began it, by its name
    page.get_by_role("checkbox", name="Select all").check()
    bar = page.get_by_role("toolbar", name="With the selected runs")
    bar.get_by_role("button", name=re.compile("^Retry with the current draft")).click()
    expect(page.get_by_text("3 runs started again")).to_be_visible(timeout=SLOW)
    expect(rows).to_have_count(6, timeout=SLOW)
    expect(rows.filter(has_text="Succeeded")).to_have_count(3, timeout=SLOW)
    assert statuses(server, workflow) == ["failed"] * 3 + ["succeeded"] * 3

    for row in rows.filter(has_text="Failed").all():
        row.get_by_role("checkbox").check()
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("3 runs deleted")).to_be_visible(timeout=SLOW)
    expect(rows).to_have_count(3, timeout=SLOW)
    assert statuses(server, workflow) == ["succeeded"] * 3
