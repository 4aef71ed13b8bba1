"""The scheduler: what is ready, and that neither order nor crashes change what runs."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a8n.graph import Graph, IrreducibleError, Link
from a8n.scheduler import Key, Progress, ready


def graph(*wires: str) -> Graph:
    """`graph("t>a", "a.true>b")`: the first wire's source is the trigger."""
    links = []
    for wire in wires:
        source, target = wire.split(">")
        name, _, port = source.partition(".")
        links.append(Link(name, port or "main", target))
    return Graph(links[0].source, links)


def run(shape: Graph, carries: Mapping[str, Any], *heads: str) -> list[str]:
    """The order in which steps run when each node gives items on the ports in `carries` (default: all)."""
    progress = Progress(shape, {shape.index[name] for name in heads})
    order: list[str] = []
    pending: list[Key] = [(0, ())]
    while pending:
        node, path = pending.pop(0)
        name = shape.names[node]
        order.append(name + "".join(f"[{i}]" for i in path))
        ports = carries.get(name, ["main"])
        ports = ports(path) if callable(ports) else ports
        pending += progress.settle((node, path), ports)
    return order


def test_a_chain_runs_in_order() -> None:
    assert run(graph("t>a", "a>b", "b>c"), {}) == ["t", "a", "b", "c"]


def test_a_join_waits_for_both_branches() -> None:
    assert run(graph("t>a", "t>b", "b>c", "a>d", "c>d"), {}) == ["t", "a", "b", "c", "d"]


def test_a_branch_that_carries_nothing_is_skipped_with_all_behind_it() -> None:
    shape = graph("t>if", "if.true>a", "if.false>b", "b>c", "a>join", "c>join")
    assert run(shape, {"if": ["true"]}) == ["t", "if", "a", "join"]


def test_a_join_of_dead_branches_is_skipped() -> None:
    assert run(graph("t>if", "if.x>a", "if.y>b", "a>join", "b>join"), {"if": []}) == ["t", "if"]


def test_what_the_trigger_does_not_reach_takes_no_part() -> None:
    links = [Link("t", "main", "a"), Link("other", "main", "a")]
    assert run(Graph("t", links), {}) == ["t", "a"]


def test_a_loop_runs_until_nothing_comes_back_and_then_delivers() -> None:
    shape = graph("t>loop", "loop.loop>body", "body>loop", "loop.done>after")
    carries: dict[str, Any] = {"loop": lambda path: ["loop"] if path[-1] < 2 else ["done"]}
    assert run(shape, carries) == [
        "t", "loop[0]", "body[0]", "loop[1]", "body[1]", "loop[2]", "after",
    ]  # fmt: skip


def test_the_head_of_a_loop_runs_again_though_nothing_came_back() -> None:
    shape = graph("t>loop", "loop.loop>body", "body>loop", "loop.done>after")
    carries: dict[str, Any] = {"loop": lambda path: ["loop"] if path[-1] < 2 else ["done"], "body": []}
    assert run(shape, carries) == ["t", "loop[0]", "body[0]"]
    assert run(shape, carries, "loop") == [
        "t", "loop[0]", "body[0]", "loop[1]", "body[1]", "loop[2]", "after",
    ]  # fmt: skip


def test_the_head_of_a_loop_does_not_run_again_when_it_began_nothing() -> None:
    shape = graph("t>loop", "loop.loop>body", "body>loop", "loop.done>after")
    assert run(shape, {"loop": []}, "loop") == ["t", "loop[0]"]
    assert run(shape, {"loop": ["done"]}, "loop") == ["t", "loop[0]", "after"]


def test_loops_nest() -> None:
    shape = graph(
        "t>outer", "outer.loop>inner", "inner.loop>body", "body>inner", "inner.done>outer", "outer.done>after"
    )
    carries: dict[str, Any] = {
        "outer": lambda path: ["loop"] if path[-1] < 2 else ["done"],
        "inner": lambda path: ["loop"] if path[-1] < 1 else ["done"],
    }
    order = run(shape, carries)
    assert order == [
        "t",
        "outer[0]", "inner[0][0]", "body[0][0]", "inner[0][1]",
        "outer[1]", "inner[1][0]", "body[1][0]", "inner[1][1]",
        "outer[2]", "after",
    ]  # fmt: skip


def test_two_loops_in_a_row() -> None:
    shape = graph("t>a", "a.loop>x", "x>a", "a.done>b", "b.loop>y", "y>b", "b.done>end")
    once: dict[str, Any] = {
        "a": lambda path: ["loop"] if path[-1] < 1 else ["done"],
        "b": lambda path: ["loop"] if path[-1] < 1 else ["done"],
    }
    order = run(shape, once)
    assert order == ["t", "a[0]", "x[0]", "a[1]", "b[0]", "y[0]", "b[1]", "end"]


