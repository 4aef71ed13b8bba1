"""What can go wrong with stored state, in words that say whether trying again helps."""

from __future__ import annotations

from a8n.errors import A8nError


class SettingsError(A8nError):
    """A setting or the data folder is wrong; the message names the variable or the path."""


class StoreError(A8nError):
    """The store did not take or give what it was asked for."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached or is busy; the same request may succeed later (HTTP 503).

    A commit that raises this was not acknowledged, and may or may not have happened.
    """


class StoreFullError(StoreError):
    """No space is left where the store keeps its files; nothing was changed (HTTP 507)."""


class MigrationError(StoreError):
    """The tables are not those this version of a8n works with."""


class FencedError(StoreError):
    """Another process has claimed this execution, or it was deleted: this one may write nothing to it any more."""

    def __init__(self, execution_id: str):
        super().__init__(f"execution {execution_id} now belongs to another process")
        self.execution_id = execution_id


class RepeatedError(StoreError):
    """A request with this idempotency key has started an execution before; `execution_id` is that one's."""

    def __init__(self, execution_id: str):
        super().__init__(f"the same request has already started execution {execution_id}")
        self.execution_id = execution_id
