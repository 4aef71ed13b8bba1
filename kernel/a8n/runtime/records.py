"""A step's record as bytes: JSON, checked to be what comes back when it is read."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from a8n.errors import NodeError
from a8n.forms import Form
from a8n.items import JSON, FileRef, Item, pack, unpack
from a8n.journal import StepRecord, WaitRecord
from a8n.services import Reply

Fragment = orjson.Fragment
PASS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_finite = json.JSONEncoder(allow_nan=False, check_circular=False).encode


class StoredStep(NamedTuple):
    """What is noted of a step at one moment, in the order in which it stands in a page."""

    node: str
    path: str
    """Iteration indices, joined by dots; empty outside of loops."""
    status: str
    """`started` is the intent of an unsafe step."""
    attempt: int
    started_at: int
    finished_at: int
    data: JSON
    """Outputs (see a8n.items.pack), error, logs, wait; None where there is none, or it is in the blob store."""
    blob: str | None
    """SHA-256 of the data in the blob store; also in the table `files`."""


def paged(steps: Sequence[tuple[Any, ...]]) -> bytes:
    """Steps in the order of StoredStep, their data already encoded (a Fragment), as one JSON text."""
    return orjson.dumps(steps)


def unpage(page: bytes) -> list[StoredStep]:
    """The inverse of `paged`, with the data decoded."""
    return [StoredStep(*step) for step in orjson.loads(page)]


def encode(record: StepRecord, limit: int) -> bytes | None:
    """What a step gave, as JSON; None for a step that gave nothing and says nothing.

    Raises NodeError, naming the place, for an output that is not JSON or above `limit` bytes. An error, a log
    and what a wait keeps are made to fit instead: they must never hide the failure they tell about.
    """
    outputs = pack(record.outputs)
    document: dict[str, JSON] = {"outputs": outputs} if outputs else {}
    if record.error is not None or record.logs or record.wait is not None or record.reply is not None:
        _add_words(document, record)
    if not document:
        return None
    try:
        encoded = orjson.dumps(document, option=PASS)
    except TypeError as error:
        raise _not_json(record.outputs, str(error)) from None
    if b"\\u0000" in encoded and NUL.search(encoded):
        raise _not_json(record.outputs, "text with a NUL character")
    if b"null" in encoded and not _all_finite(outputs):
        raise _not_json(record.outputs, "a number that is not finite")
    if len(encoded) > limit:
        raise NodeError(
            f"the output is {len(encoded):,} bytes, above the limit of {limit:,} bytes",
            hint="Pass files instead of text, split the work into batches, or raise A8N_MAX_OUTPUT.",
            retryable=False,
        )
    return encoded


def _add_words(document: dict[str, JSON], record: StepRecord) -> None:
    if record.error is not None:
        document["error"] = plain(record.error)
    if record.logs:
        document["logs"] = [plain(line) for line in record.logs]
    if record.wait is not None:
        document["wait"] = _wait(record.wait)
    if record.reply is not None:
        document["reply"] = dump_reply(record.reply)


def dump_reply(reply: Reply) -> dict[str, JSON]:
    """A reply as JSON."""
    return {
        "status": reply.status,
        "headers": plain(dict(reply.headers)),
        "body": base64.b64encode(reply.body).decode(),
        "file": reply.file.model_dump() if reply.file is not None else None,
    }


def load_reply(data: JSON) -> Reply:
    """The inverse of `dump_reply`."""
    file = FileRef.model_validate(data["file"]) if data["file"] is not None else None
    return Reply(data["status"], data["headers"], base64.b64decode(data["body"]), file)


def decode(document: JSON) -> tuple[dict[str, list[Item]], Any, Sequence[str], WaitRecord | None]:
    """The outputs, error, logs and wait of a step's data."""
    if not document:
        return {}, None, (), None
    wait = document.get("wait")
    return (
        unpack(document.get("outputs", {})),
        document.get("error"),
        document.get("logs", ()),
        _wait_of(wait) if wait is not None else None,
    )


def files_of(outputs: Mapping[str, Sequence[Item]]) -> Iterator[FileRef]:
    """Every file on the items of a step."""
    for items in outputs.values():
        for item in items:
            if item.files:
                yield from item.files.values()


def plain(value: JSON) -> JSON:
    """A value brought into JSON, whatever it was: what does not fit becomes text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\ufffd")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return plain(str(value))


def path_text(path: tuple[int, ...]) -> str:
    """An iteration path as it is stored: indices joined by dots."""
    return ".".join(map(str, path)) if path else ""


def path_of(text: str) -> tuple[int, ...]:
    """The inverse of `path_text`."""
    return tuple(map(int, text.split("."))) if text else ()


def micros(moment: datetime) -> int:
    """A time as it is stored; one without a zone counts as UTC."""
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1_000_000)


def _wait(wait: WaitRecord) -> dict[str, JSON]:
    """The wait without its token: that is a secret, and only its hash is kept."""
    until = micros(wait.until) if wait.until is not None else None
    document = {"until": until, "callable": wait.callable, "data": plain(wait.data), "kind": wait.kind}
    if wait.form is not None:
        document["form"] = plain(wait.form.model_dump())
    if wait.children:
        document["children"] = list(wait.children)
    return document


def _wait_of(wait: Mapping[str, Any]) -> WaitRecord:
    form = Form.model_validate(wait["form"]) if wait.get("form") is not None else None
    return WaitRecord(
        _moment(wait["until"]), wait["callable"], "", wait["data"], wait.get("kind", "time"),
        form=form, children=wait.get("children", ()),
    )  # fmt: skip


def _moment(at: int | None) -> datetime | None:
    return datetime.fromtimestamp(at / 1_000_000, UTC) if at is not None else None


def _all_finite(outputs: Mapping[str, Mapping[str, JSON]]) -> bool:
    """orjson writes NaN and infinities as null; so where there is a null, the standard encoder has to agree."""
    for entry in outputs.values():
        try:
            _finite(entry["json"])
        except ValueError:
            return False
        except TypeError:  # a kind that orjson takes beside JSON, such as UUID: look by hand
            if any(reason.startswith("a number") for _, reason in _faults(entry["json"], "")):
                return False
    return True


def _not_json(outputs: Mapping[str, Sequence[Item]], otherwise: str) -> NodeError:
    """The error for an output that cannot be kept, with the first place at fault."""
    for port, items in outputs.items():
        for index, item in enumerate(items):
            for place, reason in _faults(item.json, f"{port}[{index}].json"):
                return NodeError(
                    f"the output is not JSON: {place} is {reason}",
                    hint="A node gives objects of text, numbers, true, false, null, lists and objects.",
                    retryable=False,
                )
    return NodeError(f"the output is not JSON: {otherwise}", retryable=False)


def _faults(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """What JSON cannot hold, and where."""
    if depth > 250:
        yield place[:100], "nested too deeply"
    elif isinstance(value, str):
        if "\0" in value:
            yield place, "text with a NUL character"
        elif not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            yield place, "text with half a character (a lone surrogate)"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield place, f"a number that is not finite ({value})"
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            yield place, "a whole number of more than 64 bits"
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _faults(key, f"a key of {place}", depth)
                yield from _faults(inner, f"{place}.{key}", depth + 1)
            else:
                yield place, f"an object with a key that is not text ({key!r})"
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _faults(inner, f"{place}[{index}]", depth + 1)
    elif value is not None:
        yield place, f"a value of type {type(value).__name__}"
