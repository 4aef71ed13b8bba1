"""The API as an OpenAPI 3.1 document, made by quart-schema from the route table at the first request for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from quart import Quart
from quart_schema import QuartSchema, Tag
from quart_schema.openapi import OpenAPIProvider
from werkzeug.routing.rules import Rule

import a8n
from a8n.runtime.access import Permission
from a8n_web.routes import Route

if TYPE_CHECKING:
    from a8n_web.calls import Web

KEY = "a8n_openapi"
DESCRIPTIONS = {
    200: "Done.",
    201: "Made.",
    202: "Accepted; it goes on in the background.",
    204: "Done; there is nothing to say.",
    303: "Goes on at another address.",
    304: "Not changed since the ETag that you sent.",
    400: "The body or a header cannot be read.",
    401: "Not signed in, or the proof is wrong.",
    403: "You may see it, but not do this.",
    404: "There is no such thing, or you may not know of it.",
    409: "It clashes with something that exists.",
    412: "Somebody saved in between: `If-Match` is not the current revision.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The content is not valid; `errors` names each place.",
    429: "Too many attempts; `Retry-After` says how long to wait.",
    502: "The service that was asked refused or failed.",
    503: "Not available now; `Retry-After` says when to try again.",
    504: "The service that was asked did not answer in time.",
}
TAGS = {
    "Users": "Signing up and in, sessions, and people.",
    "API keys": "Access for scripts.",
    "Tables": "Small tables inside of a8n, which people and workflows read and write.",
    "Projects": "The walls between teams: members and variables.",
    "Workflows": "Documents, drafts, switching on and off.",
    "Nodes and connections": "One part of a draft at a time.",
    "Versions": "Published versions and checkpoints of the draft: looking back, comparing, restoring.",
    "Executions": "Running workflows, and what came of it.",
    "Data": "What flows through a node: pinned, or recorded by an execution.",
    "Expressions": "What expressions give on real data, and what could come next.",
    "Credentials": "Secrets that nodes use and nobody reads back.",
    "Catalogue": "What is installed.",
    "MCP": "Workflows as tools of MCP clients.",
    "Instance": "Health, webhooks, audit.",
}
ABOUT = (
    "JSON in and out. Lists answer `{data, next_cursor}`. Errors are problem documents (RFC 9457). Times are RFC 3339 "
    "in UTC, ids are opaque. `ETag` and `If-Match` guard against lost updates."
)


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    """The id under which the log has it."""
    errors: list[dict[str, str]] = []
    """Each with `path`, `message` and `code`."""


class Provider(OpenAPIProvider):
    """quart-schema's generator, fed by the route table in place of decorators."""

    def generate_rules(self) -> Iterable[Rule]:
        """The rules of the table, in its order; pages are left out."""
        rules = {rule.endpoint: rule for rule in self._app.url_map.iter_rules()}
        return [rules[route.name] for route in self._app.extensions["a8n_routes"]]

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """One operation."""
        route: Route = next(route for route in self._app.extensions["a8n_routes"] if route.name == rule.endpoint)
        components: dict[str, Any] = {}
        operation: dict[str, Any] = {
            "operationId": route.name,
            "summary": route.summary,
            "description": route.description,
            "tags": [route.tag],
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in route.parameters
            ],
        }
        if route.permission is Permission.PUBLIC:
            operation["security"] = []
        else:
            operation["description"] += f"\n\nNeeds `{route.permission}`."
        if route.query is not None:
            parameters, found = self.build_querystring_parameters(route.query)
            operation["parameters"] += [_named(parameter, route.query) for parameter in parameters]
            components |= found
        operation["parameters"] += _headers(route)
        if route.body is not None:
            from quart_schema.validation import DataSource

            operation["requestBody"], found = self.build_request_body(route.body, DataSource.JSON)
            operation["requestBody"]["required"] = not route.body_optional
            components |= found
        operation["responses"], found = self._responses(route)
        components |= found
        return {route.path: {route.method.lower(): operation}}, components

    def _responses(self, route: Route) -> tuple[dict[str, Any], dict[str, Any]]:
        components: dict[str, Any] = {}
        done: dict[str, Any] = {"description": DESCRIPTIONS[route.status]}
        if route.answer is not None:
            content, components = self.build_response_object(route.answer, None)
            done["content"] = content["content"]
        elif route.status != 204:
            done["content"] = {route.media: {"schema": {"type": "string" if "json" not in route.media else "object"}}}
        responses = {str(route.status): done}
        for status in sorted(_refusals(route)):
            responses[str(status)] = {"description": DESCRIPTIONS[status]}
            if status != 304:
                schema = {"$ref": "#/components/schemas/Problem"}
                responses[str(status)]["content"] = {"application/problem+json": {"schema": schema}}
        return responses, components


def document(web: Web) -> dict[str, Any]:
    """The whole document; made once."""
    app = web.app
    assert app is not None
    if KEY not in app.extensions:
        app.extensions[KEY] = _document(app, web)
    found: dict[str, Any] = app.extensions[KEY]
    return found


def _document(app: Quart, web: Web) -> dict[str, Any]:
    app.config.setdefault("QUART_SCHEMA_CONVERSION_PREFERENCE", "pydantic")
    app.config.setdefault("QUART_SCHEMA_CONVERT_CASING", False)
    extension = QuartSchema(
        info={"title": "a8n", "version": a8n.__version__, "description": ABOUT},
        tags=[Tag(name, description) for name, description in TAGS.items()],
        servers=[{"url": web.instance.url}],
        security_schemes={
            "bearer": {"type": "http", "scheme": "bearer", "bearer_format": "JWT"},
            "key": {"type": "apiKey", "in_": "header", "name": "X-API-Key"},
        },
        security=[{"bearer": []}, {"key": []}],
    )
    made = Provider(app, extension).schema()
    made["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    return {**made, "paths": dict(made["paths"])}


def _named(parameter: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The parameter; optional where its model says so."""
    by_name = {field.alias or name: field for name, field in model.model_fields.items()}
    field = by_name[parameter["name"]]
    return {**parameter, "required": field.is_required()}


def _headers(route: Route) -> list[dict[str, Any]]:
    found = []
    if 412 in route.refusals:
        found.append(_header("If-Match", "The ETag of what you saw; 412 where it is not current any more."))
        found.append(_header("X-A8N-Tab", "Names the sender; those who watch the workflow are told it as `client`."))
    if 304 in route.refusals:
        found.append(_header("If-None-Match", "The ETag of what you have; 304 where it is still current."))
    if route.handler.__name__ in ("run_workflow", "retry_execution", "replay_execution"):
        found.append(_header("Idempotency-Key", "Starts one execution however often the request is sent."))
    return found


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": description}


def _refusals(route: Route) -> set[int]:
    """Every status of a problem that a route can give."""
    found = set(route.refusals) | {503}
    if route.permission is not Permission.PUBLIC:
        found |= {401, 403}
    if re.search(r"\{id\}", route.path):
        found.add(404)
    if route.body is not None:
        found |= {400, 413, 415, 422}
    if route.query is not None:
        found.add(422)
    return found
