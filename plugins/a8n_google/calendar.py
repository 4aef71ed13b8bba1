"""Events of calendars."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from a8n import JSON, Choice, Context, Example, Field, HttpClient, Multiline, Node, NodeError, options
from a8n_google.api import call, pages, parsed, refused, send
from a8n_google.credentials import Account, GoogleCredential

ACCOUNT: dict[str, JSON] = {"account": {"$credential": "1"}}


async def calendar_choices(account: GoogleCredential, http: HttpClient) -> list[Choice]:
    """The calendars that an account sees."""
    path = "/calendar/v3/users/me/calendarList"
    params = [("maxResults", "250")]
    return [
        Choice(value=one["id"], label=str(one.get("summary") or one["id"]))
        async for page in pages(http, account, "www", path, params, "account")
        for one in page.get("items", ())
    ]


def events_path(calendar: str) -> str:
    """The path of a calendar's events."""
    return f"/calendar/v3/calendars/{quote(calendar, safe='')}/events"


class ListEvents(Node):
    """List events of a calendar in a stretch of time, in the order of their start. Each repetition is an event."""

    key = "google.calendar_list"
    title = "List calendar events"
    group = "app"
    subtitle = "{calendar}"
    effect = "idempotent"
    examples = (
        Example("A day in March", {**ACCOUNT, "start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"},
                needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that reads.")
    calendar: str = Field("primary", min_length=1, description="Calendar by its id; `primary` is the account's own.")
    start: datetime = Field(description="Events that end after this, with an offset from UTC.")
    end: datetime = Field(description="Events that start before this, with an offset from UTC.")
    search: str = Field("", description="Words that stand in the event; empty for all.")
    most: int = Field(250, ge=1, le=10_000, description="Events at most; further ones are left out.")

    async def run(self, ctx: Context) -> Any:
        """List them."""
        for name, moment in (("start", self.start), ("end", self.end)):
            if moment.tzinfo is None:
                raise NodeError("the time lacks its offset from UTC, such as Z", field=name, retryable=False)
        if self.end <= self.start:
            raise NodeError("the end is not after the start", field="end", retryable=False)
        params = [
            ("timeMin", self.start.isoformat()), ("timeMax", self.end.isoformat()), ("singleEvents", "true"),
            ("orderBy", "startTime"), ("maxResults", str(min(self.most, 2500))),
        ]  # fmt: skip
        if self.search:
            params.append(("q", self.search))
        found: list[dict[str, JSON]] = []
        async for page in pages(ctx.http, self.account, "www", events_path(self.calendar), params, "calendar"):
            found += page.get("items", ())
            if len(found) >= self.most:
                break
        return found[: self.most]

    @staticmethod
    @options("calendar")
    async def calendars(account: GoogleCredential, http: HttpClient) -> list[Choice]:
        """Calendars."""
        return await calendar_choices(account, http)


class CreateEvent(Node):
    """Put an event into a calendar. The event's id follows from the execution, so a retry makes no second one."""

    key = "google.calendar_create"
    title = "Create a calendar event"
    group = "app"
    subtitle = "{summary}"
    effect = "idempotent"
    examples = (
        Example("A meeting", {**ACCOUNT, "summary": "Review", "start": "2026-03-02T09:00:00Z",
                "end": "2026-03-02T10:00:00Z", "guests": ["ada@example.org"]}, needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that writes.")
    calendar: str = Field("primary", min_length=1, description="Calendar by its id; `primary` is the account's own.")
    summary: str = Field(min_length=1, max_length=1024, description="What the event is called.")
    start: datetime = Field(description="When it starts, with an offset from UTC, or as the clock in the time zone.")
    end: datetime = Field(description="When it ends.")
    all_day: bool = Field(False, description="Whole days: the times of start and end do not count; the end is the day "
                          "after the last.")  # fmt: skip
    timezone: str = Field("UTC", description="Time zone, such as Europe/Berlin.")
    description: Multiline = Field("", max_length=8192, description="Text of the event.")
    location: str = Field("", max_length=1024, description="Where it is.")
    guests: list[str] = Field([], max_length=200, description="E-mail addresses of those who are invited.")
    notify: Literal["none", "all", "externalOnly"] = Field("none", description="Whom Google sends invitations by mail.")

    async def run(self, ctx: Context) -> Any:
        """Create it, or give what an earlier attempt created."""
        identity = hashlib.sha256(ctx.key.encode()).hexdigest()  # hexadecimal digits are among those Google allows
        body: dict[str, JSON] = {
            "id": identity, "summary": self.summary, "start": self._time(self.start, "start"),
            "end": self._time(self.end, "end"), "attendees": [{"email": one} for one in self.guests],
            "description": self.description, "location": self.location,
        }  # fmt: skip
        body = {name: value for name, value in body.items() if value not in ("", [])}
        path = events_path(self.calendar)
        params = [("sendUpdates", self.notify)]
        answer = await send(ctx.http, self.account, "POST", "www", path, params=params, json=body)
        if answer.status == 409:
            return await call(ctx.http, self.account, "GET", "www", f"{path}/{identity}", where="calendar")
        if answer.status != 200:
            raise refused(answer, "calendar")
        return parsed(answer)

    def _time(self, moment: datetime, name: str) -> dict[str, str]:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise NodeError(
                f"there is no time zone {self.timezone[:80]!r}", field="timezone", retryable=False
            ) from None
        if (self.start.tzinfo is None) != (self.end.tzinfo is None):
            raise NodeError("start and end both have an offset from UTC, or neither", field=name, retryable=False)
        if self.end < self.start or (self.all_day and self.end.date() <= self.start.date()):
            raise NodeError("the end is not after the start", field="end", retryable=False)
        if self.all_day:
            return {"date": moment.date().isoformat()}
        return {"dateTime": moment.isoformat(), "timeZone": self.timezone}

    @staticmethod
    @options("calendar")
    async def calendars(account: GoogleCredential, http: HttpClient) -> list[Choice]:
        """Calendars."""
        return await calendar_choices(account, http)
