"""What one evaluation of a compiled expression costs."""

from __future__ import annotations

import gc
from time import perf_counter
from typing import Any, Final

from a8n.expressions import compile_expression, exposed

CASES: Final = [
    ("plain path", "json.user.name", False),
    ("path of another node", 'node("Hook").json.id', False),
    ("path and filter", "json.user.name | upper", False),
    ("arithmetic", "json.price * 2 + 1", False),
    ("comparison", "json.price > 10", False),
    ("text with two paths", "Hello {{ json.user.name }}, {{ json.price }}!", True),
    ("text with path and filter", "Hello {{ json.user.name }}, {{ json.user.name | upper }}!", True),
]
ROUNDS: Final = 7
EVALUATIONS: Final = 20_000


class _Scope:
    json: Final[dict[str, Any]] = {"user": {"name": "Ada"}, "price": 9.5}

    def lookup(self, name: str) -> Any:
        if name != "node":
            raise KeyError(name)
        return _node


@exposed("json")
class _View:
    json: Final = {"id": 7}


def _node(name: str) -> _View:
    return _View()


def measure() -> list[tuple[str, float]]:
    """`(what, microseconds per evaluation)`, the best of several rounds."""
    return [(name, _cost(source, template)) for name, source, template in CASES]


def _cost(source: str, template: bool) -> float:
    expression, scope = compile_expression(source, template=template), _Scope()
    rounds = []
    gc.disable()
    try:
        for _ in range(ROUNDS):
            start = perf_counter()
            for _ in range(EVALUATIONS):
                expression.evaluate(scope)
            rounds.append(perf_counter() - start)
    finally:
        gc.enable()
    return min(rounds) / EVALUATIONS * 1e6


if __name__ == "__main__":
    for name, cost in measure():
        print(f"{name:28} {cost:6.2f} µs")
