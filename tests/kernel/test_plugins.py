"""Plugins: what is found, what is refused, and that the broken harm nothing."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest

from a8n import Credential, Event, Kernel, Node, Secret, hookimpl
from tests.kernel.toys import KERNEL, Put, Toys


def plugin(**attributes: Any) -> Any:
    return type("plugin", (), {name: staticmethod(value) for name, value in attributes.items()})


class Plain(Node):
    """A node."""

    key = "plain.node"
    effect = "pure"


class Keyless(Node):
    """A node without a key."""


class Silent(Node):
    key = "silent.node"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (plugin(register_nodes=lambda: 1 / 0), "ZeroDivisionError"),
        (plugin(register_nodes=lambda: [int]), "not a node class"),
        (plugin(register_nodes=lambda: Plain), "must return a list"),
        (plugin(register_nodes=lambda: [Keyless]), "has no key"),
        (plugin(register_nodes=lambda: [Silent]), "has no docstring"),
        (plugin(register_nodes=lambda: [Plain, Plain]), "two classes with one key"),
        (plugin(register_nodes=lambda: [Put]), "is taken by the plugin 'Toys'"),
        (plugin(register_noses=hookimpl(lambda: [])), "no hook named register_noses"),
        (plugin(register_nodes=lambda: exit(3)), "SystemExit"),
    ],
)
def test_a_broken_plugin_is_reported_and_left_out(broken: Any, reason: str) -> None:
    kernel = Kernel([Toys, broken])
    healthy, left_out = kernel.plugins
    assert healthy.healthy
    assert left_out.error is not None
    assert reason in left_out.error
    assert set(kernel.catalogue) == set(KERNEL.catalogue)


def test_a_plugin_that_fails_on_import_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        importlib.metadata.EntryPoint("toys", "tests.kernel.toys:Toys", "a8n"),
        importlib.metadata.EntryPoint("gone", "no_such_module", "a8n"),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    kernel = Kernel.discover()
    assert {report.name: report.healthy for report in kernel.plugins} == {"gone": False, "toys": True}
    assert "no_such_module" in str(kernel.plugins[0].error)


def test_a_lock_keeps_out_what_it_does_not_name(tmp_path: Path) -> None:
    lock = tmp_path / "a8n.plugins.lock"
    lock.write_text(json.dumps({"a8n": importlib.metadata.version("a8n")}))
    assert all(report.healthy for report in Kernel.discover(lock).plugins)
    lock.write_text(json.dumps({"a8n": "0.0.0"}))
    refused = Kernel.discover(lock).plugins
    assert refused
    assert all("is not in" in str(report.error) for report in refused)


def test_the_catalogue_is_json_and_complete() -> None:
    described = json.loads(json.dumps(KERNEL.catalogue.describe()))
    put = next(entry for entry in described if entry["key"] == "toy.put")
    assert (put["title"], put["description"], put["kind"]) == ("Put", "Puts a value under a name.", "node")
    assert put["params"]["properties"]["name"]["type"] == "string"
    greet = next(entry for entry in described if entry["key"] == "toy.greet")
    assert greet["output_schema"]["properties"]["text"]["type"] == "string"


def test_a_credential_in_a_schema_is_a_slot_and_shows_nothing_of_the_secret() -> None:
    schema = KERNEL.catalogue["toy.locked"].describe()["params"]
    assert "token" not in json.dumps(schema)
    slot = schema["properties"]["lock"]
    slot = schema["$defs"][slot["$ref"].rpartition("/")[2]] if "$ref" in slot else slot
    assert slot["x-a8n"] == {"widget": "credential", "types": ["toy.key"], "expr": False}


def test_a_secret_has_no_repr() -> None:
    class Pass(Credential):
        """A pass."""

        key = "test.pass"
        word: Secret

    assert "tiger" not in repr(Pass.model_validate({"word": "tiger"}))


def test_observers_see_events_and_one_that_raises_is_dropped() -> None:
    seen: list[Event] = []

    def bad(event: Event) -> None:
        raise ValueError("no")

    kernel = Kernel([plugin(on_event=hookimpl(lambda event: seen.append(event))), plugin(on_event=hookimpl(bad))])
    event = Event("execution.started", "e", "w", 0)
    kernel.manager.emit(event)
    kernel.manager.emit(event)
    assert len(seen) == 2
    assert [report.healthy for report in kernel.plugins] == [True, False]
