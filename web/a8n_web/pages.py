"""Pages: the built builder where it is there, a page that says how to go on where not, and the API's reference."""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path

from quart import Quart, Response, request

from a8n_web import files, headers
from a8n_web.problems import Refusal, problem

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
"""The built builder."""
OWN = FOLDER / "own"
"""Pages of our own: plain HTML and CSS, and one script for the API's reference."""
HASHED = "assets/"
"""Where the build puts files whose names change with their content."""
HEAD = "<head>"
SIGNED_IN = "/oauth/done"
"""Where a service's window ends up; it shows how that went, and nothing else."""
RESERVED = ("/api/", "/webhook/", "/resume/", "/form/", "/chat/", "/mcp", "/metrics", "/own/")


def install(app: Quart, static: Path = STATIC, base: str = "/") -> None:
    """Serve them. The builder has its own addresses, so what is no route and no file is its index page.

    `base` is the path below which the outside sees all this; a proxy in front takes it away.
    """

    async def own(name: str) -> Response:
        return await files.sent(OWN, name) or problem(Refusal(404, "there is no such file"))

    async def docs() -> Response:
        return await own("docs.html")

    async def index() -> Response:
        folder = static if (static / "index.html").is_file() else OWN
        content = await asyncio.to_thread((folder / "index.html").read_text, encoding="utf-8")
        page = based(content, base).encode()
        response = files.answer(page, files.KINDS[".html"], files.tag(page))
        group = headers.SHARED_GROUP if request.path == SIGNED_IN else headers.POPUPS
        response.headers["Cross-Origin-Opener-Policy"] = group
        return response

    async def elsewhere(error: Exception) -> Response:
        if request.method not in ("GET", "HEAD") or request.path.startswith(RESERVED):
            return problem(Refusal(404, "nothing is at this address"))
        name = request.path.lstrip("/")
        if "." not in name.rpartition("/")[2] and not name.startswith(HASHED):
            return await index()
        caching = files.IMMUTABLE if name.startswith(HASHED) else files.REVALIDATED
        return await files.sent(static, name, caching) or problem(Refusal(404, "there is no such file"))

    app.add_url_rule("/", "index", index, methods=["GET"])
    app.add_url_rule("/docs", "docs", docs, methods=["GET"])
    app.add_url_rule("/own/<path:name>", "own", own, methods=["GET"])
    app.register_error_handler(404, elsewhere)


def based(page: str, base: str) -> str:
    """The page with the address that its relative links start from: it is sent for every address of the builder."""
    return page.replace(HEAD, f'{HEAD}\n<base href="{escape(base)}">', 1)
