"""The workflows that are measured."""

from __future__ import annotations

from itertools import pairwise

from a8n.items import JSON


def hook(path: str, returns: str = "first") -> dict[str, JSON]:
    params = {"path": path, "methods": ["POST"], "respond": {"mode": "last_node", "returns": returns}}
    return {"id": "hook", "name": "Webhook", "type": "webhook.trigger", "params": params}


def put(id: str, **fields: JSON) -> dict[str, JSON]:
    rows = [{"name": name, "value": value} for name, value in fields.items()]
    return {"id": id, "name": id, "type": "data.set", "params": {"fields": rows}}


def chain(*ids: str) -> list[dict[str, str]]:
    return [{"from": a, "to": b} for a, b in pairwise(ids)]


def answer() -> dict[str, JSON]:
    return {"name": "W1", "nodes": [hook("w1")], "connections": []}


def five_nodes() -> dict[str, JSON]:
    """Webhook, set, if, set, and a node that answers: seven expressions."""
    condition = {"left": {"$": "json.total"}, "op": "gt", "right": 10}
    return {
        "name": "W2",
        "nodes": [
            hook("w2"),
            put("prepare", name={"$": "json.body.user.name | upper"}, total={"$": "json.body.price * json.body.count"}),
            {"id": "check", "name": "check", "type": "flow.if", "params": {"conditions": {"list": [condition]}}},
            put("greet", text={"$t": "Hello {{ json.name }}, that is {{ json.total }}"}, big=True),
            put("small", text={"$t": "Hello {{ json.name }}"}, big=False),
            {"id": "end", "name": "end", "type": "data.set", "params": {
                "mode": "only", "fields": [{"name": "answer", "value": {"$": "json.text"}}]}},
        ],
        "connections": [
            {"from": "hook", "to": "prepare"}, {"from": "prepare", "to": "check"},
            {"from": "check", "output": "true", "to": "greet"}, {"from": "check", "output": "false", "to": "small"},
            {"from": "greet", "to": "end"}, {"from": "small", "to": "end"},
        ],
    }  # fmt: skip


def twenty() -> dict[str, JSON]:
    ids = [f"s{i}" for i in range(20)]
    nodes = [put(name, **{f"v{i}": {"$": "json.body.count + 1"}}) for i, name in enumerate(ids)]
    return {"name": "W3", "nodes": [hook("w3"), *nodes], "connections": chain("hook", *ids)}


def thousand_items() -> dict[str, JSON]:
    keep = {"left": {"$": "json.n"}, "op": "gte", "right": 500}
    return {
        "name": "W4",
        "nodes": [
            hook("w4"),
            {"id": "split", "name": "split", "type": "data.split_out", "params": {"field": "body.list"}},
            put("set", double={"$": "json.n * 2"}),
            {"id": "filter", "name": "filter", "type": "flow.filter", "params": {"conditions": {"list": [keep]}}},
            {"id": "all", "name": "all", "type": "data.aggregate", "params": {
                "collect": {"what": "items", "name": "rows"}}},
        ],
        "connections": [
            {"from": "hook", "to": "split"}, {"from": "split", "to": "set"}, {"from": "set", "to": "filter"},
            {"from": "filter", "output": "true", "to": "all"},
        ],
    }  # fmt: skip


SMALL = b'{"user": {"name": "Ana"}, "price": 7, "count": 3}'
