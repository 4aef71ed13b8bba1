"""A workflow of GitHub Actions started, and any other request to the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from a8n import JSON, Choice, Context, Example, Field, Json, KeyValue, Node, NodeError, hint, options
from a8n_github.api import call, pages, parsed, part, repository_choices, repository_field
from a8n_github.credentials import AnyAccount
from a8n_github.effects import Effect


class DispatchWorkflow(Node):
    """Start a workflow of GitHub Actions that has the trigger workflow_dispatch.

    GitHub does not say which run it started, and has no idempotency key for it.
    """

    key = "github.dispatch_workflow"
    title = "Start a GitHub workflow"
    subtitle = "{repository} {workflow}"
    concurrency = 1
    examples = (
        Example(
            "Deploy",
            {
                "account": {"$credential": "1"}, "repository": "octo/shop", "workflow": "deploy.yml",
                "values": [{"name": "stage", "value": "live"}],
            },
            needs=("github.token",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account to act as.")
    repository: Annotated[str, hint(placeholder="owner/name")] = repository_field()
    workflow: Annotated[str, hint(placeholder="deploy.yml")] = Field(
        min_length=1, max_length=200, description="File name of the workflow, or its id."
    )
    ref: str = Field("main", min_length=1, max_length=300, description="Branch or tag that it runs on.")
    values: list[KeyValue] = Field([], max_length=25, description="Inputs that it is given.")

    async def run(self, ctx: Context) -> dict[str, JSON]:
        """Start it."""
        path = f"/repos/{self.repository}/actions/workflows/{part(self.workflow)}/dispatches"
        sent: JSON = {"ref": self.ref, "inputs": {row.name: _input(row.value) for row in self.values}}
        await call(ctx.http, self.account, "POST", path, json=sent, field="workflow")
        return {"started": True, "repository": self.repository, "workflow": self.workflow, "ref": self.ref}

    @staticmethod
    @options("repository")
    async def repositories(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Repositories of the account."""
        return await repository_choices(account, search, http)

    @staticmethod
    @options("workflow")
    async def workflows(account: AnyAccount, repository: str, search: str, http: Any) -> list[Choice]:
        """Workflows of the repository."""
        found = await pages(http, account, f"/repos/{repository}/actions/workflows", 100, rows="workflows")
        made = [(str(one.get("path", "")).rpartition("/")[2], str(one.get("name", ""))) for one in found]
        return [Choice(value=file, label=name) for file, name in made if search.lower() in f"{file} {name}".lower()]


class ApiRequest(Node):
    """Send any request to GitHub's REST API, as the account."""

    key = "github.api"
    title = "GitHub API request"
    subtitle = "{method} {path}"
    concurrency = 2
    examples = (
        Example(
            "Branches of a repository",
            {"account": {"$credential": "1"}, "path": "/repos/octo/shop/branches"},
            needs=("github.token",),
        ),
    )

    account: AnyAccount = Field(description="Account to act as.")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("GET", description="Method of the request.")
    path: Annotated[str, hint(placeholder="/repos/owner/name/branches", mono=True)] = Field(
        pattern=r"^/[^\s#\\]*$", max_length=2000, description="Path in the API, with a slash at its beginning."
    )
    query: list[KeyValue] = Field([], max_length=50, description="Parameters of the query.")
    body: Json = Field(None, description="Body of the request, as JSON.")

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """All but POST may be sent again."""
        return "idempotent" if params.get("method", "GET") in ("GET", "PUT", "DELETE") else "unsafe"

    async def run(self, ctx: Context) -> dict[str, JSON]:
        """Send it."""
        if any(one in (".", "..") for one in self.path.partition("?")[0].split("/")):
            raise NodeError("the path has a part that is . or ..", field="path", retryable=False)
        asked = [(row.name, str(row.value)) for row in self.query]
        sent = ... if self.body is None else self.body
        answer = await call(ctx.http, self.account, self.method, self.path, params=asked, json=sent, field="path")
        return {"status": answer.status, "body": parsed(answer), "link": answer.headers.get("link", "")}


def _input(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
