"""`docs/api.md` is made of the server's own `/openapi.json`. `make docs` writes it anew."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any

from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n_web.app import create_app

PAGE = Path(__file__).parent.parent / "docs" / "api.md"
HEAD = """\
# The REST API

Made from `/openapi.json`, which every server has, with `/docs` to try it out; `make docs` writes this page anew.

"""
SIGNING_IN = """
Send `Authorization: Bearer …` with the token that signing up or in gave, or `X-API-Key: …`. A required field is set in
**bold**. Each answer may also be a problem: the statuses, with their reasons, and all schemas stand in the document.
What `/webhook/{path}` and `/resume/{token}` take and answer is for workflows to say: see the [nodes](nodes.md).
"""


async def document() -> dict[str, Any]:
    """What a new server answers at `/openapi.json`."""
    with tempfile.TemporaryDirectory() as folder:
        instance = await Instance.open(Settings(data_dir=Path(folder)), Kernel())
        try:
            answer = await create_app(instance).test_client().get("/openapi.json")
            found: dict[str, Any] = await answer.get_json()
            return found
        finally:
            await instance.close(grace=0)


def reference(document: dict[str, Any]) -> str:
    """The whole page."""
    parts = [HEAD + fill(document["info"]["description"], 118) + "\n" + SIGNING_IN]
    for tag in document["tags"]:
        rows = [_row(document, *found) for found in _operations(document) if found[2]["tags"] == [tag["name"]]]
        parts.append(f"\n## {tag['name']}\n\n{tag['description']}\n\n| | | takes | needs |\n|---|---|---|---|\n")
        parts += rows
    return "".join(parts)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _row(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    needs = re.search(r"Needs `(.+?)`\.$", operation["description"])
    permission = f"`{needs[1]}`" if needs is not None else "nothing" if operation.get("security") == [] else "?"
    takes = ", ".join([*_query(operation), *_body(document, operation)])
    return f"| `{method} {path}` | {_cell(operation['summary'])} | {takes} | {permission} |\n"


def _query(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            yield f"`?{parameter['name']}`"
        elif parameter["in"] == "header":
            yield f"`{parameter['name']}:`"


def _body(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for name in schema.get("properties", {}):
            yield f"**`{name}`**" if name in schema.get("required", ()) else f"`{name}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


async def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(await document()), "run: make docs"


async def test_every_route_is_on_the_page_with_what_it_needs() -> None:
    page = PAGE.read_text(encoding="utf-8")
    operations = list(_operations(await document()))
    assert len(operations) > 50
    assert [path for method, path, _ in operations if f"`{method} {path}`" not in page] == []
    assert "| ? |" not in page


if __name__ == "__main__":
    PAGE.write_text(reference(asyncio.run(document())), encoding="utf-8")
