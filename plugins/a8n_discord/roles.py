"""Roles of members."""

from __future__ import annotations

from typing import Literal

from a8n import JSON, Context, Example, Field, Node
from a8n_discord.api import SNOWFLAKE, call
from a8n_discord.credentials import DiscordBot


class MemberRole(Node):
    """Give a member of a server a role, or take it away."""

    key = "discord.member_role"
    title = "Discord role"
    group = "comms"
    effect = "idempotent"
    concurrency = 1
    examples = (
        Example(
            "Make somebody a customer",
            {
                "bot": {"$credential": "1"}, "guild": "1234567890123456789", "user": {"$": "json.user"},
                "role": "1234567890123456781",
            },
            items=({"user": "1234567890123456782"},),
            needs=("discord.bot",),
        ),
    )  # fmt: skip

    bot: DiscordBot = Field(description="Bot that may manage roles below its own.")
    guild: str = Field(pattern=SNOWFLAKE, description="Id of the server.")
    user: str = Field(pattern=SNOWFLAKE, description="Id of the member.")
    role: str = Field(pattern=SNOWFLAKE, description="Id of the role.")
    action: Literal["add", "remove"] = Field("add", description="Give it, or take it away.")
    reason: str = Field("", max_length=200, description="What the server's audit log says about it.")

    async def run(self, ctx: Context) -> dict[str, JSON]:
        """Do it."""
        path = f"/guilds/{self.guild}/members/{self.user}/roles/{self.role}"
        await call(ctx.http, self.bot, "PUT" if self.action == "add" else "DELETE", path, reason=self.reason)
        return {**ctx.item.json, "role": self.role, "user": self.user, "has_role": self.action == "add"}
