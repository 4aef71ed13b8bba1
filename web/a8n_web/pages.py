"""Pages: the built builder where it is there, a page that says how to go on where not, and the API's reference."""

from __future__ import annotations

from pathlib import Path

from quart import Quart, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from a8n_web.problems import Refusal, problem

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
"""The built builder."""
OWN = FOLDER / "own"
"""Pages of our own: plain HTML and CSS, and one script for the API's reference."""
IMMUTABLE = "public, max-age=31536000, immutable"
RESERVED = ("/api/", "/webhook/", "/resume/", "/form/", "/chat/", "/mcp", "/metrics", "/own/")


def install(app: Quart, static: Path = STATIC) -> None:
    """Serve them. The builder has its own addresses, so what is no route and no file is its index page."""

    async def own(name: str) -> Response:
        return await _file(OWN, name)

    async def docs() -> Response:
        return await _file(OWN, "docs.html")

    async def index() -> Response:
        return await _file(static if (static / "index.html").is_file() else OWN, "index.html")

    async def elsewhere(error: Exception) -> Response:
        if request.method not in ("GET", "HEAD") or request.path.startswith(RESERVED):
            return problem(Refusal(404, "nothing is at this address"))
        if "." not in request.path.rpartition("/")[2]:
            return await index()
        try:
            response = await _file(static, request.path.lstrip("/"))
        except NotFound:
            return problem(Refusal(404, "there is no such file"))
        if request.path.startswith("/assets/"):
            response.headers["Cache-Control"] = IMMUTABLE
        return response

    app.add_url_rule("/", "index", index, methods=["GET"])
    app.add_url_rule("/docs", "docs", docs, methods=["GET"])
    app.add_url_rule("/own/<path:name>", "own", own, methods=["GET"])
    app.register_error_handler(404, elsewhere)


async def _file(folder: Path, name: str) -> Response:
    """A file that the browser asks for again each time, which costs a 304: an update shows at once."""
    response = await send_from_directory(folder, name)
    response.headers["Cache-Control"] = "no-cache"
    response.headers.pop("Expires", None)
    return response
