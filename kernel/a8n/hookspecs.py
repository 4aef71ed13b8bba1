"""The constitution: everything a plugin may hook into. Each spec says when it is called and what it returns."""

from __future__ import annotations

import pluggy

from a8n.credential import Credential
from a8n.events import Event
from a8n.node import BatchNode, Node
from a8n.trigger import Trigger

hookspec = pluggy.HookspecMarker("a8n")
hookimpl = pluggy.HookimplMarker("a8n")


@hookspec
def register_nodes() -> list[type[Node] | type[BatchNode]]:  # type: ignore[empty-body]  # a spec has no body
    """Called once when the kernel starts: return the node classes of this plugin."""


@hookspec
def register_credentials() -> list[type[Credential]]:  # type: ignore[empty-body]
    """Called once when the kernel starts: return the credential kinds of this plugin."""


@hookspec
def register_triggers() -> list[type[Trigger]]:  # type: ignore[empty-body]
    """Called once when the kernel starts: return the trigger classes of this plugin."""


@hookspec
def on_event(event: Event) -> None:
    """Called for every event of an execution (see `a8n.Event`), on the event loop: be quick, do not raise."""
