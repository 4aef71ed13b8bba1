"""A page of the builder under the debugger: processor time of its main thread, bytes, memory, long tasks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import CDPSession, Page

SETTLED = 0.4
"""Seconds of quiet after which something is over."""
OBSERVE = """
window.bench = { longest: 0, first: 0, frames: 0, down: 0, chosen: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) bench.longest = Math.max(bench.longest, entry.duration);
}).observe({ type: 'longtask', buffered: true });
new MutationObserver(() => {
  if (!bench.first && document.querySelector('[data-node]')) bench.first = performance.now();
  if (bench.down && !bench.chosen && document.querySelector('[data-node][data-selected]'))
    bench.chosen = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-selected'] });
addEventListener('pointerdown', () => { bench.down ||= performance.now(); }, true);
const frame = () => { bench.frames += 1; requestAnimationFrame(frame); };
window.countFrames = () => { bench.frames = 0; requestAnimationFrame(frame); };
"""
"""Runs before the page's own scripts and costs little beside them."""


class Bench:
    """One page."""

    def __init__(self, page: Page):
        self.page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        # Ticks of the thread, so that what else the machine does is not counted.
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._session.send("Network.enable")
        self._received = 0.0
        self._session.on("Network.loadingFinished", self._count)
        page.add_init_script(OBSERVE)

    def _count(self, event: dict[str, Any]) -> None:
        self._received += event["encodedDataLength"]

    def cpu(self) -> float:
        """Milliseconds that the main thread has worked since the page began."""
        return self.metrics()["TaskDuration"] * 1000

    def metrics(self) -> dict[str, float]:
        """What the browser counts."""
        return {found["name"]: found["value"] for found in self._session.send("Performance.getMetrics")["metrics"]}

    def heap(self) -> float:
        """MB of objects that are in use."""
        for _ in range(3):
            self._session.send("HeapProfiler.collectGarbage")
        return self.metrics()["JSHeapUsedSize"] / 1e6

    def settle(self) -> None:
        """Wait until the main thread has nothing to do; its clock stands still then, but for timers."""
        before, quiet, until = self.cpu(), time.monotonic(), time.monotonic() + 30
        while time.monotonic() - quiet < SETTLED and time.monotonic() < until:
            self.page.wait_for_timeout(50)
            now = self.cpu()
            if now - before > 3:
                quiet = time.monotonic()
            before = now

    def spent(self, act: Callable[[], object]) -> float:
        """Milliseconds of processor time that an act costs until all is quiet again."""
        self.settle()
        before = self.cpu()
        act()
        self.settle()
        return self.cpu() - before

    def received(self, act: Callable[[], object]) -> float:
        """KiB that come over the network in the meantime, as they were sent."""
        self.settle()
        before = self._received
        act()
        self.settle()
        return (self._received - before) / 1024

    def state(self, name: str) -> float:
        """What `OBSERVE` noted."""
        return float(self.page.evaluate("(name) => bench[name]", name))

    def pointer(self, kind: str, x: float, y: float, **more: Any) -> None:
        """An event of the mouse, awaited until the page has dealt with it."""
        self._session.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **more})
