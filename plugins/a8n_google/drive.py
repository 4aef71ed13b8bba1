"""Files of Drive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from a8n import JSON, Context, Example, Field, FileName, Item, Node, NodeError, Parameters, hint
from a8n_google.api import HOSTS, call, pages, parsed, refused, send
from a8n_google.credentials import Account

FILES = "/drive/v3/files"
ABOUT = "id,name,mimeType,size,modifiedTime,parents,webViewLink,trashed"
ALL = [("supportsAllDrives", "true")]
GOOGLE = "application/vnd.google-apps."
FOLDER = f"{GOOGLE}folder"
OFFICE = "application/vnd.openxmlformats-officedocument."
EXPORTS = {
    "pdf": "application/pdf", "docx": f"{OFFICE}wordprocessingml.document", "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation", "csv": "text/csv", "txt": "text/plain",
}  # fmt: skip
FileId = Annotated[str, hint(placeholder="id or address of the file")]
ACCOUNT: dict[str, JSON] = {"account": {"$credential": "1"}}


def file_path(text: str, where: str) -> str:
    """The path of a file or folder, which is given by its id or its address. Raises NodeError."""
    return f"{FILES}/{file_id(text, where)}"


def file_id(text: str, where: str) -> str:
    """The id of a file or folder, which is given so or by its address. Raises NodeError."""
    text = text.strip()
    found = re.match(r"^https://(?:drive|docs)\.google\.com/\S*?/(?:d|folders)/([\w-]{4,200})", text)
    if not found and not re.fullmatch(r"[A-Za-z0-9_-]{4,200}", text):
        raise NodeError("this is no file of Drive: give its id or its address", field=where, retryable=False)
    return found.group(1) if found else text


class FindFiles(Node):
    """Find files and folders of Drive, the latest changed first. What is in the trash is left out."""

    key = "google.drive_search"
    title = "Search Google Drive"
    group = "files"
    subtitle = "{name}"
    effect = "idempotent"
    examples = (Example("Reports", {**ACCOUNT, "name": "report"}, needs=("google.account",)),)

    account: Account = Field(description="Account that looks.")
    name: str = Field("", max_length=500, description="What names contain; empty for all.")
    folder: FileId = Field("", description="Folder it is in; empty for all.")
    kind: Literal["all", "files", "folders"] = Field("all", description="What is looked for.")
    most: int = Field(100, ge=1, le=10_000, description="Files at most; further ones are left out.")

    async def run(self, ctx: Context) -> Any:
        """Find them."""
        terms = ["trashed=false"]
        if self.name:
            words = self.name.replace("\\", "\\\\").replace("'", "\\'")
            terms.append(f"name contains '{words}'")
        if self.folder:
            terms.append(f"'{file_id(self.folder, 'folder')}' in parents")
        if self.kind != "all":
            terms.append(f"mimeType{'=' if self.kind == 'folders' else '!='}'{FOLDER}'")
        params = [
            ("q", " and ".join(terms)), ("fields", f"nextPageToken,files({ABOUT})"), ("orderBy", "modifiedTime desc"),
            ("pageSize", str(min(self.most, 1000))), ("includeItemsFromAllDrives", "true"), *ALL,
        ]  # fmt: skip
        found: list[dict[str, JSON]] = []
        async for page in pages(ctx.http, self.account, "www", FILES, params, "folder"):
            found += page.get("files", ())
            if len(found) >= self.most:
                break
        return found[: self.most]


class Download(Node):
    """Download a file of Drive. Documents, spreadsheets and slides of Google are exported in a format of choice."""

    key = "google.drive_download"
    title = "Download from Google Drive"
    group = "files"
    effect = "idempotent"
    examples = (
        Example("As PDF", {**ACCOUNT, "file": {"$": "json.id"}}, items=({"id": "1AbCdEfGh"},),
                needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that reads.")
    file: FileId = Field(min_length=1, description="File by its id or address.")
    export: Literal["pdf", "docx", "xlsx", "pptx", "csv", "txt"] = Field(
        "pdf", description="Format for what Google's own editors made; other files stay as they are."
    )
    output: FileName = Field("file", min_length=1, description="Name of the file on the item.")

    async def run(self, ctx: Context) -> Item:
        """Download it."""
        path = file_path(self.file, "file")
        params = [("fields", ABOUT), *ALL]
        about = await call(ctx.http, self.account, "GET", "www", path, params=params, where="file")
        kind, name = str(about.get("mimeType", "")), str(about.get("name", "file"))
        if kind == FOLDER:
            raise NodeError("this is a folder", field="file", hint="search its files first", retryable=False)
        if kind.startswith(GOOGLE):
            kind, name = EXPORTS[self.export], f"{name}.{self.export}"
            answer = await send(ctx.http, self.account, "GET", "www", f"{path}/export", params=[("mimeType", kind)])
        else:
            answer = await send(ctx.http, self.account, "GET", "www", path, params=[("alt", "media"), *ALL])
        if answer.status != 200:
            raise refused(answer, "file")
        return Item(about, {self.output: await ctx.files.save(answer.body, name, kind or "application/octet-stream")})


class Upload(Node):
    """Upload a file of the item to Drive."""

    key = "google.drive_upload"
    title = "Upload to Google Drive"
    group = "files"
    subtitle = "{file}"
    examples = (Example("A report", {**ACCOUNT, "file": "report"}, needs=("google.account",)),)

    account: Account = Field(description="Account that writes.")
    file: FileName = Field(min_length=1, description="Which of the item's files.")
    name: str = Field("", max_length=500, description="Name in Drive; empty for the file's own.")
    folder: FileId = Field("", description="Folder it goes to; empty for My Drive.")

    async def run(self, ctx: Context) -> Any:
        """Upload it, in a session as Google wants it for files of any size."""
        ref = ctx.file(self.file, "file")
        about: dict[str, JSON] = {"name": self.name or ref.name, "mimeType": ref.mime}
        if self.folder:
            about["parents"] = [file_id(self.folder, "folder")]
        params = [("uploadType", "resumable"), ("fields", ABOUT), *ALL]
        opened = await send(ctx.http, self.account, "POST", "www", f"/upload{FILES}", params=params, json=about)
        if opened.status != 200:
            raise refused(opened, "folder")
        base, session = self.account.api_url or HOSTS["www"], opened.headers.get("location", "")
        if urlsplit(session)[:2] != urlsplit(base)[:2]:  # the bytes go to nobody else
            raise NodeError("Google gave no address to upload to")
        content = await ctx.files.read(ref)
        headers = {"content-type": ref.mime}
        answer = await ctx.http.request(
            "PUT", session, content=content, headers=headers, timeout=300.0, follow_redirects=False
        )
        if answer.status not in (200, 201):
            raise refused(answer, "folder")
        return parsed(answer)


class MakeFolder(Node):
    """Make a folder in Drive. Drive allows several of one name."""

    key = "google.drive_folder"
    title = "Create a Google Drive folder"
    group = "files"
    subtitle = "{name}"
    examples = (Example("A folder for March", {**ACCOUNT, "name": "March"}, needs=("google.account",)),)

    account: Account = Field(description="Account that writes.")
    name: str = Field(min_length=1, max_length=500, description="Name of the folder.")
    folder: FileId = Field("", description="Folder it is made in; empty for My Drive.")

    async def run(self, ctx: Context) -> Any:
        """Make it."""
        body: dict[str, JSON] = {"name": self.name, "mimeType": FOLDER}
        if self.folder:
            body["parents"] = [file_id(self.folder, "folder")]
        params = [("fields", ABOUT), *ALL]
        return await call(ctx.http, self.account, "POST", "www", FILES, params=params, json=body, where="folder")


class Move(Parameters):
    """Move it to another folder."""

    kind: Literal["move"] = Field("move", description="What becomes of it.")
    to: FileId = Field(min_length=1, description="The other folder.")


class Rename(Parameters):
    """Give it another name."""

    kind: Literal["rename"] = Field("rename", description="What becomes of it.")
    name: str = Field(min_length=1, max_length=500, description="The other name.")


class Trash(Parameters):
    """Put it into the trash, from where it can be brought back."""

    kind: Literal["trash"] = Field("trash", description="What becomes of it.")


class Delete(Parameters):
    """Delete it for good."""

    kind: Literal["delete"] = Field("delete", description="What becomes of it.")


class Share(Parameters):
    """Let somebody see or change it."""

    kind: Literal["share"] = Field("share", description="What becomes of it.")
    email: str = Field(pattern=r"^[^\s@]+@[^\s@]+$", description="E-mail address of the person.")
    role: Literal["reader", "commenter", "writer"] = Field("reader", description="What the person may do.")
    notify: bool = Field(False, description="Let Google tell the person by mail.")


class ChangeFile(Node):
    """Move, rename, share or delete a file or folder of Drive."""

    key = "google.drive_change"
    title = "Change a Google Drive file"
    group = "files"
    subtitle = "{change.kind}"
    examples = (
        Example("Into the trash", {**ACCOUNT, "file": {"$": "json.id"}, "change": {"kind": "trash"}},
                items=({"id": "1AbCdEfGh"},), needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that changes it.")
    file: FileId = Field(min_length=1, description="File or folder by its id or address.")
    change: Move | Rename | Trash | Delete | Share = Field(discriminator="kind", description="What becomes of it.")

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Any:
        """Changes may be made again; what tells a person, or is gone for good, not."""
        change = params.get("change")
        kind = change.get("kind") if isinstance(change, Mapping) else None
        return "idempotent" if kind in ("move", "rename", "trash") else "unsafe"

    async def run(self, ctx: Context) -> Any:
        """Change it; the item goes on."""
        path, params, what = file_path(self.file, "file"), [*ALL], self.change
        if isinstance(what, Delete):
            await call(ctx.http, self.account, "DELETE", "www", path, params=params, where="file")
            return ctx.item
        if isinstance(what, Share):
            body: dict[str, JSON] = {"type": "user", "role": what.role, "emailAddress": what.email}
            params.append(("sendNotificationEmail", str(what.notify).lower()))
            path = f"{path}/permissions"
            await call(ctx.http, self.account, "POST", "www", path, params=params, json=body, where="change.email")
            return ctx.item
        if isinstance(what, Move):
            about = await call(ctx.http, self.account, "GET", "www", path, params=[("fields", "parents"), *ALL],
                               where="file")  # fmt: skip
            target = file_id(what.to, "change.to")
            left = [one for one in about.get("parents") or [] if one != target]
            params += [("addParents", target), ("removeParents", ",".join(left))]
        body = {"trashed": True} if isinstance(what, Trash) else {}
        body |= {"name": what.name} if isinstance(what, Rename) else {}
        await call(ctx.http, self.account, "PATCH", "www", path, params=params, json=body, where="file")
        return ctx.item
