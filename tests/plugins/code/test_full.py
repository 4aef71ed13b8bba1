"""Full Python: the whole library, errors by line, and code that wants out of its sandbox."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import psutil
import pytest
from tests.plugins.code import authors

from a8n import FileRef, Item, NodeError
from a8n.testing import run
from a8n_code import Python
from a8n_code.packages import Packages
from a8n_code.sandbox import sandboxes

pytestmark = pytest.mark.usefixtures("shut_off")


def full(code: str, **params: Any) -> dict[str, Any]:
    return {"runs_in": {"kind": "full"}, "code": code, **params}


async def python(code: str, *items: Any, **params: Any) -> list[Any]:
    return await authors.given(Python, full(code, **params), *items)


async def failing(code: str, *items: Any, **params: Any) -> str:
    return str(await authors.failing(Python, full(code, **params), *items))


async def test_it_gets_all_items_and_gives_new_ones() -> None:
    code = "return [{'n': item['n'] * 2} for item in items if item['n'] > 1]"
    assert await python(code, {"n": 1}, {"n": 2}, {"n": 3}) == [{"n": 4}, {"n": 6}]


async def test_for_each_item_it_is_called_once_and_files_stay() -> None:
    file = FileRef(hash="a" * 64)
    code = "if item['n'] == 1:\n    return None\nreturn {'at': index, 'city': vars['city']}"
    items = [Item({"n": 1}), Item({"n": 2}, {"photo": file})]
    (made,) = (await run(Python, full(code, mode="each"), items, vars={"city": "Bonn"}))["main"]
    assert made == Item({"at": 1, "city": "Bonn"}, {"photo": file})
    assert made.source == 1


async def test_the_standard_library_is_there() -> None:
    code = """
import asyncio, csv, decimal, hashlib, re, sqlite3, ssl, statistics, tempfile, uuid, zoneinfo
from dataclasses import dataclass, asdict

@dataclass
class Row:
    price: decimal.Decimal
    tags: tuple[str, ...]

def rows():
    yield Row(decimal.Decimal("1.50"), ("a",))

with tempfile.NamedTemporaryFile("w+") as file:
    file.write("a,b")
    file.seek(0)
    read = list(csv.reader(file))
match read:
    case [[first, _]]:
        pass
