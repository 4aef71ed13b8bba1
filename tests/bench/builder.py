"""`make bench-builder`: what the builder costs a browser, goal beside result.

The page is the one that `make` built, the browser a headless Chromium, the server a real one. Processor time is that of
the page's main thread, so that what else the machine does is not counted. Each figure is the median of three runs.
`python -m tests.bench.builder load panel` measures only these groups.
"""

from __future__ import annotations

import contextlib
import math
import os
import statistics
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from a8n.items import JSON
from tests.bench.page import Bench
from tests.browser import accessibility, shots
from tests.browser.chromium import FOLDER, chromium
from tests.browser.conftest import ARGUMENTS, sign_in
from tests.live.server import Server, node, workflow
from tests.test_builder_size import BUDGETS, measured

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
EVENTS = 60
"""Wheel or mouse events of one gesture."""
CANVAS = '[data-testid="canvas"]'
PANEL = '[data-testid="panel"]'
CARD = "[data-node]"
PREVIEW = ".np-preview-value"
WAIT = 30_000.0


@dataclass(frozen=True)
class Figure:
    """A number to reach, and one that must not be passed."""

    title: str
    unit: str
    goal: float
    limit: float


Values = dict[str, float]
Group = Callable[["Bed"], Iterator[tuple[Figure, float]]]


