"""Schedule: start a workflow at times of the clock and of the calendar."""

from __future__ import annotations

from a8n import Trigger, hookimpl
from a8n_schedule.trigger import Schedule

__all__ = ["Schedule", "register_triggers"]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """All triggers of this plugin."""
    return [Schedule]
