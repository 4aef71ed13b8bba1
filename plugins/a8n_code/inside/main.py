"""The child process: shuts itself off, says that it is ready, takes one job, answers, and ends."""

from __future__ import annotations

import datetime
import decimal
import json
import os
import random
import re
import sys
from typing import Any

from a8n_code.inside import channel, javascript_run, limits, namespaces, python_run, seccomp

MOST_JOB = 1 << 30
MOST_ANSWER = 16 * 2**20
"""Characters of JSON that code may return."""
MOST_PRINTED = 2 * 2**20
"""Characters of printed output that are sent on; what comes after is lost, and the code runs on."""
SPARE = 32 * 2**20
"""Bytes of address space that the interpreter may need besides the author's data."""
WARM = (datetime, decimal, json, random, re)
"""Imported before there is a job, since most code uses them."""


def main() -> None:
    """Called with what to run and where its library is: `python FOLDER` or `javascript FILE`."""
    kind, library = sys.argv[1:3]
    engine: Any = None
    try:
        size = limits.own_size() if sys.platform == "linux" else 0
        if kind == "javascript":
            engine = javascript_run.loaded(library)
            engine.Context().eval("1")
        else:
            namespaces.enter(library)
        jobs, answers = _private_pipes()
        sys.path[:] = [path for path in sys.path if os.path.isdir(path)] + ([namespaces.PACKAGES] if library else [])
        os.environ.clear()
        limits.narrow()
        if sys.platform == "linux":
            table = seccomp.CORE if kind == "javascript" else seccomp.CORE | seccomp.MORE
            seccomp.lock(table, threads=kind == "python")
    except OSError as error:
        channel.write(1, {"refused": str(error)})
        os._exit(3)
    channel.write(answers, {"ready": True})
    data = channel.read(jobs, MOST_JOB)
    if data is None:
        os._exit(0)
    job = json.loads(data)
    try:
        answer = _run(kind, engine, job, answers, size + SPARE + len(data) * 8)
    except Exception as error:
        answer = {"error": {"message": f"the code could not be run: {type(error).__name__}: {error}"[:1000]}}
    _answer(answers, answer)


def _private_pipes() -> tuple[int, int]:
    """The ends of the pipes to a8n, out of the way of what code takes for its input and output."""
    jobs, answers = os.dup(0), os.dup(1)
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return jobs, answers


def _run(kind: str, engine: Any, job: dict[str, Any], answers: int, taken: int) -> dict[str, Any]:
    left = MOST_PRINTED

    def show(text: str) -> None:
        nonlocal left
        if left > 0:
            channel.write(answers, {"print": text[:left].encode("utf-8", "replace").decode()})
            left -= max(len(text), 1)

    if sys.platform == "linux":
        limits.narrow_to(taken + job["memory"], job["timeout"])
    if kind == "javascript":
        return javascript_run.run(engine, job, show)
    return python_run.run(job, show)


def _answer(answers: int, answer: dict[str, Any]) -> None:
    """Send it and end at once: nothing that code left behind, such as a thread, runs on."""
    text = answer.get("json")
    if text is not None and len(text) > MOST_ANSWER:
        answer = {"error": {"message": "the code returned more than 16 MB"}}
    channel.write(answers, answer)
    os._exit(0)
