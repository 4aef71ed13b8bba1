"""Headers on every answer: what a browser may do with it, and who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Quart, Response, request

if TYPE_CHECKING:
    from a8n.runtime.settings import Settings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
    "object-src 'none'"
)
"""Scripts come from our own files alone: none inline, no eval. Inline styles place nodes on the canvas."""
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POPUPS = "same-origin-allow-popups"
"""Of the builder's page: it opens a service's sign-in, and has to know when that window was closed. The page takes
away the window's way back before the service is in it."""
SHARED_GROUP = "unsafe-none"
"""Of the way back from a service: with any other, the window would count as closed as soon as it comes back."""
TRANSPORT = "max-age=31536000; includeSubDomains"
METHODS = "GET, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "authorization, content-type, idempotency-key, if-match, if-none-match, x-api-key, x-a8n-client, x-a8n-tab, "
    "mcp-protocol-version, mcp-method, mcp-name"
)
ANSWER_HEADERS = "etag, location, retry-after"


def install(app: Quart, settings: Settings) -> None:
    """Set them on everything that the application answers."""

    @app.after_request
    async def secure(response: Response) -> Response:
        headers = response.headers
        for name, value in FIXED.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", POLICY)
        if request.path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        if request.scheme == "https" or settings.public_url.startswith("https:"):
            headers.setdefault("Strict-Transport-Security", TRANSPORT)
        origin = request.headers.get("Origin", "")
        if origin and origin.lower() in settings.allowed_origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
            headers["Access-Control-Expose-Headers"] = ANSWER_HEADERS
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = METHODS
                headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
                headers["Access-Control-Max-Age"] = "600"
        if settings.allowed_origins:
            headers.add("Vary", "Origin")
        return response
