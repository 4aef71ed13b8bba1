"""Ids of stored things."""

from __future__ import annotations

from uuid_utils import uuid7


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: of this process, each is greater than the one before.

    Keys that grow lie together in the B-tree, which makes durable inserts about twice as fast as random ones.
    """
    return str(uuid7())
