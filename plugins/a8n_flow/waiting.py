"""Waiting: for a while, for a date, for a call, or for a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from a8n import JSON, BatchNode, Context, Example, Field, Form, Item, NodeError, Parameters, Reply, Result, Wait
from a8n_flow.values import IncomparableError, moment

LONGEST = 10 * 366 * 86_400
"""Seconds of the longest wait: ten years."""


class ForDuration(Parameters):
    """Wait for a while."""

    on: Literal["duration"]
    """Which kind of wait this is."""
    seconds: float = Field(default=60, ge=0, le=LONGEST)
    """How long, in seconds."""


class UntilDate(Parameters):
    """Wait until a date."""

    on: Literal["date"]
    """Which kind of wait this is."""
    at: str | float
    """ISO 8601, such as `2026-05-01T09:00`, in the workflow's time zone unless it names one; or a Unix timestamp.
    A date that has passed does not wait."""


class ForCall(Parameters):
    """Wait until the resume URL is called."""

    on: Literal["webhook"]
    """Which kind of wait this is."""
    timeout: float | None = Field(default=None, gt=0, le=LONGEST)
    """Seconds after which to stop waiting; empty waits for ever."""
    on_timeout: Literal["continue", "error"] = "continue"
    """What the timeout does: the items go on with `resume` null, or the step fails."""
    announce: Literal["log", "reply"] = "log"
    """Who is told the URL: always the log of this step; with `reply` also the caller of the webhook that started
    the execution, if one still waits for an answer, as `{"resume_url": "…"}` with status 202."""


class ForForm(Form):
    """Wait until somebody fills in a form."""

    on: Literal["form"]
    """Which kind of wait this is."""
    timeout: float | None = Field(default=None, gt=0, le=LONGEST)
    """Seconds after which to stop waiting; empty waits for ever."""
    on_timeout: Literal["continue", "error"] = "continue"
    """What the timeout does: the items go on with `resume` null, or the step fails."""
    announce: Literal["log", "reply"] = "log"
    """Who is told the form's address: always the log of this step; with `reply` also the caller of the webhook that
    started the execution, if one still waits for an answer, as `{"resume_url": "…"}` with status 202."""

    def form(self) -> Form:
        """What the person sees."""
        return Form.model_validate(self.model_dump(include=set(Form.model_fields)))


class Pause(BatchNode):
    """Wait, then pass the items on. A wait is stored: it holds no worker and survives restarts.

    It ends after a duration, at a date, when somebody calls the resume URL that this step shows in its log, or when
    somebody fills in the form that stands at that URL. What the call or the form brought then stands in each item
    under `resume`; of a form that is `form`, with the answers by name (null where none was given), and `submitted_at`.
    """

    key = "flow.wait"
    icon = "hourglass"
    title = "Wait"
    effect = "idempotent"
    group = "logic"
    examples = (
        Example("Wait for an hour", {"resume": {"on": "duration", "seconds": 3600}}, needs=("time",)),
        Example(
            "Do not wait for a date that has passed",
            {"resume": {"on": "date", "at": "2020-01-01T09:00:00Z"}},
            ({"id": 1},),
            {"main": [{"id": 1}]},
        ),
        Example(
            "Ask whether a refund may be made",
            {
                "resume": {
                    "on": "form",
                    "title": {"$t": "Refund {{ json.order }}?"},
                    "fields": [
                        {"name": "decision", "kind": "choice", "choices": ["Approve", "Decline"], "required": True},
                        {"name": "remark", "label": "A remark for the customer", "kind": "multiline"},
                    ],
                    "button": "Decide",
                    "timeout": 259_200,
                }
            },
            ({"order": "A-17"},),
        ),
    )

    until: Annotated[ForDuration | UntilDate | ForCall | ForForm, Field(discriminator="on", alias="resume")]
    """What ends the wait."""

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Begin to wait."""
        until = self.until
        now = datetime.now(UTC)
        if isinstance(until, ForCall | ForForm):
            return self._await_call(until, ctx, now)
        if isinstance(until, ForDuration):
            due = now + timedelta(seconds=until.seconds)
        else:
            due = _due(until.at, ctx)
        return Wait(until=due) if due > now else list(items)

    def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> Result:
        """Pass the items on; after a call or a form with what it brought."""
        if not isinstance(self.until, ForCall | ForForm):
            return list(items)
        if payload is None and self.until.on_timeout == "error":
            what = "called the resume URL" if isinstance(self.until, ForCall) else "filled in the form"
            raise NodeError(f"nobody {what} in time", field="resume.timeout", retryable=False)
        return [Item({**item.json, "resume": payload}, item.files, i) for i, item in enumerate(items)]

    @staticmethod
    def _await_call(until: ForCall | ForForm, ctx: Context, now: datetime) -> Wait:
        if not ctx.resume_url:
            raise NodeError("this process offers no resume URL", field="resume", retryable=False)
        ctx.log(f"{'Form' if isinstance(until, ForForm) else 'Resume URL'}: {ctx.resume_url}")
        if until.announce == "reply":
            ctx.reply(_announcement(ctx.resume_url))
        due = now + timedelta(seconds=until.timeout) if until.timeout is not None else None
        return Wait(until=due, callable=True, form=until.form() if isinstance(until, ForForm) else None)


def _announcement(url: str) -> Reply:
    import json

    return Reply(202, {"content-type": "application/json"}, json.dumps({"resume_url": url}).encode())


def _due(at: str | float, ctx: Context) -> datetime:
    try:
        due = moment(at, ctx.execution.timezone).astimezone(UTC)
    except (IncomparableError, OverflowError) as error:
        raise NodeError(str(error), field="resume.at", retryable=False) from None
    if due.timestamp() - datetime.now(UTC).timestamp() > LONGEST:
        raise NodeError("this date is more than ten years away", field="resume.at", retryable=False)
    return due
