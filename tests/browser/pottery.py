"""A stranger's plugin: a package of its own, built and installed by pip, of which a8n knows nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "a8n-pottery"
version = "3.1.4"

[project.entry-points.a8n]
pottery = "a8n_pottery"

[tool.hatch.build.targets.wheel]
packages = ["a8n_pottery"]
"""
MODULE = '''"""Pottery: pots and bowls made to order."""

from typing import Annotated, Literal

from a8n import Context, Credential, Example, Field, Multiline, Node, NodeError, Parameters, Secret, hint, hookimpl


class PotteryAccount(Credential):
    """An account at the pottery."""

    key = "pottery.account"

    token: Secret = Field(description="Scratched into the bottom of your first pot.")

    async def check(self, http) -> str:
        if self.token.get_secret_value() == "stolen":
            raise NodeError("the potter does not know this scratch")
        return "signed in as the potter"


class Plain(Parameters):
    """Only fired."""

    kind: Literal["plain"] = "plain"


class Glazed(Parameters):
    """With a coat of glaze."""

    kind: Literal["glazed"] = "glazed"
    colour: str = Field(min_length=1, description="Colour of the glaze.")


class OrderPot(Node):
    """Order a pot at the pottery.

    It is thrown by hand, and takes a week.
    """

    key = "pottery.order"
    title = "Order a pot"
    group = "app"
    subtitle = "{name} x {count}"
    effect = "pure"
    examples = (
        Example("A blue vase", {"name": "vase", "finish": {"kind": "glazed", "colour": "blue"}}),
    )

    name: str = Field(min_length=1, description="What kind of pot.")
    count: int = Field(default=1, ge=1, description="How many of them.")
    gift: bool = Field(default=False, description="Whether it is wrapped.")
    finish: Plain | Glazed = Field(default=Plain(), discriminator="kind", description="How it is finished.")
    sizes: list[int] | str = Field(default="", description="Widths and heights, or a word for them.")
    account: PotteryAccount | None = Field(default=None, description="Account to order with.")
    card: Annotated[Multiline, hint(advanced=True)] = Field(default="", description="A card that comes along.")

    def run(self, ctx: Context) -> dict[str, str | int]:
        colour = self.finish.colour if isinstance(self.finish, Glazed) else "clay"
        return {"pot": f"{colour} {self.name}", "count": self.count}


@hookimpl
def register_nodes():
    return [OrderPot]


@hookimpl
def register_credentials():
    return [PotteryAccount]
'''
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<path d="M8 3h8l-1 4c4 3 4 10 0 14H9c-4-4-4-11 0-14z"/>
</svg>
"""


def install(folder: Path) -> Path:
    """Write the package and have pip install it; gives the folder to put on the path."""
    package = folder / "a8n-pottery"
    module = package / "a8n_pottery"
    module.mkdir(parents=True)
    (package / "pyproject.toml").write_text(PYPROJECT)
    (module / "__init__.py").write_text(MODULE)
    (module / "icon.svg").write_text(ICON)
    target = folder / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(target), str(package)], check=True, timeout=120)
    return target
