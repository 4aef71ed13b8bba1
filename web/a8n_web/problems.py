"""Problem documents (RFC 9457): every error that leaves the API, in one form, without internals."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from quart import Quart, Response
from werkzeug.exceptions import HTTPException

from a8n.errors import A8nError, InvalidError, NodeError, Problem
from a8n.runtime.admission import OverloadedError
from a8n.runtime.errors import StoreFullError, StoreUnavailableError
from a8n.runtime.ids import new_id
from a8n.runtime.rates import RateError
from a8n.runtime.refusals import ConflictError, ForbiddenError, NotFoundError, StaleError
from a8n.runtime.slots import BusyError
from a8n.runtime.vault import VaultError
from a8n_web.bodies import BodyError

log = logging.getLogger("a8n.web")

CONTENT_TYPE = "application/problem+json"


class Refusal(Exception):  # noqa: N818  # what a handler raises to answer with a problem
    """An answer other than the one that was asked for. Without a title it takes the status's own."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        title: str = "",
        errors: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ):
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.title = title
        self.errors = tuple(errors)
        self.headers = headers or {}


def problem(refusal: Refusal) -> Response:
    """The response for a refusal. Its id, in `instance`, is what the log has too."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": refusal.title or HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": f"urn:uuid:{new_id()}",
    }
    errors = [{"path": p.path, "message": p.message, "code": p.code} for p in refusal.errors]
    if errors:
        document["errors"] = errors
    response = Response(orjson.dumps(document), refusal.status, content_type=CONTENT_TYPE)
    response.headers.update(refusal.headers)
    return response


def refusal_of(error: BaseException) -> Refusal:
    """What an exception means for the caller; 500 for those that nobody foresaw, which are logged."""
    if isinstance(error, Refusal):
        return error
    for kind, make in _KNOWN:
        if isinstance(error, kind):
            made: Refusal = make(error)
            return made
    return Refusal(500, "something went wrong on our side; the log has the details under this id")


def invalid(problems: Iterable[Problem], title: str = "Invalid") -> Refusal:
    """422 with all problems and their places."""
    problems = tuple(problems)
    first = problems[0] if problems else Problem("", "the request is not valid")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    detail = f"{first.path}: {first.message}{more}" if first.path else f"{first.message}{more}"
    return Refusal(422, detail, title, problems)


def _conflict(error: ConflictError) -> Refusal:
    return Refusal(409, str(error), errors=[Problem(error.path, str(error), "conflict")] if error.path else ())


def _stale(error: StaleError) -> Refusal:
    return Refusal(412, str(error), "Changed in the meantime", headers={"ETag": f'"{error.current}"'})


def _unavailable(error: StoreUnavailableError) -> Refusal:
    return Refusal(503, "the database is not available now; try again", headers={"Retry-After": "2"})


def _later(status: int, title: str, error: OverloadedError | RateError) -> Refusal:
    return Refusal(status, str(error), title, headers={"Retry-After": str(error.retry_after)})


def _node(error: NodeError) -> Refusal:
    return Refusal(422, error.message, "Refused", [Problem(error.field, error.message)] if error.field else ())


def _http(error: HTTPException) -> Refusal:
    status = error.code or 500
    headers = {}
    methods = getattr(error, "valid_methods", None)
    if status == 405 and methods:
        headers["Allow"] = ", ".join(sorted(methods))
    if status == 413:
        return Refusal(413, "the body is larger than this server takes", "Body too large")
    detail = {
        404: "nothing is at this address",
        405: "this address does not take this method",
        500: "something went wrong on our side; the log has the details under this id",
    }
    return Refusal(status, detail.get(status, error.name), headers=headers)


_KNOWN: tuple[tuple[type[BaseException], Any], ...] = (
    (BodyError, lambda error: Refusal(error.status, error.detail, error.title)),
    (InvalidError, lambda error: invalid(error.problems)),
    (NotFoundError, lambda error: Refusal(404, str(error))),
    (ForbiddenError, lambda error: Refusal(403, str(error))),
    (ConflictError, _conflict),
    (StaleError, _stale),
    (StoreFullError, lambda error: Refusal(507, str(error))),
    (StoreUnavailableError, _unavailable),
    (VaultError, lambda error: Refusal(409, str(error), "The credential cannot be opened")),
    (OverloadedError, lambda error: _later(503, "Too much to do", error)),
    (RateError, lambda error: _later(429, "Too many requests", error)),
    (BusyError, lambda error: Refusal(429, str(error), "Skipped", headers={"Retry-After": "5"})),
    (NodeError, _node),
    (A8nError, lambda error: Refusal(422, str(error), "Refused")),
    (HTTPException, _http),
)  # fmt: skip


def install(app: Quart) -> None:
    """Let every error of the application leave as a problem document."""

    async def answer(error: Exception) -> Response:
        refusal = refusal_of(error)
        response = problem(refusal)
        if refusal.status == 500:
            number = orjson.loads(await response.get_data())["instance"]
            log.error("%s", number, exc_info=error)
        return response

    app.register_error_handler(Exception, answer)
    app.register_error_handler(HTTPException, answer)
