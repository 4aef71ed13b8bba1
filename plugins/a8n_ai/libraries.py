"""Libraries that come with extras of a8n, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from a8n import NodeError


def library(name: str, extra: str = "ai") -> Any:
    """A module of an extra. Raises NodeError with the command that installs it."""
    try:
        return import_module(name)
    except ImportError as error:
        missing = (error.name or name).partition(".")[0]
        raise NodeError(
            f"the library {missing} is not installed on this server",
            hint=f"pip install 'a8n[{extra}]'",
            retryable=False,
        ) from error
