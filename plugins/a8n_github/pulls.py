"""Pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Choice, Context, Example, Field, Multiline, Node, NodeError, Parameters, hint, options
from a8n_github.api import call, pages, parsed, read, refusal, repository_choices, repository_field
from a8n_github.credentials import AnyAccount
from a8n_github.effects import Effect, effect_by
from a8n_github.issues import CommentOut, comment_of, login

Number = Annotated[int, Field(ge=1, description="Number of the pull request.")]


class PullOut(BaseModel, use_attribute_docstrings=True):
    """A pull request."""

    number: int
    """Its number in the repository."""
    title: str
    """Its title."""
    state: str
    """`open` or `closed`."""
    merged: bool
    """Whether it was merged."""
    url: str
    """Its page."""
    author: str = ""
    """Who made it."""
    head: str = ""
    """Branch that it brings."""
    sha: str = ""
    """The last commit of that branch."""
    base: str = ""
    """Branch that it goes into."""
    pull_request: dict[str, JSON]
    """All that GitHub says of it."""


class MergeOut(BaseModel, use_attribute_docstrings=True):
    """A merge."""

    merged: bool
    """Whether it is merged."""
    sha: str
    """The commit that merged it."""
    message: str = ""
    """What GitHub says."""


class CreatePull(Parameters):
    """Make a pull request."""

    kind: Literal["create"] = Field("create", description="What is done.")
    title: str = Field(min_length=1, max_length=256, description="Its title.")
    head: Annotated[str, hint(placeholder="branch, or user:branch")] = Field(
        min_length=1, max_length=300, description="Branch with the changes; user:branch for one in a fork."
    )
    base: str = Field("main", min_length=1, max_length=300, description="Branch that they go into.")
    body: Multiline = Field("", max_length=65536, description="Its text, in Markdown.")
    draft: bool = Field(False, description="Make it a draft.")


class GetPull(Parameters):
    """Read a pull request."""

    kind: Literal["get"] = Field("get", description="What is done.")
    number: Number


class ListPulls(Parameters):
    """List pull requests, the newest first; each one is an item."""

    kind: Literal["list"] = Field("list", description="What is done.")
    state: Literal["open", "closed", "all"] = Field("open", description="Which of them.")
    base: str = Field("", max_length=300, description="Branch that they go into; empty for any.")
    limit: int = Field(100, ge=1, le=5000, description="Most to give.")


class CommentPull(Parameters):
    """Comment on a pull request as a whole."""

    kind: Literal["comment"] = Field("comment", description="What is done.")
    number: Number
    body: Multiline = Field(min_length=1, max_length=65536, description="The comment, in Markdown.")


class MergePull(Parameters):
    """Merge a pull request."""

    kind: Literal["merge"] = Field("merge", description="What is done.")
    number: Number
    method: Literal["merge", "squash", "rebase"] = Field("merge", description="How its commits are taken over.")
    title: str = Field("", max_length=256, description="Title of the commit; empty takes GitHub's.")
    sha: str = Field(
        "", pattern="^([0-9a-f]{40,64})?$", description="Merge only if this is the last commit of its branch."
    )


class PullRequest(Node):
    """Make, read, list, comment on or merge pull requests.

    A pull request that was merged already, by an attempt before, say, is found to be merged and no error.
    """

    key = "github.pull_request"
    title = "GitHub pull request"
    subtitle = "{repository}"
    concurrency = 2
    examples = (
        Example(
            "Merge what was approved",
            {
                "account": {"$credential": "1"}, "repository": "octo/shop",
                "action": {"kind": "merge", "number": {"$": "json.number"}, "method": "squash"},
            },
            items=({"number": 7},),
            needs=("github.token",),
        ),
        Example(
            "List the open ones",
            {"account": {"$credential": "1"}, "repository": "octo/shop", "action": {"kind": "list"}},
            needs=("github.token",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account to act as.")
    repository: Annotated[str, hint(placeholder="owner/name")] = repository_field()
    action: Annotated[CreatePull | GetPull | ListPulls | CommentPull | MergePull, Field(discriminator="kind")] = Field(
        description="What is done."
    )

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """What makes something new is unsafe."""
        return effect_by(params, "action", ("create", "comment"))

    async def run(self, ctx: Context) -> PullOut | CommentOut | MergeOut | list[PullOut]:
        """Do it."""
        base, what = f"/repos/{self.repository}/pulls", self.action
        if isinstance(what, CreatePull):
            given = what.model_dump(exclude={"kind"})
            return pull_of(await read(ctx.http, self.account, "POST", base, json=given))
        if isinstance(what, ListPulls):
            asked = [("state", what.state), *([("base", what.base)] if what.base else [])]
            return [pull_of(one) for one in await pages(ctx.http, self.account, base, what.limit, asked)]
        if isinstance(what, CommentPull):
            path, sent = f"/repos/{self.repository}/issues/{what.number}/comments", {"body": what.body}
            return comment_of(await read(ctx.http, self.account, "POST", path, json=sent, field="action.number"))
        if isinstance(what, MergePull):
            return await self._merge(ctx, f"{base}/{what.number}", what)
        return pull_of(await read(ctx.http, self.account, "GET", f"{base}/{what.number}", field="action.number"))

    async def _merge(self, ctx: Context, path: str, what: MergePull) -> MergeOut:
        given: dict[str, JSON] = {"merge_method": what.method}
        given |= {"commit_title": what.title} if what.title else {}
        given |= {"sha": what.sha} if what.sha else {}
        answer = await call(
            ctx.http, self.account, "PUT", f"{path}/merge", json=given, allow=(405, 409), field="action.number"
        )
        if answer.status == 409:
            text = "the branch of the pull request has changed, so it was not merged"
            raise NodeError(text, field="action.sha", retryable=False, answer=answer)
        if answer.status == 405:  # not mergeable; or it is merged
            now = await read(ctx.http, self.account, "GET", path, field="action.number")
            if not now.get("merged"):
                raise refusal(answer, "action.number")
            return MergeOut(merged=True, sha=now.get("merge_commit_sha") or "", message="it was merged before")
        told: Any = parsed(answer) or {}
        return MergeOut(merged=bool(told.get("merged")), sha=told.get("sha") or "", message=told.get("message") or "")

    @staticmethod
    @options("repository")
    async def repositories(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Repositories of the account."""
        return await repository_choices(account, search, http)


def pull_of(told: dict[str, Any]) -> PullOut:
    """A pull request from what GitHub says; a list says no `merged`, but when."""
    head, base = told.get("head") or {}, told.get("base") or {}
    return PullOut(
        number=told.get("number", 0), title=told.get("title") or "", state=told.get("state") or "",
        merged=bool(told.get("merged") or told.get("merged_at")), url=told.get("html_url") or "",
        author=login(told.get("user")), head=head.get("ref") or "", sha=head.get("sha") or "",
        base=base.get("ref") or "", pull_request=told,
    )  # fmt: skip
