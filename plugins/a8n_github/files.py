"""Files of a repository: read into an item, and written as a commit."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import field_validator

from a8n import JSON, Choice, Context, Example, Field, FileName, Item, Multiline, Node, NodeError, Parameters, hint
from a8n import options as choices
from a8n_github.api import call, parsed, repository_choices, repository_field
from a8n_github.credentials import AnyAccount

RAW = "application/vnd.github.raw+json"
MAX_UPLOAD = 40 * 2**20
"""Bytes that the contents API is given: it takes them in base64, and 100 MB at most."""


class GetFile(Parameters):
    """Read a file as a file of the item; a folder gives an item for each of its entries."""

    kind: Literal["get"] = Field("get", description="What is done.")
    ref: str = Field("", max_length=300, description="Branch, tag or commit; empty is the default branch.")
    name: str = Field("file", min_length=1, max_length=100, description="What the file is called on the item.")


class PutFile(Parameters):
    """Make or change a file, by a commit. A file that has these bytes already is left alone."""

    kind: Literal["put"] = Field("put", description="What is done.")
    text: Multiline = Field("", description="What is in it; empty where a file of the item is given.")
    file: FileName = Field("", description="Which of the item's files; empty where a text is given.")
    message: str = Field(min_length=1, max_length=2000, description="Message of the commit.")
    branch: str = Field("", max_length=300, description="Branch to commit to; empty is the default branch.")
    sha: str = Field(
        "", pattern="^([0-9a-f]{40})?$", description="Change it only if it still is this one; empty for whatever is."
    )


class RepositoryFile(Node):
    """Read a file of a repository, or write it as a commit.

    A file is changed only from the version that was looked at, so two writers never overwrite each other unseen, and
    writing the same again commits nothing.
    """

    key = "github.file"
    title = "GitHub file"
    subtitle = "{repository} {path}"
    effect = "idempotent"
    concurrency = 1  # GitHub refuses commits to one branch that come at the same time
    examples = (
        Example(
            "Read a list of prices",
            {"account": {"$credential": "1"}, "repository": "octo/shop", "path": "data/prices.csv"},
            needs=("github.token",),
        ),
        Example(
            "Publish a page",
            {
                "account": {"$credential": "1"}, "repository": "octo/site", "path": "index.md",
                "action": {"kind": "put", "text": {"$": "json.page"}, "message": "Update the page"},
            },
            items=({"page": "# News"},),
            needs=("github.token",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account to act as.")
    repository: Annotated[str, hint(placeholder="owner/name")] = repository_field()
    path: Annotated[str, hint(placeholder="docs/index.md", mono=True)] = Field(
        max_length=1000, description="Path in the repository, without a slash at its beginning."
    )
    action: Annotated[GetFile | PutFile, Field(discriminator="kind")] = Field(
        GetFile(kind="get", ref="", name="file"), description="What is done."
    )

    @field_validator("path")
    @classmethod
    def _path(cls, path: str) -> str:
        if path and any(one in ("", ".", "..") for one in path.split("/")):
            raise ValueError("a path has no empty part, and none that is . or ..")
        return path

    async def run(self, ctx: Context) -> list[Item] | dict[str, JSON]:
        """Read or write it."""
        if isinstance(self.action, PutFile):
            return await self._put(ctx, self.action)
        found = await self._look(ctx, self.action.ref)
        if isinstance(found, list):
            return [Item(_entry(one)) for one in found]
        if found is None:
            raise NodeError("there is no such file", field="path", retryable=False)
        if found.get("type") != "file":
            raise NodeError(f"this is a {found.get('type')}, and no file", field="path", retryable=False)
        data = await self._bytes(ctx, found, self.action.ref)
        ref = await ctx.files.save(data, self.path.rpartition("/")[2])
        return [Item({**ctx.item.json, **_entry(found)}, {**(ctx.item.files or {}), self.action.name: ref})]

    async def _look(self, ctx: Context, ref: str, missing: bool = False) -> Any:
        """What is at the path: an object, a list for a folder, None where nothing is and that may be."""
        asked = [("ref", ref)] if ref else []
        allow = (404,) if missing else ()
        answer = await call(ctx.http, self.account, "GET", self._url(), params=asked, allow=allow, field="path")
        found = parsed(answer)
        if answer.status == 404:
            # nothing at this path is what is looked for; a repository or branch that is not there is an error
            await call(ctx.http, self.account, "GET", self._place(ref), field="action.branch" if ref else "repository")
            return None
        if not isinstance(found, list | dict):
            raise NodeError("GitHub gave an answer of an unknown form", retryable=False)
        return found

    async def _bytes(self, ctx: Context, found: Mapping[str, Any], ref: str) -> bytes:
        if found.get("encoding") == "base64" and (found.get("content") or not found.get("size")):
            try:
                return b64decode(str(found.get("content") or ""))
            except ValueError:
                raise NodeError("GitHub gave a file that cannot be read", field="path", retryable=False) from None
        asked = [("ref", ref)] if ref else []  # above 1 MB the answer holds no content
        return (
            await call(ctx.http, self.account, "GET", self._url(), params=asked, accept=RAW, field="path", timeout=300)
        ).body

    async def _put(self, ctx: Context, what: PutFile) -> dict[str, JSON]:
        data = await self._given(ctx, what)
        found = await self._look(ctx, what.branch, missing=True)
        if isinstance(found, list):
            raise NodeError("there is a folder at this path", field="path", retryable=False)
        now = str(found.get("sha", "")) if found else ""
        if now == blob_sha(data):
            return {"path": self.path, "sha": now, "commit": None, "changed": False}
        if what.sha and what.sha != now:
            raise NodeError("the file has changed since", field="action.sha", retryable=False)
        sent: dict[str, JSON] = {"message": what.message, "content": b64encode(data).decode()}
        sent |= {"branch": what.branch} if what.branch else {}
        sent |= {"sha": now} if now else {}
        answer = await call(
            ctx.http, self.account, "PUT", self._url(), json=sent, allow=(409,), field="path", timeout=300
        )
        if answer.status == 409:
            raise NodeError("somebody else has changed the file or its branch meanwhile", answer=answer)
        told = parsed(answer) or {}
        commit = told.get("commit") or {}
        return {
            "path": self.path, "sha": (told.get("content") or {}).get("sha"), "commit": commit.get("sha"),
            "url": (told.get("content") or {}).get("html_url"), "changed": True,
        }  # fmt: skip

    async def _given(self, ctx: Context, what: PutFile) -> bytes:
        if what.text and what.file:
            raise NodeError("a text or a file of the item: one of the two", field="action.file", retryable=False)
        if not self.path:
            raise NodeError("a file has a path", field="path", retryable=False)
        if not what.file:
            return what.text.encode()
        ref = ctx.file(what.file, "action.file")
        if ref.size > MAX_UPLOAD:
            text = f"the file has {ref.size:,} bytes; {MAX_UPLOAD:,} are the most that can be written this way"
            raise NodeError(text, field="action.file", hint="attach it to a release instead", retryable=False)
        return await ctx.files.read(ref)

    def _url(self) -> str:
        from urllib.parse import quote

        return f"/repos/{self.repository}/contents/{quote(self.path)}"

    def _place(self, ref: str) -> str:
        from urllib.parse import quote

        branch = f"/branches/{quote(ref, safe='')}" if ref else ""
        return f"/repos/{self.repository}{branch}"

    @staticmethod
    @choices("repository")
    async def repositories(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Repositories of the account."""
        return await repository_choices(account, search, http)


def blob_sha(data: bytes) -> str:
    """What git calls these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _entry(told: Mapping[str, Any]) -> dict[str, JSON]:
    known = {name: told.get(name) for name in ("name", "path", "type", "size", "sha")}
    return {**known, "url": told.get("html_url")}
