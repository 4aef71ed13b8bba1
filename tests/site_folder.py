"""A plugin as pip would leave it, without pip: for processes that find it through PYTHONPATH."""

from __future__ import annotations

from pathlib import Path


def site_folder(folder: Path, name: str, source: str) -> Path:
    """A new folder that holds the plugin `name`, a module of this source, and its entry point."""
    site = folder / "site"
    metadata = site / f"a8n_{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / f"a8n_{name}.py").write_text(source)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: a8n-{name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[a8n]\n{name} = a8n_{name}\n")
    return site