class Bed:
    """The server with the workflows to measure on, and the browser."""

    def __init__(self, server: Server, browser: Browser):
        self.server = server
        self.browser = browser
        self._made: dict[int, str] = {}

    def chain(self, size: int) -> str:
        """The id of a workflow of so many nodes, in rows of 25."""
        if size not in self._made:
            nodes = [node("start", "manual.trigger"), *(_set(f"s{number}") for number in range(1, size))]
            for number, made in enumerate(nodes):
                made["position"] = [number % 25 * 280, number // 25 * 160]
            wires = [f"{a['id']} > {b['id']}" for a, b in pairwise(nodes)]
            saved = self.server.api("POST", "/workflows", workflow(f"Chain of {size}", nodes, *wires), status=201)
            self._made[size] = str(saved["id"])
        return self._made[size]

    @contextlib.contextmanager
    def page(self) -> Iterator[Bench]:
        """A cold profile with the owner's session."""
        context: BrowserContext = self.browser.new_context(
            base_url=self.server.url, viewport=shots.WIDE, reduced_motion="reduce", color_scheme="light", locale="en-GB"
        )
        context.set_default_timeout(WAIT)
        try:
            page = context.new_page()
            sign_in(page, self.server)
            yield Bench(page)
        finally:
            context.close()

    @contextlib.contextmanager
    def editor(self, size: int, zoom: str = "") -> Iterator[Bench]:
        """The canvas with a chain of nodes; `zoom` is a key: `0` for 100 %, `1` for all of it."""
        with self.page() as bench:
            show(bench.page, self.chain(size))
            if zoom:
                bench.page.locator(CARD).first.focus()
                bench.page.keyboard.press(zoom)
            bench.settle()
            yield bench


def _set(id: str) -> dict[str, JSON]:
    fields: list[JSON] = [{"name": "n", "value": {"$t": "{{ item.index }}"}}]
    return node(id, "data.set", {"mode": "only", "fields": fields})


def show(page: Page, workflow_id: str, query: str = "") -> None:
    """Open the editor and wait for its first node."""
    page.goto(f"/workflow/{workflow_id}{query}", wait_until="commit")
    page.locator(CARD).first.wait_for()  # a handle would keep the whole tree in memory


# --- size --------------------------------------------------------------------------------------------------------


def size(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """What is downloaded."""
    for title, value in measured().items():
        yield Figure(title, "KiB gz", BUDGETS[title].goal, BUDGETS[title].limit), value


# --- load --------------------------------------------------------------------------------------------------------


def load(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """From an address to a canvas that answers."""
    workflow_id = bed.chain(50)
    with bed.page() as bench:
        page = bench.page
        show(page, workflow_id)
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
        worked = bench.cpu()
        page.locator(CARD).first.click()
        page.wait_for_function("bench.chosen > 0")
        wall = bench.state("first") + bench.state("chosen") - bench.state("down")
    yield Figure("first contentful paint", "ms", 600, 1_200), painted
    yield Figure("canvas of 50 nodes answers: wall", "ms", 800, 1_600), wall
    yield Figure("canvas of 50 nodes answers: CPU", "ms", 400, 700), worked
    for count, goal in ((500, 500), (1_000, 700)):
        workflow_id = bed.chain(count)
        with bed.page() as bench:
            # As on any later visit: the files are in the cache and the last viewport is remembered, at 100 %.
            show(bench.page, workflow_id)
            bench.page.locator(CARD).first.focus()
            bench.page.keyboard.press("0")
            bench.settle()
            bench.page.goto("about:blank")
            before = bench.cpu()
            show(bench.page, workflow_id)
            bench.settle()
            cost = bench.cpu()
            yield Figure(f"load {count} nodes at 100 %: CPU", "ms", goal, goal * 2), cost - min(before, cost)


# --- gestures ----------------------------------------------------------------------------------------------------


def gestures(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """Panning, zooming and dragging, per event."""
    with bed.editor(500, "0") as bench:
        for title, act in (("pan", pan), ("zoom", zoom), ("drag", drag)):
            yield Figure(f"{title}, 500 nodes at 100 %: CPU an event", "ms", 10, 16), per_event(bench, act)
    with bed.editor(500, "1") as bench:
        for title, act, goal, limit in (("pan", pan, 16, 30), ("drag", drag, 25, 40)):
            yield Figure(f"{title}, 500 nodes all visible: CPU an event", "ms", goal, limit), per_event(bench, act)


def per_event(bench: Bench, act: Callable[[Bench], None]) -> float:
    """Milliseconds of one of the gesture's events."""
    return bench.spent(lambda: act(bench)) / EVENTS


def ground(page: Page) -> tuple[float, float]:
    """The middle of the canvas."""
    box = page.locator(CANVAS).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pan(bench: Bench) -> None:
    """Wheel there and back."""
    x, y = ground(bench.page)
    for number in range(EVENTS):
        bench.pointer("mouseWheel", x, y, deltaX=0, deltaY=24 if number < EVENTS / 2 else -24)


def zoom(bench: Bench) -> None:
    """Wheel with Ctrl, in and out."""
    x, y = ground(bench.page)
    for number in range(EVENTS):
        bench.pointer("mouseWheel", x, y, deltaX=0, deltaY=-8 if number < EVENTS / 2 else 8, modifiers=2)


def drag(bench: Bench) -> None:
    """Take the node that is next to the middle along."""
    x, y = bench.page.evaluate(
        """([cards, x, y]) => {
          const middles = [...document.querySelectorAll(cards)].map((card) => {
            const { left, top, width, height } = card.getBoundingClientRect();
            return [left + width / 2, top + height / 2];
          });
          const far = ([a, b]) => (a - x) ** 2 + (b - y) ** 2;
          return middles.sort((a, b) => far(a) - far(b))[0];
        }""",
        [CARD, *ground(bench.page)],
    )
    bench.pointer("mousePressed", x, y, button="left", clickCount=1)
    for number in range(1, EVENTS + 1):
        bench.pointer("mouseMoved", x + number * 2, y + number, button="left", buttons=1)
    bench.pointer("mouseReleased", x + EVENTS * 2, y + EVENTS, button="left")


# --- a run -------------------------------------------------------------------------------------------------------


def run(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """500 nodes run as fast as they can while the canvas shows it."""
    with bed.editor(500, "1") as bench:
        page = bench.page
        page.evaluate("() => { bench.longest = 0; countFrames(); }")
        began = page.evaluate("performance.now()")
        page.keyboard.press("Control+Enter")
        seen = wait_for_run(bed, bed.chain(500))
        bench.settle()
        took = (page.evaluate("performance.now()") - began) / 1000
        yield Figure("a run of 500 nodes: longest task", "ms", 50, 120), bench.state("longest")
        yield Figure("a run of 500 nodes: frames a second", "fps", -30, -15), -bench.state("frames") / took
        assert seen == "succeeded", seen


def wait_for_run(bed: Bed, workflow_id: str) -> str:
    """How the newest execution ends."""
    for _ in range(100):
        rows = bed.server.api("GET", f"/executions?workflow={workflow_id}&limit=1")["data"]
        if rows:
            return str(bed.server.ended(rows[0]["id"], 60)["status"])
    raise AssertionError("the key did not start a run")


# --- the panel ---------------------------------------------------------------------------------------------------


def panel(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """A node that gave 10 MB, and typing an expression."""
    fields: list[JSON] = [{"name": "copy", "value": {"$t": "{{ json.n }}"}}]
    give = node("give", "data.set", {"mode": "keep", "fields": fields})
    document = workflow("Large", [node("start", "manual.trigger"), give], "start > give")
    workflow_id = str(bed.server.api("POST", "/workflows", document, status=201)["id"])
    items: list[JSON] = [{"n": number, "text": "x" * 1_000} for number in range(10_000)]
    started = bed.server.api("POST", f"/workflows/{workflow_id}/run", {"items": items}, status=202)
    assert bed.server.ended(started["execution_id"], 60)["status"] == "succeeded"
    with bed.page() as bench:
        page = bench.page
        show(page, workflow_id)
        bench.settle()
        page.locator('[data-node="give"]').focus()

        def opened() -> None:
            page.keyboard.press("Enter")
            page.locator(PANEL).wait_for()

        before = bench.cpu()
        received = bench.received(opened)
        yield Figure("open the panel of a node that gave 10 MB: CPU", "ms", 200, 400), bench.cpu() - before
        yield Figure("open the panel of a node that gave 10 MB: received", "KiB", 300, 600), received
        content = page.locator(f"{PANEL} .cm-content").first
        content.click()
        page.keyboard.press("Control+End")
        keys = " {{ json.n + 1 }} and {{ json.text | length }}"
        cost = bench.spent(lambda: press(page, keys)) / len(keys)
        yield Figure("type an expression: CPU a key", "ms", 8, 16), cost
        yield Figure("type an expression: preview, 95th percentile", "ms", 300, 600), previews(page)


def press(page: Page, keys: str) -> None:
    """One key after the other, as fast as the page takes them."""
    for key in keys:
        page.keyboard.press(key)


def previews(page: Page) -> float:
    """Milliseconds from a key to the value that it makes, at the 95th percentile."""
    taken: list[float] = []
    for number in range(20):
        before = page.locator(PREVIEW).first.inner_text()
        began = page.evaluate("performance.now()")
        page.keyboard.press(str(number % 10))
        page.wait_for_function(
            "([selector, before]) => document.querySelector(selector)?.innerText !== before", arg=[PREVIEW, before]
        )
        taken.append(page.evaluate("performance.now()") - began)
    return sorted(taken)[math.ceil(len(taken) * 0.95) - 1]


# --- memory ------------------------------------------------------------------------------------------------------


def memory(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """What 1,000 nodes take, and what stays of them."""
    with bed.editor(1_000) as bench:
        yield Figure("heap with 1,000 nodes", "MB", 60, 120), bench.heap()
        visit(bench, "/runs")
        closed = bench.heap()
        for _ in range(10):
            visit(bench, f"/workflow/{bed.chain(1_000)}")
            bench.page.locator(CARD).first.wait_for()
            visit(bench, "/runs")
        yield Figure("growth after 10 times opened and closed", "MB", 5, 10), bench.heap() - closed


def visit(bench: Bench, path: str) -> None:
    """Go to another page of the same application."""
    bench.page.evaluate(
        "(path) => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }", path
    )
    bench.settle()


# --- access ------------------------------------------------------------------------------------------------------


def access(bed: Bed) -> Iterator[tuple[Figure, float]]:
    """What axe finds, and what is unnamed or small, on every screen in light, dark and narrow."""
    found: dict[str, list[str]] = {"axe": [], "unnamed": [], "small": []}
    editor = f"/workflow/{bed.chain(50)}"
    screens = ("/workflows", "/runs", editor, f"{editor}?node=s1", f"{editor}/runs", f"{editor}/history",
               "/credentials", "/templates", "/plugins", "/settings/profile")  # fmt: skip
    for path in screens:
        with bed.page() as bench:
            bench.page.goto(path)
            bench.settle()
            for variant in shots.variants(bench.page):
                found["axe"] += [f"{path} {variant.name}: {text}" for text in accessibility.violations(bench.page)]
                found["small"] += [f"{path} {variant.name}: {text}" for text in accessibility.small_targets(bench.page)]
            found["unnamed"] += [f"{path}: {text}" for text in accessibility.unnamed_controls(bench.page)]
    for text in sorted({text for texts in found.values() for text in texts}):
        print("   ", text, file=sys.stderr)
    yield Figure("axe violations on all screens", "", 0, 0), len(found["axe"])
    yield Figure("controls without a name", "", 0, 0), len(found["unnamed"])
    yield Figure("targets under 24 pixels", "", 0, 0), len(found["small"])


GROUPS: dict[str, Group] = {
    "size": size, "load": load, "gestures": gestures, "run": run, "panel": panel, "memory": memory, "access": access,
}  # fmt: skip
ONCE = frozenset({"size", "access"})
"""What every round gives alike."""


# --- the table ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def bed() -> Iterator[Bed]:
    """A fresh server and a browser."""
    found = chromium()
    with tempfile.TemporaryDirectory(prefix="a8n-bench-") as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data", A8N_MAX_BODY=str(32 * 1024 * 1024)).start()
        browser = playwright.chromium.launch(
            executable_path=found.path, args=ARGUMENTS, env={**os.environ, **found.env}
        )
        try:
            server.sign_up()
            print(f"{found.version()}; median of {ROUNDS}\n", file=sys.stderr)
            yield Bed(server, browser)
        finally:
            browser.close()
            server.close()


def results(group: str, where: Bed) -> dict[Figure, float]:
    """The medians of a group; what came before a fault stands."""
    taken: dict[Figure, list[float]] = {}
    for _ in range(1 if group in ONCE else ROUNDS):
        try:
            for figure, value in GROUPS[group](where):
                taken.setdefault(figure, []).append(value)
        except (BrowserError, AssertionError) as error:
            place = traceback.extract_tb(error.__traceback__)
            line = next(frame.lineno for frame in reversed(place) if frame.filename == __file__)
            print(f"    {group}, line {line}: {str(error)[:500]}", file=sys.stderr)
            taken.setdefault(Figure(f"{group}: broke off", "", 0, 0), []).append(math.inf)
            break
    return {figure: statistics.median(values) for figure, values in taken.items()}


def row(figure: Figure, value: float) -> str:
    """A line of the table. Where more is better, the numbers are negative."""
    verdict = "ok" if value <= figure.goal else "over the goal" if value <= figure.limit else "FAILED"
    numbers = " ".join(f"{_number(abs(number)):>9}" for number in (value, figure.goal, figure.limit))
    return f"{figure.title:58} {numbers}  {figure.unit:7} {verdict}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if math.isfinite(value) else "-"


def main(wanted: list[str]) -> int:
    """Measure; fails where a limit is passed."""
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown:
        print(f"groups are: {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    failed = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    with bed() as where:
        print(f"{'':58} {'measured':>9} {'goal':>9} {'limit':>9}")
        for group in wanted or GROUPS:
            for figure, value in results(group, where).items():
                failed += not value <= figure.limit
                print(row(figure, value), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
