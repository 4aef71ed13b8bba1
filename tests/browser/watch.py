"""Looks on while a page is used: what went wrong unseen fails the test."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

REPORT = """addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error(`CSP: ${violatedDirective} ${blockedURI}`));"""
CANCELLED = "net::ERR_ABORTED"
"""A page that was left takes its requests along: no fault."""


class Watch:
    """All pages of a context. `problems` are errors on the console, uncaught exceptions, violations of the
    Content-Security-Policy, requests that failed or that left our server, and answers that blame the server."""

    def __init__(self, context: BrowserContext, origin: str):
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._origin = origin
        self._forgiven: list[re.Pattern[str]] = []
        context.add_init_script(REPORT)
        context.on("console", self._console)
        context.on("weberror", self._uncaught)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def forgive(self, pattern: str) -> None:
        """What matches this is expected here, be it past or to come."""
        self._forgiven.append(re.compile(pattern))

    def unforgiven(self) -> list[str]:
        """What went wrong and was not expected."""
        return [problem for problem in self.problems if not any(known.search(problem) for known in self._forgiven)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            self.problems.append(f"console: {message.text} ({place})")

    def _uncaught(self, error: WebError) -> None:
        self.problems.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((f"{self._origin}/", "data:", "blob:")):
            self.problems.append(f"foreign: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != CANCELLED:
            self.problems.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"answer: {response.status} {response.request.method} {response.url}")