return {
    "rows": [asdict(row) for row in rows()],
    "first": first,
    "one": sqlite3.connect(":memory:").execute("select 1").fetchone(),
    "slept": asyncio.run(asyncio.sleep(0, "yes")),
    "zone": zoneinfo.ZoneInfo("Europe/Berlin").key,
    "id": uuid.UUID(int=1),
}
"""
    (made,) = await python(code)
    rows = [{"price": 1.5, "tags": ["a"]}]
    assert made == {
        "rows": rows, "first": "a", "one": [1], "slept": "yes", "zone": "Europe/Berlin",
        "id": "00000000-0000-0000-0000-000000000001",
    }  # fmt: skip


async def test_what_it_prints_is_shown_also_where_it_fails() -> None:
    code = "import sys\nprint('a', 1)\nprint('b', file=sys.stderr)\nprint('half \\ud800', end='')\n1 / 0"
    assert await authors.log_of(Python, full(code)) == ["a 1", "b", "half ?"]
    assert await authors.log_of(Python, full("print('seen')\nwhile True:\n    pass", timeout=0.3)) == ["seen"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\n\nreturn x / 0", "line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    import json\n    json.loads('{')\n\nf()", "line 3: JSONDecodeError: Expecting property name"),
        ("x = 1\ny = = 2", "line 2: SyntaxError: invalid syntax"),
        ("return {'a': {1, 2}}", "the result.a is of type set, which is no JSON"),
        ("return {'a': [float('inf')]}", "the result.a[0] is inf, which JSON does not have"),
        ("x = []\nx.append(x)\nreturn {'a': x}", "is deeper than 100 levels"),
        ("return 'text'", "the code returned text"),
        ("import sys\nsys.exit(1)", "line 2: SystemExit: 1"),
        ("class E(Exception):\n    def __str__(self):\n        raise E\nraise E", "line 4: E"),
        ("import numpy", "line 1: ModuleNotFoundError: No module named 'numpy'"),
        ("import a8n", "line 1: ModuleNotFoundError: No module named 'a8n'"),
    ],
)
async def test_errors_name_the_line_or_the_place(code: str, message: str) -> None:
    assert message in await failing(code)


async def test_an_error_names_the_item() -> None:
    assert await failing("return {'x': 1 / item['n']}", {"n": 1}, {"n": 0}, mode="each") == (
        "item 2, line 1: ZeroDivisionError: division by zero"
    )


async def test_an_endless_loop_ends_and_names_its_line() -> None:
    assert await failing("x = 1\nwhile True: x += 1", timeout=0.3) == "line 2: the code ran longer than 0.3 s"
    stubborn = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass"
    assert await failing(stubborn, timeout=0.3) == "the code ran longer than 0.3 s"
    threads = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nreturn {'done': True}"
    assert await python(threads) == [{"done": True}]


@pytest.mark.parametrize(
    "code",
    ["return 'a' * 10 ** 10", "x = []\nwhile True:\n    x.append('a' * 10 ** 6)", "import mmap\nmmap.mmap(-1, 10**9)"],
)
async def test_a_memory_bomb_ends(code: str) -> None:
    message = await failing(code, memory=64)
    assert message.endswith(("more than 64 MB of memory", "Cannot allocate memory"))


async def test_giant_output_is_cut_or_refused() -> None:
    assert await failing("return {'a': 'x' * (17 * 2 ** 20)}") == "the code returned more than 16 MB"
    shown = await authors.log_of(Python, full("for i in range(5000):\n    print('x' * 1000)"))
    assert len(shown) == 200
    assert shown[-1].endswith("more lines")


async def test_a_disk_bomb_ends() -> None:
    one = "with open('/tmp/a', 'wb') as f:\n    while True:\n        f.write(bytes(10 ** 6))"
    assert "File too large" in await failing(one)
    many = "i = 0\nwhile True:\n    i += 1\n    open(f'/tmp/{i}', 'wb').write(bytes(10 ** 6))"
    assert "No space left" in await failing(many)


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True:\n    os.fork()",
        "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'id'])",
        "import multiprocessing\nmultiprocessing.Process(target=print).start()",
        "import os\nos.execv('/bin/sh', ['sh'])",
        "import os\nos.posix_spawn('/bin/sh', ['sh'], {})",
        "import os\nos.system('id') and os.kill(1, 0)",
    ],
)
async def test_it_starts_no_process(code: str) -> None:
    assert "Error: " in await failing(code)


async def test_threads_are_few() -> None:
    code = """
import threading, time
count = 0
try:
    while count < 200:
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        count += 1
except RuntimeError:
    pass
return {"count": count}
"""
    (made,) = await python(code, memory=2048)
    assert 0 < made["count"] < 30


async def test_it_sees_no_file_but_the_library() -> None:
    code = """
import os
found = []
for folder, _, files in os.walk("/"):
    found += [os.path.join(folder, name) for name in files]
library = os.path.dirname(os.__file__)
known = (library + "/", "/lib", "/usr/lib", "/usr/share/zoneinfo/", "/dev/null", "/dev/urandom")
return {"others": [path for path in found if not path.startswith(known)],
        "packages": [path for path in found if "-packages/" in path], "library": len(found) > 100}
"""
    assert await python(code) == [{"others": [], "packages": [], "library": True}]


@pytest.mark.parametrize(
    "path", [__file__, "/etc/passwd", "/proc/self/environ", "/proc/1/root/etc/passwd", "/sys/kernel/notes", "/dev/mem"]
)
async def test_it_reads_no_other_file(path: str) -> None:
    assert "FileNotFoundError" in await failing(f"open({path!r})")


async def test_it_writes_nowhere_but_to_its_own_tmp() -> None:
    code = """
import os
failed = []
for path in ("/x", "/dev/x", os.__file__, os.path.dirname(os.__file__) + "/x"):
    try:
        open(path, "a")
    except OSError as error:
        failed.append(path)
open("/tmp/x", "w").write("x")
return {"failed": len(failed), "tmp": os.listdir("/tmp")}
"""
    assert await python(code) == [{"failed": 4, "tmp": ["x"]}]
    assert await python("import os\nreturn {'tmp': os.listdir('/tmp')}") == [{"tmp": []}]


async def test_it_sees_no_environment_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A8N_ENCRYPTION_KEYS", "s3cret")
    sandboxes.close()
    code = """
