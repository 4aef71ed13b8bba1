"""Child processes that run one job each: started ahead of time, shut off before they get it, gone afterwards."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from a8n import JSON
from a8n_code.inside import channel
from a8n_code.inside.plain import NotJsonError, plain
from a8n_code.running import MOST_OUTPUT, CodeError, Job, Printed, late

BOOT = (
    # The package by its folder alone: its `__init__` would import a8n, which has no business in there.
    "import sys, types; package = types.ModuleType('a8n_code'); package.__path__ = [sys.argv.pop(1)]; "
    "sys.modules['a8n_code'] = package; from a8n_code.inside.main import main; main()"
)
START = 30.0
"""Seconds that a process may take until it is ready."""
GRACE = 1.0
"""Seconds past its time limit at which Python is killed that has not stopped by itself, which tells the line."""
MOST_SENT = 64 * 2**20
"""Bytes that one process may send in all."""
MOST_WAITING = 4
"""Processes that are kept ready, one for each way to run code."""

NONSENSE: dict[str, Any] = {"error": {"message": "the code wrote into the pipe of its sandbox"}}


class RefusedError(Exception):
    """The sandbox cannot be made on this machine; the message says at which step it failed."""


class Sandbox:
    """One child process. It takes one job."""

    def __init__(self, kind: str, library: str):
        self._process = subprocess.Popen(  # noqa: S603  # our own program; what it runs is shut off by it first
            [sys.executable, "-I", "-S", "-B", "-c", BOOT, str(Path(__file__).parent), kind, library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"MALLOC_ARENA_MAX": "1"},  # glibc would reserve address space for each thread
            cwd="/",
            start_new_session=True,
        )
        self._ready = False
        self._grace = GRACE if kind == "python" else 0.0

    @property
    def alive(self) -> bool:
        """False when it ended while it waited."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Until it is ready. Raises RefusedError."""
        if self._ready:
            return
        timer = threading.Timer(START, self.kill)
        timer.start()
        try:
            first = self._read(MOST_SENT)
        finally:
            timer.cancel()
        if first is None or "ready" not in first:
            self.kill()
            raise RefusedError((first or {}).get("refused") or "the process did not start")
        self._ready = True

    def run(self, job: Job, printed: Printed) -> dict[str, Any]:
        """The answer: `json`, `error` or `late`; with `status` alone where the process ended without one."""
        self.wait()
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self.kill()

        timer = threading.Timer(job.timeout + self._grace, expire)
        try:
            self._send(job)
            timer.start()
            answer = self._answer(printed)
        finally:
            timer.cancel()
            self.kill()
        if answer is not None:
            return answer
        return {"late": True} if expired.is_set() else {"status": self._process.returncode}

    def _send(self, job: Job) -> None:
        names = ("code", "mode", "items", "vars", "timeout", "memory")
        try:
            channel.write(_descriptor(self._process.stdin), {name: getattr(job, name) for name in names})
        except BrokenPipeError:
            return  # it was killed meanwhile: the end of its output says so

    def _answer(self, printed: Printed) -> dict[str, Any] | None:
        left = MOST_SENT
        while True:
            frame = self._read(left)
            if frame is None or "print" not in frame:
                return frame
            text = str(frame["print"])
            left -= len(text) + channel.LENGTH.size
            printed.write(text)

    def _read(self, most: int) -> dict[str, Any] | None:
        """The next frame, None at the end. What the process sends is a stranger's: nonsense counts as an error."""
        try:
            data = channel.read(_descriptor(self._process.stdout), most)
            frame = None if data is None else json.loads(data)
        except (ValueError, RecursionError):
            return NONSENSE
        return frame if isinstance(frame, dict) or frame is None else NONSENSE

    def kill(self) -> None:
        """End it and all it started, and forget it."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Give its pipes back."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _descriptor(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()


class Sandboxes:
    """Processes that wait for a job, one for each way to run code."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Sandbox] = {}
        self._lock = threading.Lock()
        self._owner = 0

    def take(self, kind: str, library: str) -> Sandbox:
        """A process that nobody has used; another one is started in its place."""
        key = (kind, library)
        with self._lock:
            if self._owner != os.getpid():  # after a fork, the processes are the parent's
                self._owner = os.getpid()
                self._waiting.clear()
            taken = self._waiting.pop(key, None)
        if taken is None or not taken.alive:
            taken = Sandbox(kind, library)
        return taken

    def prepare(self, kind: str, library: str) -> None:
        """Start a process for the next one who asks."""
        with self._lock:
            if (kind, library) in self._waiting or self._owner != os.getpid():
                return
            self._waiting[kind, library] = Sandbox(kind, library)
            oldest = [self._waiting.pop(next(iter(self._waiting)))] if len(self._waiting) > MOST_WAITING else []
        for sandbox in oldest:
            sandbox.kill()
            sandbox.close()

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            waiting = list(self._waiting.values()) if self._owner == os.getpid() else []
            self._waiting.clear()
        for sandbox in waiting:
            sandbox.kill()
            sandbox.close()


sandboxes = Sandboxes()
atexit.register(sandboxes.close)
threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="a8n-code")


async def run_in_sandbox(kind: str, library: str, job: Job, printed: Printed) -> JSON:
    """What the code returned. Raises RefusedError, CodeError."""
    loop = asyncio.get_running_loop()
    running: list[Sandbox] = []
    stopped = threading.Event()

    def work() -> dict[str, Any]:
        sandbox = sandboxes.take(kind, library)
        running.append(sandbox)
        try:
            if stopped.is_set():
                return {}
            answer = sandbox.run(job, printed)
        finally:
            sandbox.kill()
            sandbox.close()
        sandboxes.prepare(kind, library)
        return answer

    try:
        answer = await loop.run_in_executor(threads, work)
    except asyncio.CancelledError:
        stopped.set()
        for sandbox in running:
            sandbox.kill()
        raise
    return judged(answer, job)


def judged(answer: dict[str, Any], job: Job) -> JSON:
    """The value of an answer. Raises CodeError."""
    if answer.get("late"):
        raise late(job, line=_number(answer.get("line")), item=_number(answer.get("item")))
    if "json" in answer:
        return _value(answer["json"], job)
    error = answer.get("error")
    if isinstance(error, dict):
        line, item = _number(error.get("line")), _number(error.get("item"))
        raise CodeError(str(error.get("message"))[:2000], line=line, item=item if job.mode == "each" else None)
    raise CodeError(
        f"the process that ran the code ended{_reason(answer.get('status'))}", hint="is it short of memory?"
    )


def _value(text: Any, job: Job) -> JSON:
    try:
        if not isinstance(text, str) or len(text) > MOST_OUTPUT:
            raise ValueError
        value = plain(json.loads(text))
    except NotJsonError as error:
        raise CodeError(str(error)) from None
    except (ValueError, RecursionError):
        raise CodeError("the code returned what is no JSON") from None
    if job.mode == "each" and (not isinstance(value, list) or len(value) != len(job.items)):
        raise CodeError("the code did not answer for each item")
    return value


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 10**6 else None


def _reason(status: Any) -> str:
    """The signal that ended it, also where the process that waited for it passed its status on."""
    if not isinstance(status, int) or status == 0:
        return ""
    number = -status if status < 0 else 256 - status
    try:
        return f" by {signal.Signals(number).name}"
    except ValueError:
        return f" with status {status}"
