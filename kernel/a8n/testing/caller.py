"""The web request that waits for an execution, as a list of what it was answered."""

from __future__ import annotations

from a8n.services import Reply


class FakeCaller:
    """Keeps what nodes answer. As with the real one, only the first reply counts."""

    fleeting = True

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.chunks: list[bytes] = []

    @property
    def answer(self) -> Reply | None:
        """The reply that counts."""
        return self.replies[0] if self.replies else None

    def reply(self, reply: Reply) -> None:
        """Keep it."""
        self.replies.append(reply)

    def stream(self, chunk: bytes) -> None:
        """Keep it."""
        self.chunks.append(chunk)
