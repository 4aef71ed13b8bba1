"""Flow: where items go, in what order, how often, and when."""

from __future__ import annotations

from a8n import BatchNode, Node, Trigger, hookimpl
from a8n_flow.branches import Filter, If
from a8n_flow.ending import NoOperation, StopWithError
from a8n_flow.failures import ErrorTrigger
from a8n_flow.loops import LoopOverItems, RepeatUntil
from a8n_flow.merge import Merge
from a8n_flow.subworkflow import RunWorkflow
from a8n_flow.switch import Switch
from a8n_flow.waiting import Pause

__all__ = [
    "ErrorTrigger",
    "Filter",
    "If",
    "LoopOverItems",
    "Merge",
    "NoOperation",
    "Pause",
    "RepeatUntil",
    "RunWorkflow",
    "StopWithError",
    "Switch",
    "register_nodes",
    "register_triggers",
]


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """All nodes of this plugin."""
    return [
        If,
        Filter,
        Switch,
        Merge,
        LoopOverItems,
        RepeatUntil,
        Pause,
        RunWorkflow,
        StopWithError,
        NoOperation,
    ]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """All triggers of this plugin."""
    return [ErrorTrigger]
