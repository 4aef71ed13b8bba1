"""What is installed: node types with their live choices, credential kinds, plugins and their icons."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import inspect
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, Field
from quart import Response

from a8n.credential import REFERENCE, Credential
from a8n.errors import NodeError, Problem
from a8n.fields import loaders_of
from a8n.items import JSON
from a8n.plugins import PluginReport
from a8n.runtime.access import Permission
from a8n.runtime.egress_guard import guarded
from a8n.runtime.refusals import NotFoundError
from a8n_web.api.credentials import masked
from a8n_web.api.users import Body
from a8n_web.calls import Call
from a8n_web.loaders import collection, node_type
from a8n_web.problems import Refusal, invalid
from a8n_web.routes import Routes

routes = Routes("Catalogue")

OPTIONS_TIMEOUT = 20.0
"""Seconds."""
MAX_CHOICES = 1_000
COMPRESSED = 10_000
"""Bytes from which an answer is worth compressing."""
ICON_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class NodeType(BaseModel):
    """A node or trigger type: everything a form and a palette need."""

    key: str
    version: int
    title: str
    description: str
    group: str
    kind: str
    """`node`, or the kind of trigger: `manual`, `webhook`, `poll`, `listen`."""
    place: str
    """Of a trigger with an address, what stands before its path: `webhook`, `form` or `chat`."""
    plugin: str
    icon: str
    subtitle: str
    inputs: list[str]
    outputs: list[str]
    dynamic_outputs: bool
    """Whether the outputs depend on parameters; ask `POST …/ports`."""
    effect: str
    batch: bool
    loop: bool
    params: dict[str, Any]
    """JSON Schema 2020-12, with hints for the form under `x-a8n`."""
    output_schema: dict[str, Any] | None
    options: dict[str, Any]
    """Fields with live choices, and the fields that these need."""
    examples: list[dict[str, Any]]


class NodeTypes(BaseModel):
    """All node types."""

    data: list[NodeType]
    next_cursor: str | None = None


class CredentialKind(BaseModel):
    """A kind of credential, with the schema of its form."""

    key: str
    title: str
    description: str
    docs: str
    icon: str
    oauth: bool
    """Somebody signs in at the service: `POST /api/credentials/{id}/oauth/start`."""
    plugin: str
    fields: dict[str, Any]
    used_by: list[str]


class CredentialKinds(BaseModel):
    """All credential kinds."""

    data: list[CredentialKind]
    next_cursor: str | None = None


class Plugin(BaseModel):
    """A plugin, and whether it is in use."""

    name: str
    distribution: str
    version: str
    doc: str
    healthy: bool
    error: str | None
    nodes: list[str]
    triggers: list[str]
    credentials: list[str]
    icon: str | None


class Plugins(BaseModel):
    """All plugins that were found."""

    data: list[Plugin]
    next_cursor: str | None = None


class OptionsBody(Body):
    """What live choices depend on."""

    params: dict[str, Any] = Field(default_factory=dict)
    """Values of the node's other fields; a credential as `{"$credential": id}`."""
    search: str = ""


class PortsBody(Body):
    """What the outputs of a node depend on."""

    params: dict[str, Any] = Field(default_factory=dict)


class Ports(BaseModel):
    """The outputs of a node."""

    outputs: list[str]


class Choice(BaseModel):
    """One entry of a drop-down."""

    value: str | int
    label: str
    description: str


class Choices(BaseModel):
    """Live choices."""

    data: list[Choice]
    next_cursor: str | None = None


@routes.get("/api/node-types", Permission.CATALOGUE, collection, answer=NodeTypes, refusals=(304,))
async def list_node_types(call: Call) -> Response:
    """All node and trigger types. Changes only when plugins are installed: use `ETag`."""
    return _cached(call, {"data": call.web.kernel.catalogue.describe(), "next_cursor": None})


@routes.get("/api/node-types/{key}", Permission.CATALOGUE, node_type, answer=NodeType, refusals=(304, 404))
async def read_node_type(call: Call) -> Response:
    """One node type."""
    return _cached(call, call.object.describe())


@routes.post("/api/node-types/{key}/ports", Permission.CATALOGUE, node_type, body=PortsBody, answer=Ports)
async def ports(call: Call) -> dict[str, JSON]:
    """The outputs that a node of this type has with these parameters, finished or not."""
    return {"outputs": list(call.object.ports(call.body.params))}


@routes.get(
    "/api/node-types/{key}/icon.svg", Permission.CATALOGUE, node_type, media="image/svg+xml", refusals=(304, 404)
)
async def type_icon(call: Call) -> Response:
    """The picture of a node type whose `icon` is the name of an SVG file."""
    return await _picture(call, _file(call.object.plugin, call.object.cls.icon))


