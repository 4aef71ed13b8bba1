"""From a request to a route's handler and back: identity, rights, query, body, answer, in this order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from quart import Response, request

from a8n.errors import Problem
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.rates import neighbourhood
from a8n_web.bodies import BodyError, Limits, read_json
from a8n_web.calls import Answer, Call, Web, raw_body
from a8n_web.identity import CHALLENGE, identify
from a8n_web.problems import Refusal, invalid
from a8n_web.routes import Route

MAX_ELEMENTS = 500_000
INSTANCE_WIDE = frozenset(
    {
        Permission.ACCOUNT,
        Permission.CATALOGUE,
        Permission.USERS_READ,
        Permission.USERS_EDIT,
        Permission.AUDIT_READ,
        Permission.METRICS_READ,
        Permission.PROJECT_CREATE,
    }
)
"""Rights that the role in the instance decides alone; all others are rights in a project, and the loader or the
repository asks for them."""

Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[Route, Any], None]


def view(web: Web, route: Route, check: Check | None = None) -> Callable[..., Awaitable[Response]]:
    """The function that Quart calls for a route. `check` sees each answer; tests hold it against the schema."""
    limits = Limits(depth=web.settings.max_depth, elements=MAX_ELEMENTS)

    async def handle(**args: str) -> Response:
        call = Call(web=web, route=route, request=request, args=args, identity=None)
        if route.permission is not Permission.PUBLIC:
            call.identity = await identify(web, request)
            _authorize(call)
        _count(call)
        for name, value in args.items():
            if "\0" in value:
                raise Refusal(404, f"there is no such {name}")
        call.object = await route.loader(call)
        if route.starts:
            web.rates.project.take(call.object.project_id)
            web.instance.admission.check()
        if route.query is not None:
            call.query = _query(route.query)
        if route.body is not None:
            call.body = await _body(route, limits)
        answer = await route.handler(call)
        if isinstance(answer, Response):
            return answer
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        if check is not None:
            check(route, answer.body)
        return _response(route, answer)

    return handle


def _authorize(call: Call) -> None:
    if call.identity is None:
        raise Refusal(401, "sign in, or send an access token or an API key", headers=CHALLENGE)
    permission = call.route.permission
    if not call.identity.covers(permission):
        raise Refusal(403, f"this API key does not have the scope {permission}")
    if permission in INSTANCE_WIDE and not call.identity.may(permission):
        raise Refusal(403, f"your role is {call.identity.role}, which does not include {permission}")


def _count(call: Call) -> None:
    """Take a token of whoever asks. Raises RateError."""
    rates, identity = call.web.rates, call.identity
    if rates.address.rate:
        rates.address.take(neighbourhood(call.address))
    if identity is not None:
        rates.account.take(identity.key_id or identity.user_id)


def _query(model: type[BaseModel]) -> BaseModel:
    values: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if any("\0" in text for text in (name, *texts)):
            raise Refusal(400, f"the parameter {name!r} holds a NUL character")
        values[name] = texts[-1] if len(texts) == 1 else texts
    return validated(model, values)


async def _body(route: Route, limits: Limits) -> Any:
    assert route.body is not None
    raw = await raw_body(request)
    if not raw and route.body_optional:
        return {} if route.raw_body else validated(route.body, {})
    kind = request.mimetype
    if kind != "application/json" and not kind.endswith("+json"):
        detail = f"send JSON, with the header 'Content-Type: application/json', not {kind or 'no type'}"
        raise BodyError(415, "Unsupported media type", detail)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise BodyError(415, "Unsupported character set", f"JSON is UTF-8 (RFC 8259), not {charset}")
    value = read_json(raw, limits)
    if not isinstance(value, dict):
        raise invalid([Problem("", "the body must be an object", "object")])
    return value if route.raw_body else validated(route.body, value)


def validated(model: type[Model], value: Mapping[str, JSON]) -> Model:
    """An instance of the model. Raises 422 with every field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        entries = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid(
            Problem(_path(entry["loc"]), _sentence(entry["msg"]), entry["type"]) for entry in entries
        ) from None


def _path(place: Iterable[int | str]) -> str:
    """Where it is; without the members of a union, which pydantic names as `literal['a','b']`."""
    return ".".join(str(part) for part in place if isinstance(part, int) or "[" not in part)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


def _response(route: Route, answer: Answer) -> Response:
    status = answer.status or route.status
    content = b"" if answer.body is None else orjson.dumps(answer.body, option=orjson.OPT_NON_STR_KEYS)
    response = Response(content, status, content_type="application/json" if content else None)
    response.headers.update(answer.headers)
    for cookie in answer.cookies:
        response.headers.add("Set-Cookie", cookie)
    return response
