"""The kernel: plugins and what they registered, as one explicit object."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from a8n.catalogue import Catalogue
from a8n.plugins import PluginManager, PluginReport


class Kernel:
    """Made once per process: `Kernel.discover()` in production, `Kernel(plugins=[...])` in tests."""

    def __init__(self, plugins: Iterable[Any] = ()):
        self.manager = PluginManager()
        self.manager.load(plugins)
        self.catalogue = Catalogue(self.manager.registry)

    @classmethod
    def discover(cls, lock: Path | None = None) -> Kernel:
        """Load the plugins of all installed distributions, or of those alone that `lock` names."""
        kernel = cls.__new__(cls)
        kernel.manager = PluginManager()
        kernel.manager.discover(lock)
        kernel.catalogue = Catalogue(kernel.manager.registry)
        return kernel

    @property
    def plugins(self) -> list[PluginReport]:
        """What became of each plugin that was found."""
        return self.manager.reports
