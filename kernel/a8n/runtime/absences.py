"""Rows that this process leaves to others for a while, because something that their workflows need is not here."""

from __future__ import annotations

from time import monotonic

from sqlalchemy import ColumnElement, true, tuple_

from a8n.runtime.schema import schedules
from a8n.runtime.standing import Place

SECONDS = 60.0
MOST = 5_000
"""Places that are kept: the databases bound the parameters of a query."""


class Absences:
    """Places to pass over, each for a minute."""

    def __init__(self) -> None:
        self._until: dict[Place, float] = {}

    def add(self, place: Place) -> None:
        """Pass over a row."""
        if len(self._until) < MOST:
            self._until[place] = monotonic() + SECONDS

    def others(self) -> ColumnElement[bool]:
        """The condition that a row is not passed over."""
        moment = monotonic()
        self._until = {place: until for place, until in self._until.items() if until > moment}
        if not self._until:
            return true()
        return tuple_(schedules.c.workflow_id, schedules.c.node).not_in(list(self._until))
