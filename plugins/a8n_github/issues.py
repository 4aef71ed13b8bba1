"""Issues: made, read, changed, commented on, and found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Choice, Context, Example, Field, Multiline, Node, NodeError, Parameters, hint, options
from a8n_github.api import call, pages, part, read, repository_choices, repository_field
from a8n_github.credentials import AnyAccount
from a8n_github.effects import Effect, effect_by

Number = Annotated[int, Field(ge=1, description="Number of the issue or pull request.")]
NEW = ("create", "comment")
"""What makes another one when it is done twice."""


class IssueOut(BaseModel, use_attribute_docstrings=True):
    """An issue."""

    number: int
    """Its number in the repository."""
    title: str
    """Its title."""
    state: str
    """`open` or `closed`."""
    url: str
    """Its page."""
    body: str = ""
    """Its text."""
    author: str = ""
    """Who made it."""
    labels: list[str] = []
    """Names of its labels."""
    assignees: list[str] = []
    """Who it is assigned to."""
    issue: dict[str, JSON]
    """All that GitHub says of it."""


class CommentOut(BaseModel, use_attribute_docstrings=True):
    """A comment."""

    id: int
    """Its id."""
    url: str
    """Its page."""
    body: str = ""
    """Its text."""
    comment: dict[str, JSON]
    """All that GitHub says of it."""


class CreateIssue(Parameters):
    """Make an issue."""

    kind: Literal["create"] = Field("create", description="What is done.")
    title: str = Field(min_length=1, max_length=256, description="Its title.")
    body: Multiline = Field("", max_length=65536, description="Its text, in Markdown.")
    labels: list[str] = Field([], max_length=100, description="Names of labels.")
    assignees: list[str] = Field([], max_length=10, description="Names of people who are to look after it.")


class GetIssue(Parameters):
    """Read an issue."""

    kind: Literal["get"] = Field("get", description="What is done.")
    number: Number


class UpdateIssue(Parameters):
    """Change an issue: what is given here, and nothing else."""

    kind: Literal["update"] = Field("update", description="What is done.")
    number: Number
    title: str | None = Field(None, min_length=1, max_length=256, description="Its new title.")
    body: Multiline | None = Field(None, max_length=65536, description="Its new text, in Markdown.")
    state: Literal["keep", "open", "completed", "not_planned"] = Field(
        "keep", description="Leave it as it is, reopen it, or close it as completed or as not planned."
    )
    labels: list[str] | None = Field(None, max_length=100, description="Labels in place of all that it has.")
    assignees: list[str] | None = Field(None, max_length=10, description="People in place of all who have it.")


class CommentIssue(Parameters):
    """Comment on an issue or a pull request."""

    kind: Literal["comment"] = Field("comment", description="What is done.")
    number: Number
    body: Multiline = Field(min_length=1, max_length=65536, description="The comment, in Markdown.")


class LabelIssue(Parameters):
    """Add labels to an issue or a pull request, and take others away."""

    kind: Literal["label"] = Field("label", description="What is done.")
    number: Number
    add: list[str] = Field([], max_length=100, description="Names of labels to add.")
    remove: list[str] = Field([], max_length=20, description="Names of labels to take away.")


Action = Annotated[
    CreateIssue | GetIssue | UpdateIssue | CommentIssue | LabelIssue, Field(discriminator="kind")
]  # fmt: skip


class Issue(Node):
    """Make, read or change an issue, comment on it, or set its labels.

    GitHub has no idempotency keys: after a crash in the middle, an issue or comment may have been made, and the
    setting for unknown effects decides.
    """

    key = "github.issue"
    title = "GitHub issue"
    subtitle = "{repository}"
    concurrency = 2
    examples = (
        Example(
            "Report a failure",
            {
                "account": {"$credential": "1"}, "repository": "octo/shop",
                "action": {"kind": "create", "title": {"$t": "Order {{ json.id }} failed"}, "labels": ["bug"]},
            },
            items=({"id": "A-17"},),
            needs=("github.token",),
        ),
        Example(
            "Close an issue",
            {
                "account": {"$credential": "1"}, "repository": "octo/shop",
                "action": {"kind": "update", "number": {"$": "json.number"}, "state": "completed"},
            },
            items=({"number": 5},),
            needs=("github.token",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account to act as.")
    repository: Annotated[str, hint(placeholder="owner/name")] = repository_field()
    action: Action = Field(description="What is done.")

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """What makes something new is unsafe."""
        return effect_by(params, "action", NEW)

    async def run(self, ctx: Context) -> IssueOut | CommentOut:
        """Do it."""
        base, what = f"/repos/{self.repository}/issues", self.action
        if isinstance(what, CreateIssue):
            given = {"title": what.title, "body": what.body, "labels": what.labels, "assignees": what.assignees}
            return issue_of(await read(ctx.http, self.account, "POST", base, json=given))
        one = f"{base}/{what.number}"
        if isinstance(what, CommentIssue):
            sent = {"body": what.body}
            return comment_of(
                await read(ctx.http, self.account, "POST", f"{one}/comments", json=sent, field="action.number")
            )
        if isinstance(what, LabelIssue):
            await self._label(ctx, one, what)
        if isinstance(what, UpdateIssue):
            changes = changes_of(what)
            return issue_of(await read(ctx.http, self.account, "PATCH", one, json=changes, field="action.number"))
        return issue_of(await read(ctx.http, self.account, "GET", one, field="action.number"))

    async def _label(self, ctx: Context, one: str, what: LabelIssue) -> None:
        if what.add:
            sent: JSON = {"labels": what.add}
            await call(ctx.http, self.account, "POST", f"{one}/labels", json=sent, field="action.number")
        for name in what.remove:  # a label that is not there is as good as one that was taken away
            await call(ctx.http, self.account, "DELETE", f"{one}/labels/{part(name)}", allow=(404,))

    @staticmethod
    @options("repository")
    async def repositories(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Repositories of the account."""
        return await repository_choices(account, search, http)


