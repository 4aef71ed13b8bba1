"""Full Python: CPython with its standard library, in the operating system's sandbox."""

from __future__ import annotations

from collections.abc import Sequence

from a8n import JSON, NodeError
from a8n_code.packages import packages
from a8n_code.running import Job, Printed
from a8n_code.sandbox import RefusedError, run_in_sandbox

HINT = (
    "full Python needs Linux with user namespaces: set sysctl kernel.unprivileged_userns_clone=1 (Debian) or "
    "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container, its seccomp and AppArmor profiles have "
    "to allow them. Portable Python runs without"
)


class Full:
    """Runs in a process of its own, which has no network, no files but the library, and no way to start another."""

    def __init__(self, declared: Sequence[str] = ()):
        self._declared = declared

    async def run(self, job: Job, printed: Printed) -> JSON:
        """What the code returned. Raises NodeError."""
        folder = await packages.folder(self._declared)
        try:
            return await run_in_sandbox("python", folder, job, printed)
        except RefusedError as error:
            message = f"full Python cannot be shut off from this machine: {error}"
            raise NodeError(message, hint=HINT, field="runs_in", retryable=False) from None
