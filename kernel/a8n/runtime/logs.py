"""The log: everything that any library logs, as one line each, by structlog over the standard library's logging.

JSON for machines, a readable line on a terminal. Both are capped, escape control characters (so that nobody forges
a line), mask secrets by value, and show errors as a chain of places without their variables.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog

from a8n.items import JSON
from a8n.runtime.log_context import here
from a8n.runtime.masking import MaskingHandler
from a8n.runtime.settings import Settings

LONGEST = 4_000
"""Characters of one field."""
FIELDS = 40
"""Of one line."""
FRAMES = 20
"""Of one error, the innermost."""
QUIET = ("uvicorn", "hypercorn", "asyncio", "aiosqlite", "sqlalchemy", "alembic", "httpx", "httpcore", "urllib3")
"""Libraries of ours that say below `warning` what nobody may read in a log (statements with their values, addresses
with their queries) or nobody wants to."""
COLOURS = {"debug": "\033[2m", "info": "\033[32m", "warning": "\033[33m", "error": "\033[31m", "critical": "\033[31m"}

Fields = MutableMapping[str, Any]


def configure(settings: Settings, stream: TextIO | None = None) -> MaskingHandler:
    """Let all loggers of this process write to `stream` (stderr), by the settings' level and format.

    Called once by a process that serves; calling it again replaces what it did before.
    """
    stream = stream if stream is not None else sys.stderr
    handler = MaskingHandler(stream)
    human = settings.log_format == "human" or (settings.log_format == "" and stream.isatty())
    renderer = Human(handler, colours=stream.isatty()) if human else Json(handler)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_gathered, renderer]))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, MaskingHandler)]:
        handler.secrets.update(old.secrets)
        root.removeHandler(old)
    root.addHandler(handler)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.getLogger("a8n").setLevel(level)
    root.setLevel(max(level, logging.INFO))  # what others debug is data
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    return handler


def _gathered(_: Any, __: str, fields: Fields) -> Fields:
    """The fields of a line, in the order in which they are read."""
    record: logging.LogRecord = fields.pop("_record")
    fields.pop("_from_structlog", None)
    error = fields.pop("exc_info", None)
    line: dict[str, Any] = {
        "time": _time(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": fields.pop("event", ""),
        **here(),
        **fields,
        **getattr(record, "fields", {}),
    }
    if error:
        error = sys.exc_info() if error is True else error
        if isinstance(error, BaseException):
            error = (type(error), error, error.__traceback__)
        if error[1] is not None:
            line["error"] = described(error[1])
    return line


def described(error: BaseException, causes: int = 3) -> dict[str, JSON]:
    """An error and its causes: `type`, `message` and `at`, the places from the outside in, without variables."""
    at = _places(error.__traceback__)
    shown: dict[str, JSON] = {"type": type(error).__name__, "message": _said(error), "at": at}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and causes:
        shown["cause"] = described(cause, causes - 1)
    return shown


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # of an SDK's making
        return "(cannot be shown)"


def _places(traceback: TracebackType | None) -> list[JSON]:
    places: list[JSON] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{_short(code.co_filename)}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-FRAMES:]


def _short(path: str) -> str:
    """A file as its package names it, without the folders of this machine."""
    parts = path.replace("\\", "/").split("/")
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return "/".join(parts[-3:])


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Renderer:
    def __init__(self, handler: MaskingHandler):
        self._handler = handler

    def clean(self, value: Any, depth: int = 4) -> JSON:
        """A value as JSON: masked, cut, and no deeper or longer than a line can bear."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping) and depth:
            return {self._text(name): self.clean(part, depth - 1) for name, part in list(value.items())[:FIELDS]}
        if isinstance(value, list | tuple) and depth:
            return [self.clean(part, depth - 1) for part in value[:FIELDS]]
        return self._text(value)

    def _text(self, value: Any) -> str:
        try:
            text = str(value)
        except Exception:  # of an SDK's making
            return f"({type(value).__name__})"
        text = self._handler.masked(text[: 4 * LONGEST])
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        return text.encode("utf-8", "replace").decode()  # no lone surrogates


class Json(_Renderer):
    """A JSON object per line (ECMA-404, which escapes what would end it)."""

    def __call__(self, _: Any, __: str, line: Fields) -> str:
        """Render; called by structlog."""
        cleaned = self.clean(dict(line))
        return orjson.dumps(cleaned, default=str).decode().replace("\x7f", "\\u007f")


class Human(_Renderer):
    """`09:30:00.125 warning a8n.reaper  lost the lease  execution=…`"""

    def __init__(self, handler: MaskingHandler, colours: bool = False):
        super().__init__(handler)
        self._colours = colours

    def __call__(self, _: Any, __: str, line: Fields) -> str:
        """Render; called by structlog."""
        cleaned = self.clean(dict(line))
        assert isinstance(cleaned, dict)
        time, level = str(cleaned.pop("time"))[11:23], str(cleaned.pop("level"))
        colour, end = (COLOURS.get(level, ""), "\033[0m") if self._colours else ("", "")
        said = f"{escaped(cleaned.pop('logger'))}  {escaped(cleaned.pop('message'))}"
        error = cleaned.pop("error", None)
        more = "".join(f"  {escaped(name)}={escaped(value)}" for name, value in cleaned.items())
        return f"{time} {colour}{level:<7}{end} {said}{more}{_chain(error)}"


def escaped(value: JSON) -> str:
    """Text without characters that a terminal or a reader of lines would act upon."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _chain(error: Any) -> str:
    told = ""
    while isinstance(error, dict):
        places = " < ".join(escaped(place) for place in reversed(error.get("at") or []))
        told += f"  ✗ {escaped(error['type'])}: {escaped(error['message'])}{f' ({places})' if places else ''}"
        error = error.get("cause")
    return told
