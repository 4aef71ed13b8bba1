"""Workflows in few words. File 4 shows what they are in full; from file 5 on they are drawn with these."""

from __future__ import annotations

from a8n import JSON


def node(id: str, type: str, params: dict[str, JSON] | None = None, **settings: JSON) -> dict[str, JSON]:
    """A node, named by its id."""
    return {"id": id, "name": id, "type": type, "params": params or {}, "settings": settings}


def put(id: str, **fields: JSON) -> dict[str, JSON]:
    """A node that sets fields of each item."""
    return node(id, "data.set", {"fields": [{"name": name, "value": value} for name, value in fields.items()]})


def when(id: str, left: JSON, op: str, right: JSON) -> dict[str, JSON]:
    """An If with one condition."""
    return node(id, "flow.if", {"conditions": {"list": [{"left": left, "op": op, "right": right}]}})


def workflow(nodes: list[dict[str, JSON]], *wires: str) -> dict[str, JSON]:
    """A workflow that is started by hand at `start`. Wires: `"start > check"`, `"check.true > merge.a"`."""
    connections = []
    for wire in wires:
        source, target = wire.split(" > ")
        start, _, output = source.partition(".")
        end, _, port = target.partition(".")
        connections.append({"from": start, "output": output or "main", "to": end, "input": port or "main"})
    return {"name": "Fundamentals", "nodes": [node("start", "manual.trigger"), *nodes], "connections": connections}
