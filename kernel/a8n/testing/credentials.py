"""Credentials without a vault."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from a8n.credential import Credential
from a8n.errors import NodeError
from a8n.services import HttpClient

Kind = TypeVar("Kind", bound=Credential)


def credential(kind: type[Kind], **values: Any) -> Kind:
    """A credential of a kind, from plain values: `credential(TelegramBot, token="1:a")`."""
    return kind.model_validate(values)


class MemoryCredentials:
    """Opens credentials from a mapping of ids, and remembers which ones were opened."""

    def __init__(self, credentials: Mapping[str, Credential]):
        self._credentials = dict(credentials)
        self.opened: list[str] = []

    async def open(self, credential_id: str) -> Credential:
        """The credential. Raises NodeError when there is none with this id."""
        if credential_id not in self._credentials:
            raise NodeError(f"there is no credential {credential_id!r}", retryable=False)
        self.opened.append(credential_id)
        return self._credentials[credential_id]

    def guard(self, http: HttpClient, opened: Collection[Credential]) -> HttpClient:
        """The client as it is: these go anywhere."""
        return http
