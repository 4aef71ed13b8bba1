"""Portable Python: a subset of the language in Monty, an interpreter that has no way to the machine it runs on."""

from __future__ import annotations

import asyncio
import io
import tokenize
from typing import TYPE_CHECKING, Any

from a8n import JSON, NodeError
from a8n_code.inside.plain import NotJsonError, plain
from a8n_code.running import CodeError, Job, Printed, late

if TYPE_CHECKING:
    import pydantic_monty

GRACE = 2.0
"""Seconds after its time limit at which the interpreter is killed, where it has not stopped by itself."""

ALL = "def __code__(items):\n{}\n pass\n__code__(__items__)"
EACH = """def __code__(item, index):
{}
 pass
__done__ = []
for __item__ in __items__:
 __done__.append(__code__(__item__, len(__done__)))
__done__"""


class Portable:
    """Runs in a process of its own, which is started for this run and ends with it."""

    async def run(self, job: Job, printed: Printed) -> JSON:
        """What the code returned. Raises NodeError."""
        return await asyncio.to_thread(self._run, job, printed)

    def _run(self, job: Job, printed: Printed) -> JSON:
        try:
            import pydantic_monty as monty
        except ImportError:
            raise NodeError(
                "portable Python is not installed here",
                hint="pip install pydantic-monty",
                field="runs_in",
                retryable=False,
            ) from None
        limits: pydantic_monty.ResourceLimits = {
            "max_feed_duration_secs": job.timeout,
            "max_total_sleep_secs": job.timeout,
            "max_memory": job.memory,
        }
        # Host and interpreter each keep the time; the pool has one worker, which serves this run alone.
        pool = monty.Monty(min_processes=1, max_processes=1, request_timeout=job.timeout + GRACE)
        try:
            with pool, pool.checkout(limits=limits) as session:
                return self._feed(session, job, printed)
        except monty.MontyCrashedError as error:
            if error.timed_out:
                raise late(job) from None
            raise CodeError("the interpreter crashed", hint="does the code need less memory?") from None
        except FileNotFoundError as error:
            hint = "pip install pydantic-monty"
            raise NodeError(f"portable Python does not start: {error}", hint=hint, field="runs_in") from None

    def _feed(self, session: pydantic_monty.MontySession, job: Job, printed: Printed) -> JSON:
        import pydantic_monty as monty

        source = (ALL if job.mode == "all" else EACH).format(indented(job.code))
        try:
            value = session.feed_run(
                source,
                inputs={"__items__": job.items, "vars": job.vars},
                print_callback=lambda _stream, text: printed.write(text),
            )
        except monty.MontyRuntimeError as error:
            if isinstance(error.exception(), TimeoutError) and "limit exceeded" in str(error):
                raise late(job) from None
            item = _item_at_hand(session) if job.mode == "each" else None
            raise CodeError(_message(error, job), line=_line(error, job), item=item) from None
        except monty.MontySyntaxError as error:
            text = error.display("msg")
            raise CodeError(f"SyntaxError: {text}", line=_line(error, job), hint=HINT) from None
        except monty.MontyError as error:
            raise CodeError(str(error), hint=HINT) from None
        try:
            return plain(value)
        except NotJsonError as error:
            raise CodeError(str(error), hint="return JSON: objects, lists, text, numbers") from None


HINT = "portable Python is a subset of the language; full Python knows all of it"


def _message(error: pydantic_monty.MontyRuntimeError, job: Job) -> str:
    if isinstance(error.exception(), MemoryError):
        return f"the code needs more than {job.memory // 2**20} MB of memory"
    return error.display("type-msg")


def _line(error: Any, job: Job) -> int | None:
    """The innermost line that is the author's: line 1 of what was fed is ours, and so is what follows the code."""
    last = len(job.code.splitlines())
    lines = [frame.line - 1 for frame in error.traceback()]
    return next((line for line in reversed(lines) if 1 <= line <= last), None) or (last if lines else None)


def _item_at_hand(session: pydantic_monty.MontySession) -> int | None:
    """The item that the code stopped at. The session outlives an exception, except where memory or time ran out."""
    import pydantic_monty as monty

    try:
        done = session.feed_run("len(__done__)")
    except monty.MontyError:
        return None
    return done if isinstance(done, int) else None


def indented(code: str) -> str:
    """The code one column further in, so that it can stand in a function; text of several lines stays as it is."""
    inside: set[int] = set()
    try:
        starts: list[int] = []
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            name = tokenize.tok_name[token.type]
            if name == "STRING":
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
            elif name.endswith("STRING_START"):
                starts.append(token.start[0])
            elif name.endswith("STRING_END"):
                inside.update(range(starts.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        inside = set()  # the interpreter says what is wrong, and at which line
    return "\n".join(line if i in inside else f" {line}" for i, line in enumerate(code.splitlines(), 1))
