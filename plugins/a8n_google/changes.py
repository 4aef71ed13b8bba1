"""Starting at new and changed events of a calendar."""

from __future__ import annotations

from collections.abc import Sequence

from a8n import JSON, Choice, Example, Field, HttpClient, Item, PollTrigger, TriggerContext, options
from a8n_google.api import parsed, refused, send
from a8n_google.calendar import calendar_choices, events_path
from a8n_google.credentials import Account, GoogleCredential


class EventChanged(PollTrigger):
    """Start when events of a calendar are new, changed or cancelled (`status` says so). Repetitions are one event."""

    key = "google.calendar_changed"
    title = "Calendar event changed"
    icon = "icon.svg"
    subtitle = "{calendar}"
    examples = (Example("The own calendar", {"account": {"$credential": "1"}}, needs=("google.account",)),)

    account: Account = Field(description="Account to watch with.")
    calendar: str = Field("primary", min_length=1, description="Calendar by its id; `primary` is the account's own.")
    seconds: int = Field(60, ge=10, le=86_400, description="Seconds between looks.")

    def every(self) -> float:
        """As chosen."""
        return float(self.seconds)

    async def poll(self, ctx: TriggerContext, cursor: JSON) -> tuple[Sequence[Item], JSON]:
        """What changed since the cursor: Google's sync token, and the time of the last change that was seen.

        Where Google has forgotten the token (410), all events are listed, and the changes after that time are taken.
        """
        last = str(cursor["last"]) if cursor else ""
        found = await self._events(ctx.http, str(cursor["sync"])) if cursor and cursor["sync"] else None
        whole = found is None
        events, sync = found or await self._events(ctx.http, "") or ([], "")
        if whole:  # the first look gives nothing; where it is a new beginning, what is later than the last one
            changed = [one for one in events if last and str(one.get("updated", "")) > last]
        else:
            changed = events
        last = max([last, *(str(one.get("updated", "")) for one in events)])
        return [Item(one) for one in changed], {"sync": sync, "last": last}

    async def _events(self, http: HttpClient, sync: str) -> tuple[list[dict[str, JSON]], str] | None:
        """Events and the next sync token; None where Google does not know the one given any more."""
        events: list[dict[str, JSON]] = []
        token = ""
        while True:
            params = [("maxResults", "2500"), ("showDeleted", "true")]
            params += [("syncToken", sync)] if sync else []
            params += [("pageToken", token)] if token else []
            answer = await send(http, self.account, "GET", "www", events_path(self.calendar), params=params)
            if answer.status == 410 and sync:
                return None
            if answer.status != 200:
                raise refused(answer, "calendar")
            page = parsed(answer)
            events += page.get("items", ())
            following = str(page.get("nextPageToken") or "")
            if not following or following == token:
                return events, str(page.get("nextSyncToken", ""))
            token = following

    @staticmethod
    @options("calendar")
    async def calendars(account: GoogleCredential, http: HttpClient) -> list[Choice]:
        """Calendars."""
        return await calendar_choices(account, http)
