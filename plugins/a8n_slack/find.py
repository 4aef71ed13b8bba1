"""People, channels, and what was said in them."""

from __future__ import annotations

from typing import Annotated, Literal

from a8n import JSON, Context, Example, Field, Node, NodeError, Parameters, hint
from a8n_slack.api import call, pages
from a8n_slack.credentials import AnyAccount
from a8n_slack.messages import TIMESTAMP


class UserByMail(Parameters):
    """The person with a mail address."""

    kind: Literal["user"] = Field("user", description="What is looked for.")
    email: str = Field(min_length=3, max_length=254, description="Their mail address in Slack.")


class Channels(Parameters):
    """Channels that the bot sees."""

    kind: Literal["channels"] = Field("channels", description="What is looked for.")
    private: bool = Field(False, description="Private ones, too, that the bot is a member of.")
    archived: bool = Field(False, description="Archived ones, too.")


class History(Parameters):
    """Messages of a channel or a thread: of a channel the latest first, of a thread the earliest."""

    kind: Literal["history"] = Field("history", description="What is looked for.")
    channel: Annotated[str, hint(placeholder="C0123456789")] = Field(
        min_length=1, max_length=100, description="Id of the channel, of which the bot has to be a member."
    )
    thread: str = Field("", pattern=TIMESTAMP, description="`ts` of the message at the head of a thread.")
    oldest: str = Field("", pattern=TIMESTAMP, description="Only messages after this `ts`.")


class Find(Node):
    """Find a person by mail, list channels, or read messages; each one found is an item."""

    key = "slack.find"
    title = "Find in Slack"
    group = "comms"
    effect = "idempotent"
    concurrency = 1
    examples = (
        Example(
            "Whom a mail address belongs to",
            {"account": {"$credential": "1"}, "what": {"kind": "user", "email": {"$": "json.email"}}},
            items=({"email": "ada@example.org"},),
            needs=("slack.bot",),
        ),
    )

    account: AnyAccount = Field(description="Bot that looks.")
    what: Annotated[UserByMail | Channels | History, Field(discriminator="kind")] = Field(
        description="What is looked for."
    )
    limit: int = Field(100, ge=1, le=5000, description="Most to give.")

    async def run(self, ctx: Context) -> list[dict[str, JSON]]:
        """Find them. A person whom Slack does not know gives none."""
        what = self.what
        if isinstance(what, UserByMail):
            return await self._user(ctx, what.email)
        if isinstance(what, Channels):
            types = "public_channel,private_channel" if what.private else "public_channel"
            asked: dict[str, JSON] = {"types": types, "exclude_archived": not what.archived}
            return await pages(ctx.http, self.account, "conversations.list", "channels", self.limit, asked)
        method = "conversations.replies" if what.thread else "conversations.history"
        asked = {"channel": what.channel, "ts": what.thread or None, "oldest": what.oldest or None}
        return await pages(ctx.http, self.account, method, "messages", self.limit, asked)

    async def _user(self, ctx: Context, email: str) -> list[dict[str, JSON]]:
        try:
            return [(await call(ctx.http, self.account, "users.lookupByEmail", {"email": email}))["user"]]
        except NodeError as error:
            if "users_not_found" in error.message:
                return []
            raise