@routes.post(
    "/api/node-types/{key}/options/{field}", Permission.CREDENTIAL_USE, node_type, body=OptionsBody, answer=Choices,
    refusals=(404, 502, 504),
)  # fmt: skip
async def live_choices(call: Call) -> dict[str, JSON]:
    """Ask the service for the choices of a field, with the credential that the node would use."""
    loader = loaders_of(call.object.cls).get(call.args["field"])
    if loader is None:
        raise NotFoundError("field with live choices")
    arguments = await _arguments(call, loader)
    opened = [value for value in arguments.values() if isinstance(value, Credential)]
    try:
        async with asyncio.timeout(OPTIONS_TIMEOUT):
            choices = await loader(**arguments)
    except NodeError as error:
        raise Refusal(502, _masked(error.message, opened), "The service refused") from None
    except TimeoutError:
        raise Refusal(504, f"the service did not answer within {OPTIONS_TIMEOUT:.0f} s") from None
    except Exception as error:  # a plugin's SDK raises what it likes; the person wants to know why
        text = _masked(f"{type(error).__name__}: {error}", opened)[:500]
        raise Refusal(502, text, "The choices cannot be loaded") from None
    data = [{"value": c.value, "label": c.label or str(c.value), "description": c.description} for c in choices]
    return {"data": data[:MAX_CHOICES], "next_cursor": None}


@routes.get("/api/credential-kinds", Permission.CATALOGUE, collection, answer=CredentialKinds, refusals=(304,))
async def list_credential_kinds(call: Call) -> Response:
    """All kinds of credentials, each with the schema of its form."""
    return _cached(call, {"data": call.web.kernel.catalogue.describe_credentials(), "next_cursor": None})


@routes.get("/api/plugins", Permission.CATALOGUE, collection, answer=Plugins)
async def list_plugins(call: Call) -> dict[str, JSON]:
    """All plugins that were found, and why one is not in use."""
    data = [
        {
            "name": report.name, "distribution": report.distribution, "version": report.version, "doc": report.doc,
            "healthy": report.healthy, "error": report.error, "nodes": report.nodes, "triggers": report.triggers,
            "credentials": report.credentials,
            "icon": f"/api/plugins/{report.name}/icon.svg" if _icon(report) is not None else None,
        }
        for report in call.web.kernel.plugins
    ]  # fmt: skip
    return {"data": data, "next_cursor": None}


@routes.get(
    "/api/plugins/{name}/icon.svg", Permission.CATALOGUE, collection, media="image/svg+xml", refusals=(304, 404)
)
async def plugin_icon(call: Call) -> Response:
    """The icon of a plugin."""
    name = call.args["name"]
    report = next((report for report in call.web.kernel.plugins if report.name == name), None)
    return await _picture(call, _icon(report) if report is not None else None)


async def _arguments(call: Call, loader: Any) -> dict[str, Any]:
    """What a loader asks for, taken from the request. Raises 422 where something it needs is not there yet."""
    params: Mapping[str, JSON] = call.body.params
    arguments: dict[str, Any] = {}
    for name, parameter in inspect.signature(loader).parameters.items():
        if name == "http":
            arguments[name] = call.web.instance.http
        elif name == "search":
            arguments[name] = call.body.search
        elif name in params:
            arguments[name] = await _value(call, name, params[name])
        elif parameter.default is inspect.Parameter.empty:
            raise invalid([Problem(f"params.{name}", "fill this in first: the choices depend on it", "missing")])
    held = [value for value in arguments.values() if isinstance(value, Credential)]
    if "http" in arguments:
        arguments["http"] = guarded(arguments["http"], held)
    return arguments


async def _value(call: Call, name: str, value: JSON) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {REFERENCE} and isinstance(value[REFERENCE], str):
        row = await call.web.credentials.get_for(call.actor, value[REFERENCE], Permission.CREDENTIAL_USE)
        try:
            return await call.web.credentials.open(row)
        except NodeError as error:
            raise Refusal(502, error.message, "The service refused") from None
    if len(value) == 1 and next(iter(value)).startswith("$"):
        text = "holds an expression, which has a value only while the workflow runs"
        raise invalid([Problem(f"params.{name}", text, "expression")])
    return value


def _masked(text: str, opened: list[Credential]) -> str:
    for credential in opened:
        text = masked(text, credential)
    return text


async def _picture(call: Call, path: Path | None) -> Response:
    if path is None:
        raise NotFoundError("icon")
    response = _tagged(call, await asyncio.to_thread(path.read_bytes), "image/svg+xml")
    response.headers["Content-Security-Policy"] = ICON_POLICY
    return response


def _icon(report: PluginReport) -> Path | None:
    return _file(report, "icon.svg")


def _file(report: PluginReport, name: str) -> Path | None:
    """An SVG file right beside the plugin's module, never one elsewhere."""
    if report.folder is None or not name.endswith(".svg") or Path(name).name != name:
        return None
    path = report.folder / name
    return path if path.is_file() else None


def _cached(call: Call, body: JSON) -> Response:
    return _tagged(call, orjson.dumps(body), "application/json")


def _tagged(call: Call, content: bytes, kind: str) -> Response:
    """The content with a strong ETag, compressed where the caller takes that, or 304 where they have it already."""
    small = len(content) < COMPRESSED or call.request.accept_encodings.quality("gzip") <= 0
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}{"" if small else "-gzip"}"'
    known = [tag.strip().removeprefix("W/") for tag in call.request.headers.get("If-None-Match", "").split(",")]
    if etag in known:
        response = Response(b"", 304)
    else:
        response = Response(content if small else _gzipped(content), content_type=kind)
        if not small:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = etag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@lru_cache(maxsize=8)
def _gzipped(content: bytes) -> bytes:
    """It is the same until plugins change: compressed once."""
    return gzip.compress(content, 6, mtime=0)
