"""`a8n plugin new`: a plugin distribution with tests, ready to be changed."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import click

from a8n_web.cli.failures import Failure, Misuse

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_NAME = 40
FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "{module}/__init__.py": "plugin.py",
    "{module}/icon.svg": "icon.svg",
    "{module}/py.typed": None,
    "tests/test_{module}.py": "test_plugin.py",
}
"""What is written, and the template of each."""


@click.group()
def plugin() -> None:
    """Write plugins."""


@plugin.command()
@click.argument("name")
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path),
              help="Where to put it; by default ./a8n-NAME.")  # fmt: skip
def new(name: str, directory: Path | None) -> None:
    """Write a plugin distribution called a8n-NAME, with a node, tests, an icon and its entry point."""
    name = name.removeprefix("a8n-")
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise Misuse(f"{name!r} is no plugin name: use lower-case letters, digits and single hyphens, such as my-crm")
    module = f"a8n_{name.replace('-', '_')}"
    if importlib.util.find_spec(module) is not None:
        raise Failure(f"there is a package {module} in this environment already; choose another name")
    folder = directory or Path(f"a8n-{name}")
    if folder.exists() and any(folder.iterdir()):
        raise Failure(f"{folder} is not empty")
    written = write(folder, name, module)
    click.echo(f"wrote {len(written)} files to {folder}; now:\n")
    click.echo(f"  cd {folder}\n  pip install -e . --group dev\n  pytest\n  a8n plugins")


def write(folder: Path, name: str, module: str) -> list[Path]:
    """Render the templates into a folder; gives what was written."""
    import jinja2

    templates = jinja2.Environment(  # noqa: S701  # it writes Python and TOML, not HTML
        loader=jinja2.PackageLoader("a8n_web.cli", "templates/plugin"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    words = _words(name, module)
    written = []
    for target, template in FILES.items():
        path = folder / target.format(module=module)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = templates.get_template(f"{template}.jinja").render(words) if template is not None else ""
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _words(name: str, module: str) -> Mapping[str, str]:
    return {
        "name": name,
        "module": module,
        "distribution": f"a8n-{name}",
        "key": name.replace("-", "_"),
        "title": name.replace("-", " ").capitalize(),
        "a8n_version": version("a8n"),
    }
