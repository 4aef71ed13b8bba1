"""JavaScript in QuickJS: an interpreter without files, network, clocks to wait for, or modules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from typing import Any

STACK = 512 * 1024
"""Bytes of the interpreter's own stack."""

PRELUDE = """(function (print, globalThis) {
  const show = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value);
    try { return JSON.stringify(value) ?? String(value); } catch (error) { return String(value); }
  };
  const log = (...values) => { print(values.map(show).join(' ')); };
  globalThis.console = { log, info: log, warn: log, error: log, debug: log, trace: log };
})(__print, globalThis);
delete globalThis.__print;
"""
ALL = "(async function (items) {{\n{}\n}})"
EACH = "(async function (item, index) {{\n{}\n}})"
DRIVE = """(function (code, text, each) {
  const state = { at: null, value: undefined, failed: null, ended: false };
  const job = JSON.parse(text);
  globalThis.vars = job.vars;
  const text_of = (error) => {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
    try { return `threw ${JSON.stringify(error)}`; } catch { return 'threw something'; }
  };
  const through = async () => {
    const made = [];
    for (const item of job.items) {
      state.at = made.length;
      made.push((await code(item, made.length)) ?? null);
    }
    state.at = null;
    return made;
  };
  const write = JSON.stringify;
  (each ? through() : code(job.items)).then(
    (value) => { state.value = write(value ?? null); },
  ).then(
    () => { state.ended = true; },
    (error) => { state.failed = { message: text_of(error), stack: String(error?.stack ?? '') }; state.ended = true; },
  );
  return (what) => (what ? state[what] : write({ ...state, value: undefined }));
})"""
"""Calls the code, and gives a function that tells how it went; `value` is JSON already."""
LINE = re.compile(r"<input>:(\d+)")


def loaded(path: str) -> Any:
    """The interpreter's module, from its file: nothing else of the packages that a8n has is there."""
    loader = ExtensionFileLoader("_quickjs", path)
    module = module_from_spec(ModuleSpec("_quickjs", loader, origin=path))
    loader.exec_module(module)
    return module


def run(quickjs: Any, job: dict[str, Any], show: Callable[[str], None]) -> dict[str, Any]:
    """The answer to a job: a value, or an error with its line and item."""
    context = quickjs.Context()
    context.set_memory_limit(job["memory"])
    context.set_max_stack_size(STACK)
    context.add_callable("__print", lambda text: show(f"{text}\n"))
    context.eval(PRELUDE)
    lines = len(job["code"].splitlines())
    try:
        code = context.eval((EACH if job["mode"] == "each" else ALL).format(job["code"]))
    except quickjs.JSException as error:
        return {"error": _described(str(error), str(error), lines, job)}
    try:
        state = context.eval(DRIVE)(
            code, json.dumps({"items": job["items"], "vars": job["vars"]}), job["mode"] == "each"
        )
        while context.execute_pending_job():
            pass
        told = json.loads(state(""))
        if told["failed"]:
            described = _described(told["failed"]["message"], told["failed"]["stack"], lines, job)
            return {"error": {**described, "item": told["at"]}}
        if not told["ended"]:
            return {"error": {"message": "the code waits for something that never comes", "item": told["at"]}}
        return {"json": state("value")}
    except quickjs.JSException as error:
        return {"error": _described(str(error), str(error), lines, job)}


def _described(message: str, stack: str, lines: int, job: dict[str, Any]) -> dict[str, Any]:
    """The first line of the message, and the innermost line of the author's: line 1 is ours."""
    found = (int(line) - 1 for line in LINE.findall(stack))
    text = message.strip().split("\n")[0][:1000]
    if "out of memory" in text:
        text = f"the code needs more than {job['memory'] // 2**20} MB of memory"
    return {"message": text, "line": next((line for line in found if 1 <= line <= lines), None)}
