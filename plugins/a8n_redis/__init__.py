"""Redis: values, lists, hashes, streams and messages, and starting at new ones."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_redis.entries import NewEntry
from a8n_redis.hashes import HashNode
from a8n_redis.keys import Delete, Get, Increment, Keys, Set
from a8n_redis.lists import ListNode
from a8n_redis.messages import NewMessage, Publish
from a8n_redis.server import RedisServer
from a8n_redis.streams import StreamNode


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What is done with data."""
    return [Get, Set, Increment, Delete, Keys, ListNode, HashNode, StreamNode, Publish]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """What is published, and what comes into streams."""
    return [NewMessage, NewEntry]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Servers."""
    return [RedisServer]
