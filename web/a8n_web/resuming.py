"""Resuming a step by a form that a person fills in: GET shows it, POST sends it, each once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson

from a8n.forms import Form
from a8n.items import JSON
from a8n.runtime import forms
from a8n.runtime.forms import WaitingForm
from a8n.runtime.instance import Instance
from a8n.trigger import Request
from a8n_web.bodies import BodyError
from a8n_web.forms import HEADERS, closed_page, form_page, thanks_page, unknown_page
from a8n_web.requests import read_form

MAX_BODY = 2**20
"""Bytes of a form that is sent."""
TYPE = b"application/json"
PROBLEM = b"application/problem+json"


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Callable[[Mapping[str, Any]], Awaitable[None]]) -> None:
        """Send it as ASGI does."""
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


async def answer(instance: Instance, request: Request, token: str) -> Answer | None:
    """Show or take the form at this token; None where none stands there. Raises BodyError for an unreadable body."""
    found = await forms.find(instance.db, instance.journals, token)
    if found is None:
        return None
    if request.method == "GET" or not found.open:
        return _shown(request, found)
    given = read_answers(instance, request)
    answers, complaints = checked(found.form, request, given)
    if complaints:
        return refused(request, found.form, given, complaints)
    sent = Form.sent(answers)
    if not await instance.runner.steering.resume(token, sent):
        return _shown(request, WaitingForm(found.form, False))
    if wants_page(request):
        return Answer(200, HEADERS, thanks_page(found.form))
    return document(200, {"resumed": True, **sent})


def offered(request: Request, form: Form, trap: str) -> Answer:
    """A public form, as a page or as JSON."""
    if "json" in request.headers.get("accept", "") and not wants_page(request):
        return document(200, form.model_dump())
    return Answer(200, HEADERS, form_page(form, prefilled(form, request), trap=trap))


def accepted(request: Request, form: Form, execution_id: str | None) -> Answer:
    """A public form has been sent; a program reads what was started by it, if something was."""
    if wants_page(request):
        return Answer(200, HEADERS, thanks_page(form))
    return document(200, {"execution_id": execution_id} if execution_id else {"ignored": True})


def nothing() -> Answer:
    """For a person whose link leads nowhere."""
    return Answer(404, HEADERS, unknown_page())


def wants_page(request: Request) -> bool:
    """Whether a person with a browser asks, and no program."""
    return "text/html" in request.headers.get("accept", "").lower() and not by_json(request)


def _shown(request: Request, found: WaitingForm) -> Answer:
    page = wants_page(request) or (request.method == "GET" and "json" not in request.headers.get("accept", ""))
    if not found.open:
        if page:
            return Answer(410, HEADERS, closed_page())
        return problem(410, "The form is closed", "it was sent already, or its time is over")
    return (
        Answer(200, HEADERS, form_page(found.form, prefilled(found.form, request)))
        if page
        else document(200, found.form.model_dump())
    )


def prefilled(form: Form, request: Request) -> Mapping[str, JSON]:
    """What stands in the form at first: its defaults, or what the link's query says. Nothing is sent by that."""
    several = {field.name for field in form.fields if field.kind == "choices"}
    asked = {name: value for name, value in request.query.items() if isinstance(value, str) or name in several}
    return {field.name: asked.get(field.name, field.default) for field in form.fields}


def checked(form: Form, request: Request, given: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, str]]:
    """The answers and what is wrong with them, as `Form.read`; a program may send no field that is not there."""
    answers, complaints = form.read(given)
    if by_json(request):
        known = {field.name for field in form.fields}
        complaints.update({str(name)[:64]: "There is no such field." for name in given if name not in known})
    return answers, complaints


def refused(
    request: Request, form: Form, given: Mapping[str, JSON], complaints: Mapping[str, str], trap: str = ""
) -> Answer:
    """Answers that do not fit: the page with what was typed, or the names of the fields for a program."""
    if wants_page(request):
        return Answer(422, HEADERS, form_page(form, given, complaints, trap))
    errors = [{"path": name, "message": text, "code": "answer"} for name, text in complaints.items()]
    return problem(422, "Not accepted", "the answers do not fit the form", errors=errors)


def read_answers(instance: Instance, request: Request) -> Mapping[str, JSON]:
    """What was sent, by name, unread. Raises BodyError."""
    if len(request.raw) > MAX_BODY:
        raise BodyError(413, "Body too large", f"the limit of a form is {MAX_BODY:,} bytes")
    given = read_form(instance, request.headers, request.raw)
    if not isinstance(given, dict):
        raise BodyError(400, "Bad form", "a form is sent as form fields, or as a JSON object of its answers by name")
    return given


def by_json(request: Request) -> bool:
    """Whether the answers are sent as JSON, by a program."""
    return "json" in request.headers.get("content-type", "").lower()


def document(status: int, content: JSON, kind: bytes = TYPE) -> Answer:
    """An answer for a program."""
    plain = {b"content-type", b"content-security-policy"}
    headers = [(name, value) for name, value in HEADERS if name not in plain]
    return Answer(status, [(b"content-type", kind), *headers], orjson.dumps(content))


def problem(status: int, title: str, detail: str, **more: JSON) -> Answer:
    """A refusal for a program."""
    return document(
        status, {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}, PROBLEM
    )
