"""What axe-core finds on a page, and what it does not look at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent.parent.parent / "web" / "builder" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SMALLEST = 24
"""Pixels: WCAG 2.2, 2.5.8."""
CONTROLS = {
    "button", "checkbox", "combobox", "dialog", "link", "listbox", "menuitem", "option", "radio", "searchbox", "slider",
    "spinbutton", "switch", "tab", "textbox", "tree", "treeitem",
}  # fmt: skip
RUN = """async ({ tags, rules, exclude }) => {
  const found = await axe.run({ exclude: exclude.map((selector) => [selector]) }, {
    runOnly: rules.length ? { type: 'rule', values: rules } : { type: 'tag', values: tags },
    resultTypes: ['violations'],
  });
  return found.violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map((node) => `${id} (${impact}): ${help} at ${node.target.join(' ')}`));
}"""
SMALL = """(smallest) => {
  const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const controls = document.querySelectorAll(
    'button, a[href], input:not([type=hidden]), select, textarea, [role=button], [role=menuitem], [role=option], '
    + '[role=tab], [role=switch], [role=checkbox], [role=radio], [role=slider], [role=separator][tabindex]');
  // What is drawn thin may be hit beside it: a pseudo-element has no box of its own.
  const reaches = (control, x, y) => {
    const { left, top, width, height } = control.getBoundingClientRect();
    const [a, b] = [left + width / 2, top + height / 2];
    return [[a - x, b - y], [a + x, b + y]].every((at) => control.contains(document.elementFromPoint(...at)));
  };
  const names = [];
  for (const control of controls) {
    const { width, height } = control.getBoundingClientRect();
    const inline = control.tagName === 'A' && getComputedStyle(control).display === 'inline';
    if (!shown(control) || inline || control.closest('[aria-hidden=true], [inert]')) continue;
    // What is below an edge comes into sight; what something lies upon cannot be hit now, however large it is.
    if (!reaches(control, 0, smallest / 2 - 1)) control.scrollIntoView({ block: 'center', inline: 'nearest' });
    if (!reaches(control, 0, 0)) continue;
    // A splitter of 24 pixels would lie upon what is beside it; arrow keys move it as well.
    const least = control.role === 'separator' ? 8 : smallest;
    const label = control.labels?.[0]?.getBoundingClientRect();
    const wide = Math.max(width, label?.width ?? 0) >= least || reaches(control, least / 2 - 1, 0);
    const high = Math.max(height, label?.height ?? 0) >= least || reaches(control, 0, least / 2 - 1);
    if (!wide || !high) {
      const name = control.getAttribute('aria-label') ?? control.textContent.trim() ?? '';
      names.push(`${control.tagName.toLowerCase()} "${name.slice(0, 40)}" ${Math.round(width)}x${Math.round(height)}`);
    }
  }
  return names;
}"""


def violations(page: Page, *exclude: str, rules: Sequence[str] = ()) -> list[str]:
    """What breaks WCAG 2.2 AA or good practice, as axe sees it. `exclude` are selectors of what is not looked at;
    with `rules` only these are looked at.

    axe comes in through the debugger, so the page's policy stays as it is.
    """
    session = page.context.new_cdp_session(page)
    try:
        session.send("Runtime.evaluate", {"expression": _source()})
    finally:
        session.detach()
    found: list[str] = page.evaluate(RUN, {"tags": list(TAGS), "rules": list(rules), "exclude": list(exclude)})
    return found


def small_targets(page: Page) -> list[str]:
    """Controls that are hard to hit: under 24 pixels in one direction, links within text left out."""
    found: list[str] = page.evaluate(SMALL, SMALLEST)
    return found


def unnamed_controls(page: Page) -> list[str]:
    """Controls of which a screen reader has nothing to say, from the browser's own accessibility tree."""
    session = page.context.new_cdp_session(page)
    try:
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    finally:
        session.detach()
    return [
        f"{node['role']['value']} #{node.get('backendDOMNodeId')}"
        for node in nodes
        if not node.get("ignored")
        and node.get("role", {}).get("value") in CONTROLS
        and not node.get("name", {}).get("value", "").strip()
    ]


@lru_cache(maxsize=1)
def _source() -> str:
    return AXE.read_text(encoding="utf-8")
