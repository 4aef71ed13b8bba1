"""What the store refuses to do, each with a sentence for the person who asked."""

from __future__ import annotations

from a8n.errors import A8nError


class NotFoundError(A8nError):
    """There is no such object, or whoever asks may not know that there is."""

    def __init__(self, what: str):
        super().__init__(f"there is no such {what}")
        self.what = what


class ForbiddenError(A8nError):
    """The object may be seen, but not this be done with it."""

    def __init__(self, detail: str):
        super().__init__(detail)


class ConflictError(A8nError):
    """What was asked clashes with something that exists. `path` is the field at fault, if one is."""

    def __init__(self, detail: str, *, path: str = ""):
        super().__init__(detail)
        self.path = path


class StaleError(A8nError):
    """Somebody saved in between: the revision that the caller saw is not the current one."""

    def __init__(self, current: int):
        super().__init__(f"somebody changed it in the meantime; its revision is now {current}")
        self.current = current
