"""What databases hold, as JSON."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import uuid
from typing import Any

from a8n import JSON


def portable(value: Any) -> JSON:
    """A value as JSON: times in ISO 8601, exact numbers and UUIDs as text, bytes in base64."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return value.total_seconds()
        case decimal.Decimal() | uuid.UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(value)).decode("ascii")
        case list() | tuple() | set() | frozenset():
            return [portable(one) for one in value]
        case dict():
            return {str(name): portable(one) for name, one in value.items()}
        case _:  # addresses, ranges, points and the like
            return str(value)
