"""The table of live webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from a8n.runtime.hooks import Hook, Hooks
from a8n.trigger import Route


def hook(workflow: str, path: str, *methods: str, listening: bool = False) -> Hook:
    route = Route(path, methods or ("POST",))
    return Hook(workflow, "p", workflow, 1, "hook", None, route, cast(Any, None), listening)


def found(hooks: Hooks, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    hit = hooks.find(method, path)
    return (hit.hook.workflow_id, dict(hit.params)) if hit is not None else None


def test_literal_paths_come_before_those_with_parameters() -> None:
    hooks = Hooks()
    hooks.put("any", [hook("any", "orders/{id}")])
    hooks.put("new", [hook("new", "orders/new")])
    assert found(hooks, "POST", "orders/new") == ("new", {})
    assert found(hooks, "POST", "orders/7") == ("any", {"id": "7"})
    assert found(hooks, "POST", "orders") is None
    assert found(hooks, "POST", "orders/7/8") is None
    assert found(hooks, "GET", "orders/7") is None
    assert hooks.methods("orders/7") == ["POST"]


def test_hooks_go_with_their_workflow() -> None:
    hooks = Hooks()
    hooks.put("a", [hook("a", "x"), hook("a", "y")])
    hooks.put("a", [hook("a", "y")])
    assert found(hooks, "POST", "x") is None
    hooks.put("a", [])
    assert found(hooks, "POST", "y") is None
    assert list(hooks) == []


def test_a_draft_that_listens_covers_its_own_workflow_and_no_other() -> None:
    hooks = Hooks()
    published = hook("a", "x")
    hooks.put("a", [published])
    hooks.put("a:listening", [replace(published, version=0, listening=True)])
    hit = hooks.find("POST", "x")
    assert hit is not None
    assert hit.hook.listening
    hooks.put("b:listening", [hook("b", "x", listening=True), hook("b", "free", listening=True)])
    assert found(hooks, "POST", "x") == ("a", {})
    assert found(hooks, "POST", "free") == ("b", {})
    hooks.put("a:listening", [])
    hit = hooks.find("POST", "x")
    assert hit is not None
    assert not hit.hook.listening
