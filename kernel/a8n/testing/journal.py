"""A journal as strict as the database's."""

from __future__ import annotations

import json

from a8n.errors import NodeError
from a8n.items import pack
from a8n.journal import MemoryJournal, StepRecord


class StrictJournal(MemoryJournal):
    """Keeps records in memory and refuses output that is not JSON, so that a test fails where production would."""

    def record(self, record: StepRecord) -> None:
        """Append it. Raises NodeError when an output holds NaN or anything that is no JSON value."""
        try:
            json.dumps(pack(record.outputs), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise NodeError(f"the output is not JSON: {error}", retryable=False) from None
        super().record(record)
