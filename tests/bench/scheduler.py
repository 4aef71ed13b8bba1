"""Micro-benchmarks of the scheduler and the engine, in microseconds."""

from __future__ import annotations

import timeit
from itertools import pairwise

from a8n import Item
from a8n.execution import Execution
from a8n.graph import Graph, Link
from a8n.journal import MemoryJournal
from a8n.plan import Plan
from a8n.scheduler import Key, Progress
from a8n.services import Services
from tests.kernel.toys import INFO, KERNEL, node, workflow


def measure() -> list[tuple[str, float]]:
    """(what, µs) of scheduling a step and of running one."""
    return [("scheduler: one step of a chain", _step()), ("engine: one pure node, one item", _node())]


def _step() -> float:
    names = [f"n{i}" for i in range(101)]
    graph = Graph("n0", [Link(a, "main", b) for a, b in pairwise(names)])

    def run() -> None:
        progress = Progress(graph)
        pending: list[Key] = [(0, ())]
        while pending:
            pending = progress.settle(pending.pop(), ("main",))

    return min(timeit.repeat(run, number=50, repeat=5)) / 50 / 100 * 1e6


def _node() -> float:
    names = [f"put_{i}" for i in range(20)]
    nodes = [node(name, {"value": {"$": "json.n"}}) for name in names]
    wires = [f"{a} > {b}" for a, b in zip(["start", *names], names, strict=False)]
    plan = Plan(KERNEL, workflow(nodes, *wires), "start")

    def run() -> None:
        execution = Execution(plan, INFO, Services(), MemoryJournal())
        execution.begin([Item({"n": 1})])
        execution.advance()

    return min(timeit.repeat(run, number=50, repeat=5)) / 50 / 20 * 1e6
