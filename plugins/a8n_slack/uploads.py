"""Files: uploaded in three steps, as Slack asks since 2024 (files.getUploadURLExternal)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel

from a8n import JSON, Choice, Context, Example, Field, FileName, Multiline, Node, NodeError, hint, options
from a8n_slack.api import call, channel_choices
from a8n_slack.credentials import AnyAccount
from a8n_slack.messages import TIMESTAMP

MAX_UPLOAD = 100 * 2**20
"""Bytes of a file; Slack takes 1 GB, but memory bounds them, too."""


class FileOut(BaseModel, use_attribute_docstrings=True):
    """A file that was uploaded."""

    id: str
    """Its id."""
    name: str
    """Its name."""
    file: dict[str, JSON] = {}
    """All that Slack says of it."""


class Upload(Node):
    """Upload a file of the item, and share it in a channel or a thread."""

    key = "slack.upload"
    title = "Upload to Slack"
    group = "comms"
    subtitle = "{channel}"
    concurrency = 1
    examples = (
        Example(
            "Share a report",
            {"account": {"$credential": "1"}, "channel": "C0123456789", "file": "report", "comment": "This week"},
            needs=("slack.bot",),
        ),
    )

    account: AnyAccount = Field(description="Bot that uploads.")
    channel: Annotated[str, hint(placeholder="C0123456789")] = Field(
        pattern="^[A-Z][A-Z0-9]*$", max_length=50, description="Id of the channel; Slack takes no name here."
    )
    file: FileName = Field("file", min_length=1, description="Which of the item's files.")
    label: str = Field("", max_length=250, description="What it is called; empty takes its name.")
    comment: Multiline = Field("", max_length=4000, description="What is said with it.")
    thread: str = Field("", pattern=TIMESTAMP, description="`ts` of the message that it answers in a thread.")

    async def run(self, ctx: Context) -> FileOut:
        """Ask where to, send it there, and share it."""
        ref = ctx.file(self.file, "file")
        if not 0 < ref.size <= MAX_UPLOAD:
            text = f"the file has {ref.size:,} bytes; 1 to {MAX_UPLOAD:,} can be uploaded"
            raise NodeError(text, field="file", retryable=False)
        name = ref.name or "file"
        place = await call(
            ctx.http, self.account, "files.getUploadURLExternal", {"filename": name, "length": ref.size}
        )  # fmt: skip
        url, number = place.get("upload_url"), place.get("file_id")
        if not isinstance(url, str) or not isinstance(number, str):
            raise NodeError("Slack did not say where to upload to", retryable=False)
        # the address itself is the right to upload: it is not given the token
        sent = await ctx.http.request("POST", url, content=await ctx.files.read(ref), timeout=300.0)
        if sent.status != 200:
            raise NodeError(f"Slack did not take the file: it answered {sent.status}", retryable=sent.status >= 500)
        shared = await call(ctx.http, self.account, "files.completeUploadExternal", {
            "files": [{"id": number, "title": self.label or name}], "channel_id": self.channel,
            "initial_comment": self.comment or None, "thread_ts": self.thread or None,
        })  # fmt: skip
        first: Any = next(iter(shared.get("files") or ()), {})
        return FileOut(id=number, name=name, file=first if isinstance(first, dict) else {})

    @staticmethod
    @options("channel")
    async def channels(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Channels that the bot sees."""
        return await channel_choices(account, search, http)
