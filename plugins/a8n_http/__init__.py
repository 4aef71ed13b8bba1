"""HTTP: call any web API, with credentials, pages, files and retries."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_http.credentials import HttpBasic, HttpBearer, HttpHeader, HttpQuery
from a8n_http.oauth2 import HttpOAuth2
from a8n_http.oauth2_code import HttpOAuth2Code
from a8n_http.request import HttpRequest


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """One node for every API that has no node of its own."""
    return [HttpRequest]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """How APIs want to be convinced."""
    return [HttpBasic, HttpBearer, HttpHeader, HttpQuery, HttpOAuth2, HttpOAuth2Code]
