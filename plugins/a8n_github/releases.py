"""Releases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Choice, Context, Example, Field, Multiline, Node, NodeError, Parameters, hint, options
from a8n_github.api import call, pages, parsed, part, read, repository_choices, repository_field
from a8n_github.credentials import AnyAccount


class ReleaseOut(BaseModel, use_attribute_docstrings=True):
    """A release."""

    id: int
    """Its id."""
    tag: str
    """Its tag."""
    name: str
    """Its title."""
    url: str
    """Its page."""
    draft: bool = False
    """Whether nobody else sees it yet."""
    prerelease: bool = False
    """Whether it is not for everybody."""
    release: dict[str, JSON]
    """All that GitHub says of it."""


class CreateRelease(Parameters):
    """Make a release, and its tag where there is none. A release that the tag has already is given as it is."""

    kind: Literal["create"] = Field("create", description="What is done.")
    tag: Annotated[str, hint(placeholder="v1.2.0")] = Field(min_length=1, max_length=200, description="Its tag.")
    name: str = Field("", max_length=200, description="Its title; empty takes the tag.")
    body: Multiline = Field("", max_length=125_000, description="What is new, in Markdown.")
    target: str = Field("", max_length=300, description="Branch or commit that the tag is made at.")
    notes: bool = Field(False, description="Let GitHub write what is new, after the text.")
    draft: bool = Field(False, description="Do not publish it yet.")
    prerelease: bool = Field(False, description="Mark it as not ready for everybody.")


class ListReleases(Parameters):
    """List releases, the newest first; each one is an item."""

    kind: Literal["list"] = Field("list", description="What is done.")
    limit: int = Field(30, ge=1, le=1000, description="Most to give.")


class Release(Node):
    """Make a release, or list those there are."""

    key = "github.release"
    title = "GitHub release"
    subtitle = "{repository}"
    effect = "idempotent"
    concurrency = 1
    examples = (
        Example(
            "Publish a version",
            {
                "account": {"$credential": "1"}, "repository": "octo/shop",
                "action": {"kind": "create", "tag": {"$": "json.tag"}, "notes": True},
            },
            items=({"tag": "v1.2.0"},),
            needs=("github.token",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account to act as.")
    repository: Annotated[str, hint(placeholder="owner/name")] = repository_field()
    action: Annotated[CreateRelease | ListReleases, Field(discriminator="kind")] = Field(description="What is done.")

    async def run(self, ctx: Context) -> ReleaseOut | list[ReleaseOut]:
        """Do it."""
        base, what = f"/repos/{self.repository}/releases", self.action
        if isinstance(what, ListReleases):
            return [release_of(one) for one in await pages(ctx.http, self.account, base, what.limit)]
        before = await call(ctx.http, self.account, "GET", f"{base}/tags/{part(what.tag)}", allow=(404,))
        if before.status == 200:
            found: Any = parsed(before)
            return release_of(found)
        if what.draft:  # drafts are not found by their tag
            for one in await pages(ctx.http, self.account, base, 100):
                if one.get("draft") and one.get("tag_name") == what.tag:
                    return release_of(one)
        given: dict[str, JSON] = {
            "tag_name": what.tag, "name": what.name or what.tag, "body": what.body, "draft": what.draft,
            "prerelease": what.prerelease, "generate_release_notes": what.notes,
        }  # fmt: skip
        given |= {"target_commitish": what.target} if what.target else {}
        return release_of(await read(ctx.http, self.account, "POST", base, json=given))

    @staticmethod
    @options("repository")
    async def repositories(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Repositories of the account."""
        return await repository_choices(account, search, http)


def release_of(told: Any) -> ReleaseOut:
    """A release from what GitHub says. Raises NodeError."""
    if not isinstance(told, dict):
        raise NodeError("GitHub gave an answer of an unknown form", retryable=False)
    return ReleaseOut(
        id=told.get("id", 0), tag=told.get("tag_name") or "", name=told.get("name") or "",
        url=told.get("html_url") or "", draft=bool(told.get("draft")), prerelease=bool(told.get("prerelease")),
        release=told,
    )  # fmt: skip