class ListIssues(Parameters):
    """Issues of one repository, the newest first."""

    kind: Literal["list"] = Field("list", description="How they are found.")
    repository: Annotated[str, hint(placeholder="owner/name")] = repository_field()
    state: Literal["open", "closed", "all"] = Field("open", description="Which of them.")
    labels: list[str] = Field([], max_length=20, description="Labels that all of them have.")
    assignee: str = Field("", max_length=100, description="Who has them; none for nobody, * for anybody.")
    pull_requests: bool = Field(False, description="Give pull requests, too, which GitHub counts among issues.")


class SearchIssues(Parameters):
    """Issues and pull requests everywhere, by GitHub's search."""

    kind: Literal["search"] = Field("search", description="How they are found.")
    query: Annotated[str, hint(placeholder="repo:owner/name is:issue is:open label:bug")] = Field(
        min_length=1, max_length=1000, description="What to search for, in the syntax of GitHub's search."
    )


class FindIssues(Node):
    """List the issues of a repository, or search for issues and pull requests; each one is an item."""

    key = "github.find_issues"
    title = "Find GitHub issues"
    effect = "idempotent"
    concurrency = 2
    examples = (
        Example(
            "Open bugs",
            {
                "account": {"$credential": "1"},
                "by": {"kind": "list", "repository": "octo/shop", "labels": ["bug"]},
            },
            needs=("github.token",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account to look with.")
    by: Annotated[ListIssues | SearchIssues, Field(discriminator="kind")] = Field(description="How they are found.")
    limit: int = Field(100, ge=1, le=5000, description="Most to give; a search finds 1,000 at most.")

    async def run(self, ctx: Context) -> list[IssueOut]:
        """Find them."""
        if isinstance(self.by, SearchIssues):
            asked = [("q", self.by.query)]
            limit = min(self.limit, 1000)
            found = await pages(ctx.http, self.account, "/search/issues", limit, asked, rows="items", field="by.query")
            return [issue_of(one) for one in found]
        asked = [("state", self.by.state)]
        asked += [("labels", ",".join(self.by.labels))] if self.by.labels else []
        asked += [("assignee", self.by.assignee)] if self.by.assignee else []
        # pull requests among them count towards what is asked for, so that a limit bounds the requests, too
        found = await pages(
            ctx.http, self.account, f"/repos/{self.by.repository}/issues", self.limit, asked, field="by.repository"
        )
        return [issue_of(one) for one in found if self.by.pull_requests or "pull_request" not in one]


def changes_of(what: UpdateIssue) -> dict[str, JSON]:
    """What GitHub is asked to change. Raises NodeError for nothing."""
    changes: dict[str, JSON] = {
        name: value
        for name, value in (
            ("title", what.title), ("body", what.body), ("labels", what.labels), ("assignees", what.assignees),
        )
        if value is not None
    }  # fmt: skip
    if what.state == "open":
        changes |= {"state": "open"}
    elif what.state != "keep":
        changes |= {"state": "closed", "state_reason": what.state}
    if not changes:
        raise NodeError("there is nothing to change", field="action", retryable=False)
    return changes


def issue_of(told: dict[str, Any]) -> IssueOut:
    """An issue from what GitHub says."""
    labels = [one.get("name", "") if isinstance(one, dict) else str(one) for one in told.get("labels") or ()]
    return IssueOut(
        number=told.get("number", 0), title=told.get("title") or "", state=told.get("state") or "",
        url=told.get("html_url") or "", body=told.get("body") or "", author=login(told.get("user")),
        labels=labels, assignees=[login(one) for one in told.get("assignees") or ()], issue=told,
    )  # fmt: skip


def comment_of(told: dict[str, Any]) -> CommentOut:
    """A comment from what GitHub says."""
    return CommentOut(
        id=told.get("id", 0), url=told.get("html_url") or "", body=told.get("body") or "", comment=told
    )  # fmt: skip


def login(user: Any) -> str:
    """A person's name; empty for an account that is gone."""
    return str(user.get("login", "")) if isinstance(user, dict) else ""
