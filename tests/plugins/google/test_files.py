"""Files of Drive: found, down and up, moved, shared and put into the trash."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.google.conftest import account
from tests.plugins.google.google_apis import Google

from a8n import Item, NodeError
from a8n.testing import Services, objects, run
from a8n_google.drive import ChangeFile, Download, FindFiles, MakeFolder, Upload


async def does(node: Any, google: Google, services: Services, item: Any = None, **params: Any) -> list[Item]:
    given = {"account": account(google), **params}
    return (await run(node, given, [item or {}], services=services)).get("main", [])


async def content(services: Services, item: Item) -> bytes:
    assert services.files is not None
    assert item.files
    return await services.files.read(item.files["file"])


async def test_a_search_quotes_what_is_looked_for(google: Google, services: Services) -> None:
    found = await does(FindFiles, google, services, name="Ada's", folder="fold1", kind="files")
    assert objects(found)[0]["name"] == "Book"
    assert google.asked[-1][2]["q"] == (
        "trashed=false and name contains 'Ada\\'s' and 'fold1' in parents "
        "and mimeType!='application/vnd.google-apps.folder'"
    )


async def test_files_come_as_they_are_and_documents_are_exported(google: Google, services: Services) -> None:
    google.files = {
        "file1": {"id": "file1", "name": "a.txt", "mimeType": "text/plain", "content": b"abc"},
        "docu1": {"id": "docu1", "name": "Plan", "mimeType": "application/vnd.google-apps.document"},
        "fold1": {"id": "fold1", "name": "F", "mimeType": "application/vnd.google-apps.folder"},
    }
    (plain,) = await does(Download, google, services, file="https://drive.google.com/file/d/file1/view")
    assert await content(services, plain) == b"abc"
    (exported,) = await does(Download, google, services, file="docu1", export="pdf")
    assert exported.files
    assert exported.files["file"].name == "Plan.pdf"
    assert await content(services, exported) == b"application/pdf"
    for wrong in ("fold1", "gone1", "../x"):
        with pytest.raises(NodeError) as caught:
            await does(Download, google, services, file=wrong)
        assert caught.value.field == "file"


async def test_a_file_is_uploaded_in_a_session_of_the_same_host(google: Google, services: Services) -> None:
    assert services.files is not None
    item = Item({}, {"report": await services.files.save(b"bytes", "r.txt", "text/plain")})
    (made,) = await does(Upload, google, services, item, file="report", folder="fold1")
    assert made.json == {"id": "up1", "name": "r.txt"}
    assert google.files["up1"]["content"] == b"bytes"
    assert google.files["up1"]["parents"] == ["fold1"]
    google.session = "http://elsewhere.example/session"
    with pytest.raises(NodeError, match="address to upload"):
        await does(Upload, google, services, item, file="report")


async def test_a_file_is_changed(google: Google, services: Services) -> None:
    google.files = {"file1": {"id": "file1", "name": "a", "parents": ["old1"]}}
    await does(ChangeFile, google, services, file="file1", change={"kind": "move", "to": "new1"})
    asked = google.asked[-1][2]
    assert (asked["addParents"], asked["removeParents"]) == ("new1", "old1")
    await does(ChangeFile, google, services, file="file1", change={"kind": "rename", "name": "b"})
    await does(ChangeFile, google, services, file="file1", change={"kind": "trash"})
    assert google.files["file1"]["name"] == "b"
    assert google.files["file1"]["trashed"] is True
    await does(ChangeFile, google, services, file="file1", change={"kind": "share", "email": "a@example.org"})
    assert google.asked[-1][3] == {"type": "user", "role": "reader", "emailAddress": "a@example.org"}
    await does(ChangeFile, google, services, file="file1", change={"kind": "delete"})
    assert google.files == {}
    assert ChangeFile.effect_of({"change": {"kind": "share"}}) == "unsafe"
    assert ChangeFile.effect_of({"change": {"kind": "trash"}}) == "idempotent"


async def test_a_folder_is_made(google: Google, services: Services) -> None:
    (made,) = await does(MakeFolder, google, services, name="March", folder="fold1")
    assert made.json["parents"] == ["fold1"]
