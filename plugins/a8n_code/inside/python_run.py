"""Python, the whole language: the author's code in a function, in the process that is shut off already."""

from __future__ import annotations

import ast
import json
import signal
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from a8n_code.inside.plain import NotJsonError, plain

NAME = "<code>"


class LateError(BaseException):
    """Raised in the author's code when its time is up. No `except Exception` holds it."""


class Output:
    """What stands in for `sys.stdout` and `sys.stderr`."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, show: Callable[[str], None]):
        self._show = show

    def write(self, text: str) -> int:
        """Send it on."""
        self._show(text)
        return len(text)

    def flush(self) -> None:
        """Nothing waits here."""

    def isatty(self) -> bool:
        """Nobody sits there."""
        return False


def run(job: dict[str, Any], show: Callable[[str], None]) -> dict[str, Any]:
    """The answer to a job: a value, or an error with its line and item."""
    sys.stdout = sys.stderr = Output(show)
    index: int | None = None
    try:
        signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, job["timeout"])
        world: dict[str, Any] = {"__name__": "__main__", "vars": job["vars"]}
        exec(compiled(job["code"], job["mode"]), world)  # noqa: S102  # this is what the sandbox is for
        code = world["__code__"]
        if job["mode"] == "all":
            value = code(job["items"])
        else:
            value = []
            for index, item in enumerate(job["items"]):
                value.append(code(item, index))
            index = None
        text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
        signal.setitimer(signal.ITIMER_REAL, 0)
        return {"json": text}
    except LateError as error:
        return {"late": True, "line": _line(error.__traceback__), "item": index}
    except NotJsonError as error:
        return {"error": {"message": str(error), "item": index}}
    except BaseException as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return {"error": {"message": _message(error, job), "line": _line_of(error), "item": index}}


def compiled(code: str, mode: str) -> Any:
    """The code as the body of a function `__code__`; lines keep their numbers. Raises SyntaxError."""
    names = ["items"] if mode == "all" else ["item", "index"]
    tree = ast.parse(f"def __code__({', '.join(names)}): pass")
    body = ast.parse(code, NAME).body
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body or function.body
    return compile(tree, NAME, "exec", dont_inherit=True)


def _late(number: int, frame: Any) -> None:
    raise LateError


def _line_of(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == NAME:
        return error.lineno
    return _line(error.__traceback__)


def _line(traceback: TracebackType | None) -> int | None:
    """The innermost line that is the author's."""
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == NAME:
            found = traceback.tb_lineno
        traceback = traceback.tb_next
    return found


def _message(error: BaseException, job: dict[str, Any]) -> str:
    name = type(error).__name__
    if isinstance(error, MemoryError):
        return f"the code needs more than {job['memory'] // 2**20} MB of memory"
    if isinstance(error, SyntaxError):
        return f"{name}: {error.msg}"
    try:
        text = str(error)[:2000].encode("utf-8", "replace").decode()
    except BaseException:
        text = ""
    return f"{name}: {text}".removesuffix(": ")
