"""A question in a channel, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import field_validator

from a8n import (
    JSON,
    Choice,
    Context,
    Duration,
    Example,
    Field,
    Form,
    FormField,
    Item,
    Multiline,
    Node,
    NodeError,
    Result,
    Wait,
    hint,
    options,
    to,
)
from a8n_slack.api import call, channel_choices
from a8n_slack.credentials import AnyAccount
from a8n_slack.messages import Channel, channel_field, message_of


class Ask(Node):
    """Ask a question in a channel, and wait for the answer without holding a worker.

    Each answer is a button below the message that opens a page, where it is confirmed: Slack opens links by itself to
    preview them, and that answers nothing. Whoever has the link may use it, so the answer does not tell who gave it.
    """

    key = "slack.ask"
    title = "Ask in Slack"
    group = "comms"
    subtitle = "{channel}"
    concurrency = 1
    outputs = ("answered", "timeout")
    examples = (
        Example(
            "Have an order approved",
            {
                "account": {"$credential": "1"}, "channel": "#orders",
                "question": {"$t": "Order {{ json.id }} over {{ json.total }} €: go?"},
            },
            items=({"id": "A-17", "total": 4800},),
            needs=("slack.bot",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Bot that asks.")
    channel: Channel = channel_field()
    question: Multiline = Field(min_length=1, max_length=3000, description="What is asked, in Slack's mrkdwn.")
    answers: list[Annotated[str, Field(min_length=1, max_length=75)]] = Field(
        ["Approve", "Decline"], min_length=1, max_length=10, description="What can be answered."
    )
    remark: bool = Field(False, description="Ask for a remark, too.")
    timeout: Annotated[Duration, hint(advanced=True)] = Field(
        timedelta(days=7), gt=timedelta(0), le=timedelta(days=365), description="How long to wait."
    )

    @field_validator("answers")
    @classmethod
    def _different(cls, answers: list[str]) -> list[str]:
        if len(set(answers)) < len(answers):
            raise ValueError("two of the answers are the same")
        return answers

    async def run(self, ctx: Context) -> Wait:
        """Ask."""
        asked = {"channel": self.channel, "text": self.question, "blocks": self._blocks(ctx.resume_url)}
        sent = message_of(await call(ctx.http, self.account, "chat.postMessage", asked), self.channel)
        return Wait(
            until=datetime.now(UTC) + self.timeout, form=self._form(), data={"channel": sent.channel, "ts": sent.ts}
        )  # fmt: skip

    async def resume(self, ctx: Context, data: Mapping[str, JSON], payload: JSON) -> Result:
        """Take the answer, or give up; and say so in the message."""
        given = payload.get("form") if isinstance(payload, dict) else None
        answer = given.get("answer") if isinstance(given, dict) else None
        await self._settle(ctx, data, f"*{answer}*" if answer else "_No answer came in time._")
        if not isinstance(given, dict):
            return to("timeout", ctx.item)
        told = {
            "answer": answer, "remark": given.get("remark"), "submitted_at": payload.get("submitted_at"),
            "channel": data["channel"], "ts": data["ts"],
        }  # fmt: skip
        return to("answered", Item({**ctx.item.json, "slack": told}, ctx.item.files))

    async def _settle(self, ctx: Context, data: Mapping[str, JSON], said: str) -> None:
        """Put the buttons away. The answer is there: nobody loses it where this fails."""
        blocks = [_section(self.question), _section(said)]
        asked = {"channel": data["channel"], "ts": data["ts"], "text": self.question, "blocks": blocks}
        try:
            await call(ctx.http, self.account, "chat.update", asked)
        except NodeError as error:
            ctx.log(f"the buttons could not be put away: {error.message}")

    def _blocks(self, url: str) -> list[dict[str, JSON]]:
        buttons: list[dict[str, JSON]] = [
            {
                "type": "button", "action_id": f"a8n_answer_{index}", "text": {"type": "plain_text", "text": answer},
                "url": f"{url}?{urlencode({'answer': answer})}",
            }
            for index, answer in enumerate(self.answers)
        ]  # fmt: skip
        return [_section(self.question), {"type": "actions", "elements": buttons}]

    def _form(self) -> Form:
        fields = [FormField(name="answer", label="Answer", kind="choice", choices=self.answers, required=True)]
        if self.remark:
            fields.append(FormField(name="remark", label="Remark", kind="multiline"))
        return Form(title="Your answer", description=self.question, fields=fields, button="Send")

    @staticmethod
    @options("channel")
    async def channels(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Channels that the bot sees."""
        return await channel_choices(account, search, http)


def _section(text: str) -> dict[str, JSON]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