def test_a_loop_that_is_never_entered_lets_what_follows_be_skipped() -> None:
    shape = graph("t>if", "if.yes>loop", "loop.loop>x", "x>loop", "loop.done>end", "if.no>end")
    assert run(shape, {"if": ["no"]}) == ["t", "if", "end"]


def test_a_cycle_with_two_entrances_is_refused_and_named() -> None:
    with pytest.raises(IrreducibleError) as caught:
        graph("t>a", "t>b", "a>b", "b>a")
    assert set(caught.value.edge) == {"a", "b"}


# --- properties ----------------------------------------------------------------------------------------------


@st.composite
def shapes(draw: st.DrawFn) -> tuple[Graph, int]:
    """Random reducible graphs: built by putting sequences, branches and loops into one another; and a seed."""
    wires: list[Link] = []
    counter = iter(range(1000))

    def region(entry: str, depth: int) -> str:
        """Wire something behind `entry`; gives the node it ends in."""
        kind = draw(st.sampled_from(["node", "sequence", "branch", "loop"] if depth < 3 else ["node"]))
        if kind == "node":
            name = f"n{next(counter)}"
            wires.append(Link(entry, draw(st.sampled_from(["main", "other"])), name))
            return name
        if kind == "sequence":
            return region(region(entry, depth + 1), depth + 1)
        if kind == "branch":
            ends = [region(entry, depth + 1) for _ in range(draw(st.integers(2, 3)))]
            join = f"j{next(counter)}"
            wires.extend(Link(end, "main", join) for end in ends)
            return join
        head = f"l{next(counter)}"
        wires.append(Link(entry, "main", head))
        wires.append(Link(region(head, depth + 1), "main", head))
        return head

    end = region("t", 0)
    wires.append(Link(end, "other", "end"))
    return Graph("t", dict.fromkeys(wires)), draw(st.integers(0, 2**32))


def heads_of(shape: Graph, seed: int) -> Collection[int]:
    """The nodes that decide when their loop ends: in every second graph all that head one, otherwise none."""
    return set(shape.units) if seed % 2 else ()


def outputs(shape: Graph, key: Key, seed: int) -> tuple[str, ...]:
    """What a step gives: any of its ports, always the same for one step, and nothing from the fourth iteration."""
    node, path = key
    if any(i >= 3 for i in path):
        return () if node in heads_of(shape, seed) else ("other",)
    return tuple(port for port in ("main", "other") if random.Random(f"{seed}{node}{path}{port}").random() < 0.75)


def straight(shape: Graph, seed: int) -> dict[Key, tuple[str, ...]]:
    """Run everything in order; no step may become ready twice."""
    progress, done = Progress(shape, heads_of(shape, seed)), dict[Key, tuple[str, ...]]()
    pending: list[Key] = [(0, ())]
    while pending:
        key = pending.pop(0)
        assert key not in done, "a step became ready twice"
        done[key] = outputs(shape, key, seed)
        pending += progress.settle(key, done[key])
        assert len(done) < 5_000
    return done


@settings(max_examples=150, deadline=None)
@given(shapes(), st.randoms(use_true_random=False))
def test_any_interleaving_runs_the_same_steps(shaped: tuple[Graph, int], chance: random.Random) -> None:
    shape, seed = shaped
    progress, done = Progress(shape, heads_of(shape, seed)), dict[Key, tuple[str, ...]]()
    pending: list[Key] = [(0, ())]
    while pending:
        key = pending.pop(chance.randrange(len(pending)))
        done[key] = outputs(shape, key, seed)
        pending += progress.settle(key, done[key])
    assert done == straight(shape, seed)


@settings(max_examples=150, deadline=None)
@given(shapes(), st.randoms(use_true_random=False))
def test_a_crash_anywhere_changes_nothing(shaped: tuple[Graph, int], chance: random.Random) -> None:
    """Run with a journal, forget everything but it at random moments, and ask again what is ready."""
    shape, seed = shaped
    expected = straight(shape, seed)
    journal: dict[Key, tuple[str, ...]] = {}
    while todo := ready(shape, _shuffled(journal, chance), heads_of(shape, seed)):
        for key in chance.sample(todo, chance.randint(1, len(todo))):
            assert key not in journal, "a recorded step would run again"
            journal[key] = outputs(shape, key, seed)
        assert len(journal) < 5_000
    assert journal == expected


def _shuffled(journal: dict[Key, tuple[str, ...]], chance: random.Random) -> dict[Key, Collection[str]]:
    keys = list(journal)
    chance.shuffle(keys)
    return {key: journal[key] for key in keys}
