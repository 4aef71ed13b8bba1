"""How an API gives a long list in pages, and how to ask for the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from urllib.parse import SplitResult, urljoin, urlsplit

from a8n import JSON, Field, HttpResponse, NodeError, Parameters
from a8n_http.values import listed, reach, text_of

LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^,;\"=]+(?:=(?:\"[^\"]*\"|[^,;\"]*))?)*)")


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: beside the URL, what pagination adds to the query or puts into the JSON body."""

    url: str
    number: int = 1
    query: tuple[tuple[str, str], ...] = ()
    body: tuple[tuple[str, JSON], ...] = ()
    bare: bool = False
    """The URL came from the service and has its query already."""


class Pages(Parameters):
    """What all kinds of pagination share."""

    max_pages: int = Field(100, ge=1, le=10_000, description="Stop after so many pages.")

    def first(self, url: str) -> Page:
        """The first page."""
        return Page(url)

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """The page after this one; None when it was the last. `body` is the answer's JSON."""
        raise NotImplementedError


class NoPages(Parameters):
    """One request."""

    kind: Literal["none"] = Field("none", description="How the next page is found.")

    @property
    def max_pages(self) -> int:
        """One."""
        return 1

    def first(self, url: str) -> Page:
        """The only page."""
        return Page(url)

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """None."""
        return None


class NextUrl(Pages):
    """The answer holds the URL of the next page."""

    kind: Literal["next_url"] = Field("next_url", description="How the next page is found.")
    path: str = Field("next", description="Dotted path of the URL in the answer, such as links.next.")

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """The page at the URL, until there is none."""
        url = reach(body, self.path)
        if url in (None, "", False):
            return None
        if not isinstance(url, str):
            raise NodeError(f"what the answer has at {self.path!r} is no URL", field="pagination", retryable=False)
        return _follow(page, answer, url)


class LinkHeader(Pages):
    """The answer's Link header names the next page (RFC 8288)."""

    kind: Literal["link_header"] = Field("link_header", description="How the next page is found.")

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """The page of `rel="next"`, until there is none."""
        for url, parameters in LINK.findall(answer.headers.get("link", "")):
            relation = re.search(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,]+))", parameters, re.IGNORECASE)
            if relation and "next" in (relation[1] or relation[2] or "").lower().split():
                return _follow(page, answer, url)
        return None


class PageNumber(Pages):
    """The query says which page: 1, 2, 3. It ends with an empty page."""

    kind: Literal["page"] = Field("page", description="How the next page is found.")
    parameter: str = Field("page", description="Name of the query parameter.", min_length=1)
    start: int = Field(1, description="Number of the first page.")
    items: str = Field("", description="Dotted path of the list in the answer; empty where the answer is the list.")

    def first(self, url: str) -> Page:
        """The page `start`."""
        return Page(url, query=((self.parameter, str(self.start)),))

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """One more, until a page is empty."""
        if not listed(body, self.items, "pagination.items"):
            return None
        query = ((self.parameter, str(self.start + page.number)),)
        return replace(page, number=page.number + 1, query=query)


class Offset(Pages):
    """The query says how many items to leave out, and how many to give. It ends with an empty page."""

    kind: Literal["offset"] = Field("offset", description="How the next page is found.")
    parameter: str = Field("offset", description="Name of the query parameter that counts items.", min_length=1)
    limit_parameter: str = Field("limit", description="Name of the one that says how many; empty sends none.")
    limit: int = Field(100, ge=1, description="How many items to ask for at a time.")
    items: str = Field("", description="Dotted path of the list in the answer; empty where the answer is the list.")

    def first(self, url: str) -> Page:
        """From the first item on."""
        return self._from(Page(url), 0)

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """After the items that came, which may be fewer than were asked for, until none come."""
        came = len(listed(body, self.items, "pagination.items"))
        if not came:
            return None
        done = int(page.query[0][1])
        return self._from(replace(page, number=page.number + 1), done + came)

    def _from(self, page: Page, offset: int) -> Page:
        limit = ((self.limit_parameter, str(self.limit)),) if self.limit_parameter else ()
        return replace(page, query=((self.parameter, str(offset)), *limit))


class Cursor(Pages):
    """The answer holds a cursor that the next request sends back."""

    kind: Literal["cursor"] = Field("cursor", description="How the next page is found.")
    path: str = Field("next_cursor", description="Dotted path of the cursor in the answer.")
    parameter: str = Field("cursor", description="Name under which it is sent back.", min_length=1)
    where: Literal["query", "body"] = Field("query", description="Sent in the query, or in the JSON body.")

    def next(self, page: Page, answer: HttpResponse, body: JSON) -> Page | None:
        """The page of the cursor, until there is none."""
        cursor = reach(body, self.path)
        if cursor in (None, "", False):
            return None
        after = replace(page, number=page.number + 1)
        if self.where == "body":
            after = replace(after, body=((self.parameter, cursor),))
        else:
            after = replace(after, query=((self.parameter, text_of(cursor)),))
        if (after.query, after.body) == (page.query, page.body):
            raise NodeError("the answer names the same next page again", field="pagination", retryable=False)
        return after


Pagination = Annotated[NoPages | NextUrl | LinkHeader | PageNumber | Offset | Cursor, Field(discriminator="kind")]


def _follow(page: Page, answer: HttpResponse, url: str) -> Page:
    """The page at a URL that the service named. It would get the credentials, so it must be on the same host."""
    old, new = urlsplit(page.url), urlsplit(urljoin(answer.url, url))
    if _usual_port(old) and _usual_port(new) and "https" in (old.scheme, new.scheme):
        new = new._replace(scheme="https")  # behind a proxy, services often name themselves by http
        old = old._replace(scheme="https")
    if (old.scheme, old.netloc.rpartition("@")[2].lower()) != (new.scheme, new.netloc.lower()):
        raise NodeError(
            f"the next page is on another host, {new.netloc.rpartition('@')[2]}: it is not asked",
            hint="turn pagination off and ask for it in a node of its own",
            field="pagination",
            retryable=False,
        )
    if new.geturl() == page.url:
        raise NodeError("the answer names the same next page again", field="pagination", retryable=False)
    return Page(new.geturl(), page.number + 1, bare=True)


def _usual_port(parts: SplitResult) -> bool:
    return ":" not in parts.netloc.rpartition("@")[2]
