"""Packages of full Python, fetched by uv from an index on this machine."""

from __future__ import annotations

import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.plugins.code import authors

from a8n import NodeError
from a8n.testing import InvalidError, run
from a8n_code import Python

pytestmark = pytest.mark.usefixtures("shut_off")


class Index(SimpleHTTPRequestHandler):
    """A package index: folders of wheels."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def publish(folder: Path, name: str, module: str) -> None:
    """A wheel of one module."""
    (folder / name).mkdir(parents=True)
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / name / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", module)
        wheel.writestr(f"{name}.pth", "import os; os.environ['LOADED'] = '1'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in (f"{name}.py", f"{name}.pth")))


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "index"
    publish(folder, "shapes", "import os\nHERE = os.path.dirname(__file__)\ndef area(a, b):\n    return a * b\n")
    Index.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield folder
    server.shutdown()
    server.server_close()


def using(*packages: str, code: str) -> dict[str, Any]:
    return {"runs_in": {"kind": "full", "packages": list(packages)}, "code": code}


async def test_a_declared_package_is_there_and_fetched_once() -> None:
    params = using("shapes==1.0", code="import shapes\nreturn {'area': shapes.area(2, 3), 'at': shapes.HERE}")
    assert await authors.given(Python, params) == [{"area": 6, "at": "/packages"}]
    asked = list(Index.asked)
    assert asked
    assert await authors.given(Python, params) == [{"area": 6, "at": "/packages"}]
    assert Index.asked == asked


async def test_code_cannot_change_it_and_its_start_hooks_do_not_run() -> None:
    code = "import os\nreturn {'loaded': 'LOADED' in os.environ, 'files': sorted(os.listdir('/packages'))[-2:]}"
    assert await authors.given(Python, using("shapes", code=code)) == [
        {"loaded": False, "files": ["shapes.pth", "shapes.py"]}
    ]
    error = await authors.failing(Python, using("shapes", code="open('/packages/shapes.py', 'w')"))
    assert any(word in str(error) for word in ("Read-only file system", "Permission denied"))


async def test_others_do_not_see_it() -> None:
    await authors.given(Python, using("shapes", code="return {}"))
    error = await authors.failing(Python, using(code="import shapes"))
    assert "No module named 'shapes'" in str(error)


async def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"cannot be fetched: .*nowhere-to-be-found") as caught:
        await run(Python, using("nowhere-to-be-found", code="return {}"))
    assert caught.value.field == "runs_in.packages"
    assert list((tmp_path / "cache" / "a8n" / "code").iterdir()) == []


async def test_source_code_is_not_built_outside_of_the_sandbox(index: Path, tmp_path: Path) -> None:
    (index / "evil").mkdir()
    (index / "evil" / "evil-1.0.tar.gz").write_bytes(b"")
    with pytest.raises(NodeError, match="evil"):
        await run(Python, using("evil", code="return {}"))
    assert "/evil/evil-1.0.tar.gz" not in Index.asked


@pytest.mark.parametrize(
    "name",
    ["--index-url=http://x", "-r/etc/passwd", "shapes @ http://x/y.whl", "./shapes", "git+https://x", "a b", "a\n"],
)
async def test_only_names_and_versions_pass(name: str) -> None:
    with pytest.raises(InvalidError, match="packages"):
        await run(Python, using(name, code="return {}"))


async def test_without_uv_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NodeError, match="uv, which fetches packages, is not installed here") as caught:
        await run(Python, using("shapes", code="return {}"))
    assert caught.value.hint == "pip install uv"
