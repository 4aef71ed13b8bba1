"""What becomes of an answer: items, text or a file; or an error that says when to try again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from a8n import JSON, Context, Field, FileName, HttpResponse, Item, NodeError, Parameters
from a8n_http.values import listed

MAX_WAIT = 86_400.0
"""Seconds: more than a day of Retry-After is taken for a day."""
WORTH_A_RETRY = frozenset({408, 425, 429})
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class AutoResponse(Parameters):
    """By the answer's own type: JSON as items, text as text, everything else as a file."""

    kind: Literal["auto"] = Field("auto", description="What the answer becomes.")
    file: FileName = Field("file", description="Name of the file on the item, where the answer is one.")


class JsonResponse(Parameters):
    """JSON, whatever type the answer claims. A list becomes one item per element."""

    kind: Literal["json"] = Field("json", description="What the answer becomes.")
    items: str = Field("", description="Dotted path of a list in the answer, such as data.orders, to make items of.")


class TextResponse(Parameters):
    """Text, whatever type the answer claims."""

    kind: Literal["text"] = Field("text", description="What the answer becomes.")
    field: str = Field("text", description="Name of the item's field for the text.", min_length=1)


class FileResponse(Parameters):
    """A file on the item."""

    kind: Literal["file"] = Field("file", description="What the answer becomes.")
    file: FileName = Field("file", description="Name of the file on the item.")
    file_name: str = Field("", description="The file's own name; empty takes the one that the service gives.")


Response = Annotated[AutoResponse | JsonResponse | TextResponse | FileResponse, Field(discriminator="kind")]


async def items_of(
    ctx: Context, response: AutoResponse | JsonResponse | TextResponse | FileResponse, answer: HttpResponse, full: bool
) -> list[Item]:
    """The items that an answer gives; with `full` always one, that has status, headers and URL too."""
    if isinstance(response, FileResponse):
        return [await _file(ctx, answer, response.file, response.file_name, full)]
    if isinstance(response, AutoResponse) and answer.body and _kind(answer) == "file":
        return [await _file(ctx, answer, response.file, "", full)]
    body: JSON
    if isinstance(response, TextResponse) or (isinstance(response, AutoResponse) and _kind(answer) == "text"):
        body = answer.text if full else {getattr(response, "field", "text"): answer.text}
    else:
        body = parsed(answer)
    if full:
        return [Item({**_facts(answer), "body": body})]
    if isinstance(response, JsonResponse) and response.items:
        body = listed(body, response.items, "response.items")
    if body is None and not answer.body:
        return [Item({})]
    return [
        Item(one if isinstance(one, dict) else {"value": one}) for one in (body if isinstance(body, list) else [body])
    ]


def parsed(answer: HttpResponse) -> JSON:
    """The answer as JSON, None for an empty one. Raises NodeError when it is none, or holds what no item may."""
    if not answer.body.strip():
        return None
    try:
        value = json.loads(answer.body, parse_constant=_refused)
        if SURROGATE.search(answer.body):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        host = urlsplit(answer.url).hostname
        start = answer.text[:80].replace("\n", " ")
        raise NodeError(
            f"{host} gave no valid JSON ({type(error).__name__}: {str(error)[:120]}); it begins with {start!r}",
            field="response",
            retryable=False,
        ) from None
    return value


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _kind(answer: HttpResponse) -> Literal["json", "text", "file"]:
    mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime == "application/json" or mime.endswith("+json"):
        return "json"
    if not answer.body:
        return "json"
    if not mime:
        return "json" if answer.body.lstrip()[:1] in (b"{", b"[") else "text"
    texts = ("application/xml", "application/javascript", "application/x-www-form-urlencoded", "application/yaml",
             "application/x-ndjson")  # fmt: skip
    return "text" if mime.startswith("text/") or mime in texts or mime.endswith("+xml") else "file"


async def _file(ctx: Context, answer: HttpResponse, name: str, file_name: str, full: bool) -> Item:
    mime = answer.headers.get("content-type", "").partition(";")[0].strip() or "application/octet-stream"
    ref = await ctx.files.save(answer.body, file_name or name_of(answer), mime)
    facts: dict[str, JSON] = {"name": ref.name, "mime": ref.mime, "size": ref.size}
    return Item({**_facts(answer), "body": facts} if full else facts, {name: ref})


def name_of(answer: HttpResponse) -> str:
    """The name that the service gives a file (RFC 6266), else the end of its URL. Never a path."""
    disposition = answer.headers.get("content-disposition", "")
    extended = re.search(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", disposition, re.IGNORECASE)
    plain = re.search(r"filename\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]+))", disposition, re.IGNORECASE)
    if extended:
        name = unquote(extended[1])
    elif plain:
        name = plain[1] or plain[2] or ""
    else:
        name = unquote(urlsplit(answer.url).path)
    name = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", name).strip(" .")[:200] or "file"


def _facts(answer: HttpResponse) -> dict[str, JSON]:
    return {"status": answer.status, "headers": dict(answer.headers), "url": answer.url}


def failure(method: str, answer: HttpResponse, mask: Callable[[str], str]) -> NodeError:
    """The error for a status of 400 and above: worth a retry for 408, 425, 429 and 5xx.

    `mask` takes secrets out of what the service said.
    """
    parts = urlsplit(answer.url)
    where = f"{parts.scheme}://{parts.netloc}{parts.path}"
    try:
        phrase = f" {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = ""
    said = mask(" ".join(answer.text[:4000].split()))[:300] if _kind(answer) != "file" else ""
    return NodeError(
        mask(f"{method} {where} answered {answer.status}{phrase}{': ' if said else ''}{said}"),
        hint=_HINTS.get(answer.status),
        retry_after=retry_after(answer.headers),
        retryable=answer.status >= 500 or answer.status in WORTH_A_RETRY,
    )


_HINTS: Mapping[int, str] = {
    401: "the service does not know who asks: check the credential",
    403: "the credential is known, but it may not do this",
    404: "check the URL, and whether the credential may see what is behind it",
    429: "the service wants fewer requests: set batching, or retries",
}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the Retry-After header (RFC 9110 section 10.2.3), a number or a date; at most a day."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value[:9]), MAX_WAIT)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), MAX_WAIT)
