"""Backup and restore of the embedded mode, by the commands of docs/deployment.md, word for word."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from a8n.items import JSON
from tests.live.server import Server, hook, node, put, workflow

PAGE = Path(__file__).parents[2] / "docs" / "deployment.md"
FIRST: JSON = {"mode": "last_node", "returns": "first"}
LARGE = "x" * 400_000
"""More than A8N_INLINE_OUTPUT, so that it is kept as a file."""


def follow(name: str, data: Path, backup: Path) -> None:
    """Do what the docs say under this name."""
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    env = {**os.environ, "DATA": str(data), "BACKUP": str(backup)}
    subprocess.run(["sh", "-euc", found[1]], env=env, check=True)


def outputs(server: Server, execution_id: str) -> dict[str, Any]:
    """The items of each step's main output, by node."""
    steps = server.api("GET", f"/executions/{execution_id}/steps")["data"]
    return {step["node"]: step["output"]["main"]["items"] for step in steps}


@pytest.fixture
def original(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "original").start()
    server.sign_up()
    yield server
    server.close()


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Server]:
    """Not yet started."""
    server = Server(tmp_path / "restored")
    yield server
    server.close()


def test_a_backup_while_it_runs_has_everything_and_what_waited_goes_on(
    original: Server, restored: Server, tmp_path: Path
) -> None:
    values: JSON = {"username": "ana", "password": "s3cret"}
    made = original.api("POST", "/credentials", {"name": "B", "kind": "webhook.basic", "values": values}, status=201)
    auth: JSON = {"kind": "basic", "credential": {"$credential": made["id"]}}
    original.live(
        workflow("Guarded", [hook("guarded", auth=auth, respond=FIRST), put("big", text=LARGE)], "hook > big")
    )
    original.live(workflow("Upload", [hook("upload")]))
    pause = node("pause", "flow.wait", {"resume": {"on": "webhook", "announce": "reply"}})
    nodes = [hook("ask", respond={"mode": "respond_node"}), put("before", n=1), pause, put("after", n=2)]
    original.live(workflow("Ask", nodes, "hook > before", "before > pause", "pause > after"))
    ended = original.hook("guarded", {}, auth=("ana", "s3cret")).headers["x-a8n-execution"]
    uploaded = original.hook("upload", files={"doc": ("a.txt", b"content", "text/plain")}).json()["execution_id"]
    original.ended(uploaded)
    link = original.hook("ask", {}).json()["resume_url"]

    follow("backup", original.folder, tmp_path / "backup")
    later = original.live(workflow("Later", [hook("later")]))
    original.kill()
    follow("restore", restored.folder, tmp_path / "backup")
    restored.start()
    restored.sign_in()

    assert {row["name"] for row in restored.api("GET", "/workflows")["data"]} == {"Guarded", "Upload", "Ask"}
    restored.api("GET", f"/workflows/{later}", status=404)
    assert outputs(restored, ended)["big"][0]["json"] == {"text": LARGE}
    ref = outputs(restored, uploaded)["hook"][0]["files"]["doc"]
    headers = {"authorization": f"Bearer {restored.token}"}
    file = restored.http.get(f"{restored.url}/api/executions/{uploaded}/files/{ref['hash']}", headers=headers)
    assert file.content == b"content"
    assert restored.hook("guarded", {}, auth=("ana", "wrong")).status_code == 401
    assert restored.hook("guarded", {}, auth=("ana", "s3cret")).json() == {"text": LARGE}

    (waiting,) = restored.api("GET", "/executions?status=waiting")["data"]
    answer = restored.http.post(f"{restored.url}{urlsplit(link).path}", json={})
    assert answer.status_code == 200, answer.text
    while (row := restored.ended(waiting["id"]))["status"] == "waiting":
        pass
    assert row["status"] == "succeeded"
    assert set(outputs(restored, waiting["id"])) == {"hook", "before", "pause", "after"}


def test_a_backup_is_for_its_owner_alone(original: Server, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    follow("backup", original.folder, backup)
    assert {path.name for path in backup.iterdir()} >= {"a8n.db", "keys.json"}
    assert [path for path in [backup, *backup.rglob("*")] if path.stat().st_mode & 0o077] == []
