"""Forms: start a workflow when somebody fills in a public page."""

from __future__ import annotations

from a8n import Trigger, hookimpl
from a8n_forms.trigger import FormTrigger


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """The page."""
    return [FormTrigger]
