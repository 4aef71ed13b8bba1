"""Reading a stranger's request: bounded, and into the form that triggers take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from a8n.items import JSON, FileRef
from a8n.runtime.hooks import Found
from a8n.trigger import Request
from a8n_web.bodies import BodyError, Limits, read_json

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

__all__ = ["BodyError", "read_body", "read_content", "read_form", "read_head"]

MAX_FIELDS = 1_000
"""Of a query or a form."""
MAX_FILES = 100


async def read_body(scope: Mapping[str, Any], receive: Callable[[], Awaitable[Any]], limit: int) -> bytes:
    """The whole body. Raises BodyError 413 as soon as it is known to be larger than `limit` bytes."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyError(400, "Incomplete body", "the connection ended before the body did")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> BodyError:
    return BodyError(413, "Body too large", f"the limit is {limit} bytes")


def read_head(scope: Mapping[str, Any], raw: bytes, found: Found | None, path: str, client: str) -> Request:
    """The request with its body unread: enough to tell who it is from. `client` is the address it came from."""
    query = scope["query_string"]
    return Request(
        method=scope["method"],
        path=path,
        params={name: unquote(value) for name, value in found.params.items()} if found is not None else {},
        query=_fields(query.decode("latin-1")) if query else {},
        headers=_headers(scope),
        raw=raw,
        client=client,
        url=scope["path"],
    )


async def read_content(instance: Instance, request: Request, as_file: bool = False) -> None:
    """Put body and files into the request; files go to the blob store. Only after its sender is known."""
    request.body, request.files = await _body(instance, request.headers, request.raw, as_file)


def read_form(instance: Instance, headers: Mapping[str, str], raw: bytes) -> JSON:
    """The fields of a form that a person sends, or a JSON body. Nothing is stored: files count as left out."""
    from a8n_web.multipart import parse

    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return read_json(raw, Limits(depth=instance.settings.max_depth))
    if kind != "multipart/form-data":
        return _fields(_text(raw))
    fields: dict[str, JSON] = {}
    for part in parse(headers["content-type"], raw, max_parts=MAX_FIELDS, max_files=MAX_FILES):
        if part.filename is None:
            _add(fields, part.name, _text(part.data))
    return fields


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _body(
    instance: Instance, headers: Mapping[str, str], raw: bytes, as_file: bool
) -> tuple[JSON, Mapping[str, FileRef]]:
    if not raw:
        return None, {}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if as_file:
        return None, {"file": await instance.blobs.save(raw, "body", kind or "application/octet-stream")}
    if kind == "application/json" or kind.endswith("+json"):
        return read_json(raw, Limits(depth=instance.settings.max_depth)), {}
    if kind == "application/x-www-form-urlencoded":
        return _fields(_text(raw)), {}
    if kind == "multipart/form-data":
        return await _multipart(instance, headers["content-type"], raw)
    if kind.startswith("text/") or kind in ("application/xml", "application/javascript"):
        return _text(raw), {}
    if not kind:
        return _guess(instance, raw), {}
    return None, {"file": await instance.blobs.save(raw, "body", kind)}


def _guess(instance: Instance, raw: bytes) -> JSON:
    """A body without a type: JSON where it is JSON, else text."""
    if raw[:1] in b'{["':
        return read_json(raw, Limits(depth=instance.settings.max_depth))
    return _text(raw)


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyError(400, "Not UTF-8", f"the body is not UTF-8 at byte {error.start}") from None
    if "\0" in text:
        raise BodyError(400, "NUL character", "the body holds a NUL character")
    return text


def _fields(text: str) -> dict[str, JSON]:
    """Names and values; a name that comes twice has a list."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="utf-8", errors="strict")
    except UnicodeDecodeError:
        raise BodyError(400, "Not UTF-8", "a field is not UTF-8") from None
    except ValueError:
        raise BodyError(400, "Too many fields", f"at most {MAX_FIELDS} fields are taken") from None
    fields: dict[str, JSON] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise BodyError(400, "NUL character", f"the field {name!r} holds a NUL character")
        _add(fields, name, value)
    return fields


def _add(fields: dict[str, JSON], name: str, value: str) -> None:
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]


async def _multipart(instance: Instance, content_type: str, raw: bytes) -> tuple[JSON, Mapping[str, FileRef]]:
    """Form fields, and files as handles: the only way a file comes into being from outside."""
    from a8n_web.multipart import parse

    fields: dict[str, JSON] = {}
    files: dict[str, FileRef] = {}
    for part in parse(content_type, raw, max_parts=MAX_FIELDS, max_files=MAX_FILES):
        if part.filename is None:
            _add(fields, part.name, _text(part.data))
            continue
        name = part.name
        number = 1
        while name in files:
            number += 1
            name = f"{part.name}_{number}"
        files[name] = await instance.blobs.save(part.data, part.filename, part.mime)
    return fields, files
