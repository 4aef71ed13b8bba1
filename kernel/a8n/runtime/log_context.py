"""Where a line of the log comes from: context variables, so that what a node's SDK logs carries the step, too."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

from a8n.items import JSON
from a8n.node import Context
from a8n.services import ExecutionInfo


class Place(NamedTuple):
    """An execution, and the step where one is running. Setting one costs a tenth of a microsecond; the names are
    read when a line is written."""

    info: ExecutionInfo
    step: Context | None = None

    def fields(self) -> dict[str, JSON]:
        """The fields of a line: ids, and of a step its node, path and attempt."""
        info = self.info
        fields: dict[str, JSON] = {"execution": info.id, "workflow": info.workflow_id, "project": info.project_id}
        if self.step is not None:
            fields["node"] = self.step.node_id
            if self.step.path:
                fields["path"] = ".".join(map(str, self.step.path))
            fields["attempt"] = self.step.attempt
        return fields


PLACE: ContextVar[Place | None] = ContextVar("a8n_place", default=None)
REQUEST: ContextVar[str] = ContextVar("a8n_request", default="")
"""Id of the web request that is being answered."""


def here() -> dict[str, JSON]:
    """The fields that a line written now has."""
    fields: dict[str, JSON] = {}
    place, request = PLACE.get(), REQUEST.get()
    if place is not None:
        fields.update(place.fields())
    if request:
        fields["request"] = request
    return fields