import os, sys, ctypes
loaded = sorted(name for name in sys.modules if name.startswith(("a8n.", "pydantic")))
return {"environ": dict(os.environ), "c": ctypes.CDLL(None).getenv(b"A8N_ENCRYPTION_KEYS") == 0, "loaded": loaded,
        "me": [os.getpid(), os.uname().nodename]}
"""
    assert await python(code) == [{"environ": {}, "c": True, "loaded": [], "me": [1, "sandbox"]}]


async def test_it_has_only_its_own_pipes() -> None:
    code = """
import os, stat
kinds = []
for number in range(64):
    try:
        kinds.append(stat.S_IFMT(os.fstat(number).st_mode))
    except OSError:
        pass
return {"null": kinds[:3] == [stat.S_IFCHR] * 3, "pipes": kinds[3:] == [stat.S_IFIFO] * 2}
"""
    assert await python(code) == [{"null": True, "pipes": True}]


async def test_it_has_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.setblocking(False)
        for code in (
            f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)",
            f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=1)",
            "import socket\nsocket.getaddrinfo('example.com', 443)[0]",
            "import socket\nsocket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
        ):
            assert "rror: " in await failing(code)
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_the_kernel_refuses_what_it_could_break_out_with() -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def refused(name, *values):
    ctypes.set_errno(0)
    return getattr(libc, name)(*values) == -1 and ctypes.get_errno() == 1
return {
    "unshare": refused("unshare", 0x10000000),
    "mount": refused("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "chroot": refused("chroot", b"/tmp"),
    "setuid": refused("setuid", 0),
    "ptrace": refused("ptrace", 16, 1, 0, 0),
    "kill": refused("kill", -1, 9),
    "memfd": refused("memfd_create", b"x", 0),
    "socket": refused("socket", 2, 1, 0),
    "prctl": refused("prctl", 4, 1, 0, 0, 0),
    "shmget": refused("shmget", 0, 10**8, 0o1600),
    "prlimit": refused("prlimit", 2, 9, None, None),
}
"""
    (made,) = await python(code)
    assert [name for name, held in made.items() if not held] == []


async def test_code_that_kills_its_process_is_an_error() -> None:
    assert "SIGSEGV" in await failing("import ctypes\nctypes.string_at(0)")
    assert await failing("import os\nos._exit(0)") == "the process that ran the code ended"


@pytest.mark.parametrize(
    "frame",
    [
        "b'\\xff\\xff\\xff\\xff'",
        "b'\\0\\0\\0\\x02[]'",
        'b\'\\0\\0\\0\\x0e{"json":"NaN"}\'',
        "b'\\0\\0\\0\\x0c{\"json\":[1]}'",
    ],
)
async def test_lies_on_the_private_pipe_are_an_error(frame: str) -> None:
    message = await failing(f"import os\nos.write(4, {frame})\nos._exit(0)")
    assert message in (
        "the code wrote into the pipe of its sandbox",
        "the code returned what is no JSON",
        "the result is nan, which JSON does not have",
    )


async def test_runs_share_nothing() -> None:
    assert await python("import json\njson.left = 1\nreturn {}") == [{}]
    assert await python("import json\nreturn {'left': hasattr(json, 'left')}") == [{"left": False}]


async def test_cancelling_ends_the_process() -> None:
    sandboxes.close()
    me = psutil.Process()
    before = set(me.children())
    task = asyncio.create_task(python("while True:\n    pass", timeout=60))
    while not set(me.children()) - before:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while set(me.children()) - before:
        await asyncio.sleep(0.01)


async def test_a_machine_without_sandbox_says_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(self: Packages, names: list[str]) -> str:
        return "/nowhere"

    monkeypatch.setattr(Packages, "folder", gone)
    with pytest.raises(NodeError, match=r"full Python cannot be shut off from this machine: .*packages") as caught:
        await run(Python, full("return items"))
    assert caught.value.field == "runs_in"
    assert "user namespaces" in str(caught.value.hint)
    assert not os.path.exists("/nowhere")
