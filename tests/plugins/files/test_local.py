"""Files of this machine: read, written, listed and deleted in open folders, and never elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from a8n import Item, NodeError
from a8n.testing import MemoryFiles, Services, objects, run
from a8n_files import confined
from a8n_files.local import DeleteFile, ListFiles, ReadFile, WriteFile


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "open"
    made.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setenv("A8N_FILES", f"{tmp_path / 'nowhere'}:{made}/")
    return made


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
def done(files: MemoryFiles) -> Callable[..., Any]:
    async def ran(node: Any, item: Any = None, **params: Any) -> list[Item]:
        outputs = await run(node, params, [item or {"n": 1}], services=Services(files=files))
        return list(outputs["main"])

    return ran


def text(given: str) -> dict[str, Any]:
    return {"kind": "text", "text": given}


async def test_a_file_is_written_and_read_again(done: Any, files: MemoryFiles, folder: Path) -> None:
    path = f"{folder}/2026/Grüße.csv"
    (wrote,) = objects(await done(WriteFile, path=path, content=text("ä"), folders=True))
    assert wrote == {"path": path, "size": 2}
    (item,) = await done(ReadFile, path=path, into="report")
    assert item.files is not None
    ref = item.files["report"]
    assert (ref.name, ref.mime, await files.read(ref), item.json) == ("Grüße.csv", "text/csv", "ä".encode(), {"n": 1})
    (wrote,) = objects(await done(WriteFile, item, path=f"{folder}/copy", content={"kind": "file", "file": "report"}))
    assert (folder / "copy").read_bytes() == "ä".encode()
    assert (folder / "copy").stat().st_mode & 0o777 == 0o640


async def test_what_becomes_of_a_file_that_is_there(done: Any, folder: Path) -> None:
    path = folder / "a.txt"
    for existing, content in (("append", "1"), ("append", "12"), ("replace", "x")):
        await done(WriteFile, path=str(path), content=text(content[-1]), existing=existing)
        assert path.read_text() == content
    with pytest.raises(NodeError, match="is there already") as caught:
        await done(WriteFile, path=str(path), content=text("y"), existing="refuse")
    assert not caught.value.retryable
    await done(WriteFile, path=f"{folder}/b.txt", content=text("y"), existing="refuse")
    assert sorted(os.listdir(folder)) == ["a.txt", "b.txt"], "nothing half-written is left behind"
    assert WriteFile.effect_of({"existing": "append"}) == "unsafe"
    assert WriteFile.effect_of({}) == "idempotent"


async def test_a_folder_is_listed(done: Any, folder: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", ".a8n-half"):
        (folder / name).write_text(name)
    (folder / "sub.csv").mkdir()
    (folder / "link.csv").symlink_to(folder / "a.csv")
    found = objects(await done(ListFiles, path=f"{folder}/", pattern="*.csv"))
    assert [(one["name"], one["size"], one["path"]) for one in found] == [
        ("a.csv", 5, f"{folder}/a.csv"), ("b.csv", 5, f"{folder}/b.csv"),
    ]  # fmt: skip
    assert found[0]["modified"].endswith("Z")
    assert len(await done(ListFiles, path=str(folder), subfolders=True)) == 4
    with pytest.raises(NodeError, match="more than 2"):
        await done(ListFiles, path=str(folder), limit=2)


async def test_a_file_is_deleted_once(done: Any, folder: Path) -> None:
    (folder / "a").write_text("x")
    results = [objects(await done(DeleteFile, path=f"{folder}/a"))[0]["deleted"] for _ in range(2)]
    assert results == [True, False]


# --- the fence -----------------------------------------------------------------------------------------------------


async def every(done: Any, path: str) -> list[str]:
    """What each node says to a path."""
    said = []
    for node, params in (
        (ReadFile, {}), (WriteFile, {"content": text("x")}), (WriteFile, {"content": text("x"), "existing": "append"}),
        (WriteFile, {"content": text("x"), "existing": "refuse", "folders": True}), (DeleteFile, {}),
    ):  # fmt: skip
        with pytest.raises(NodeError) as caught:
            await done(node, path=path, **params)
        assert caught.value.field == "path"
        assert not caught.value.retryable
        said.append(caught.value.message)
    return said


@pytest.mark.parametrize("path", ["../secret.txt", "a/../../secret.txt", "..", "", "."])
async def test_no_path_leads_out(done: Any, folder: Path, path: str) -> None:
    before = sorted(folder.parent.rglob("*"))
    await every(done, f"{folder}/{path}")
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("path", ["/etc/passwd", "etc/passwd", "/", "//etc/passwd", "~/x", "/proc/self/environ"])
async def test_other_folders_are_closed(done: Any, folder: Path, path: str) -> None:
    await every(done, path)


async def test_a_folder_whose_name_begins_alike_is_another(done: Any, folder: Path) -> None:
    (folder.parent / "opener").mkdir()
    await every(done, f"{folder.parent}/opener/a")


async def test_no_link_leads_out(done: Any, folder: Path) -> None:
    secret = folder.parent / "secret.txt"
    (folder / "file").symlink_to(secret)
    (folder / "up").symlink_to(folder.parent)
    await every(done, f"{folder}/file")
    await every(done, f"{folder}/up/secret.txt")
    with pytest.raises(NodeError):
        await done(ListFiles, path=f"{folder}/up")
    assert secret.read_text() == "secret"
    assert (folder / "file").is_symlink()


async def test_devices_and_pipes_are_not_opened(done: Any, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "sub").mkdir()
    for name in ("pipe", "sub"):
        assert any("no file" in said or "folder" in said for said in await every(done, f"{folder}/{name}"))
    assert sorted(os.listdir(folder)) == ["pipe", "sub"]


async def test_nothing_is_open_unless_the_operator_says_so(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in (None, "", "relative"):
        monkeypatch.delenv("A8N_FILES", raising=False)
        if setting is not None:
            monkeypatch.setenv("A8N_FILES", setting)
        with pytest.raises(NodeError, match="no folder of this machine is open") as caught:
            await done(ReadFile, path="/etc/passwd")
        assert "A8N_FILES" in str(caught.value.hint)


async def test_large_and_missing_files_are_told(done: Any, folder: Path) -> None:
    (folder / "large").write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(NodeError, match="1,048,576 are the most"):
        await done(ReadFile, path=f"{folder}/large", largest=1)
    with pytest.raises(NodeError, match="is not there"):
        await done(ReadFile, path=f"{folder}/gone")
    with pytest.raises(NodeError, match="is not there"):
        await done(WriteFile, path=f"{folder}/sub/gone", content=text("x"))
    with pytest.raises(NodeError, match="too long"):
        await done(ReadFile, path=f"{folder}/{'x' * 300}")


def test_no_handle_is_left_open(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "up").symlink_to(folder)
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a/b/c", "a/gone/c", "up/c", "../c"):
        with pytest.raises(NodeError):
            confined.read(f"{folder}/{path}", 10)
    assert len(os.listdir("/proc/self/fd")) == before
