"""A step that waits for a form: its page, its answers, and that it is sent once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import a8n_flow
import a8n_manual
from a8n import Form, Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n_web.forms import HEADERS, form_page
from a8n_web.server import application

FIELDS: list[dict[str, Any]] = [
    {
        "name": "decision",
        "label": "Your decision",
        "kind": "choice",
        "choices": ["Approve", "Decline"],
        "required": True,
    },
    {"name": "amount", "kind": "number", "default": 48},
    {"name": "remark", "kind": "multiline"},
    {"name": "sure", "label": "I am sure", "kind": "boolean"},
]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


class Waiting:
    """A server, and an execution on it that waits for a form."""

    def __init__(self, instance: Instance, http: httpx.AsyncClient):
        self.instance = instance
        self.http = http
        self.id = ""
        self.url = ""

    async def begin(self, **resume: Any) -> None:
        document = {
            "name": "Refunds",
            "nodes": [
                {"id": "start", "name": "Start", "type": "manual.trigger"},
                {"id": "ask", "name": "Ask", "type": "flow.wait", "params": {"resume": resume}},
            ],
            "connections": [{"from": "start", "to": "ask"}],
        }
        signed = await self.http.post(
            "/api/users/sign-up", json={"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        )
        self.http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
        made = await self.http.post("/api/workflows", json=document)
        assert made.status_code == 201, made.text
        run = await self.http.post(
            f"/api/workflows/{made.json()['id']}/run", json={"mode": "sync", "items": [{"secret": "of the execution"}]}
        )
        assert run.json()["status"] == "waiting", run.text
        self.id = run.json()["execution_id"]
        del self.http.headers["Authorization"]
        (record,) = [r for r in await self.instance.journals.load(self.id) if r.node == "ask"]
        self.url = re.sub(r".*(/resume/)", r"\1", record.logs[0])

    async def result(self) -> Any:
        """What the step gave in the end."""
        async with asyncio.timeout(30):
            while (outcome := await self.instance.outcome_of(self.id)).status == "waiting":
                await asyncio.sleep(0.01)
        assert outcome.status == "succeeded", outcome
        return outcome.items[0].json["resume"]


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Waiting]:
    instance = await Instance.open(settings, Kernel(plugins=[a8n_flow, a8n_manual]))
    transport = httpx.ASGITransport(application(instance), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as http:
        yield Waiting(instance, http)
    await instance.close(grace=0)


@pytest.fixture
async def waiting(server: Waiting) -> Waiting:
    await server.begin(on="form", title="Refund?", description="For <A-17>", fields=FIELDS, thanks="Noted.")
    return server


# --- showing -----------------------------------------------------------------------------------------------------


async def test_the_page_shows_the_form_and_nothing_else_of_the_execution(waiting: Waiting) -> None:
    page = await waiting.http.get(waiting.url, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Refund?" in page.text
    assert "For &lt;A-17&gt;" in page.text
    assert 'value="48"' in page.text
    for private in ("of the execution", waiting.id, "Refunds", waiting.url.rpartition("/")[2]):
        assert private not in page.text


async def test_looking_at_it_does_not_send_it(waiting: Waiting) -> None:
    for _ in range(3):
        assert (await waiting.http.get(waiting.url, headers=BROWSER)).status_code == 200
    assert (await waiting.http.post(waiting.url, data={"decision": "Decline"}, headers=BROWSER)).status_code == 200


async def test_the_page_may_load_and_run_nothing(waiting: Waiting) -> None:
    page = await waiting.http.get(waiting.url, headers=BROWSER)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert not re.search(r"\s(?:src|style|on\w+)=", page.text)


async def test_a_link_can_fill_fields_in_beforehand_and_sends_nothing(waiting: Waiting) -> None:
    query = "?amount=17&remark=%3Cb%3E&nothing=1&decision=Maybe"
    page = (await waiting.http.get(f"{waiting.url}{query}", headers=BROWSER)).text
    assert re.search(r'name="amount"[^>]*value="17"', page)
    assert "&lt;b&gt;" in page
    assert "Maybe" not in page
    assert (await waiting.instance.outcome_of(waiting.id)).status == "waiting"


async def test_programs_get_the_form_as_data(waiting: Waiting) -> None:
    form = (await waiting.http.get(waiting.url, headers=PROGRAM)).json()
    assert form["title"] == "Refund?"
    assert [field["name"] for field in form["fields"]] == ["decision", "amount", "remark", "sure"]


# --- sending -----------------------------------------------------------------------------------------------------

ANSWERS = {"decision": "Approve", "amount": 12.5, "remark": "a\nb", "sure": True}
TYPED = {"decision": "Approve", "amount": "12.5", "remark": "a\r\nb", "sure": "true"}


@pytest.mark.parametrize(
    "body",
    [{"data": TYPED}, {"files": {name: (None, value) for name, value in TYPED.items()}}, {"json": ANSWERS}],
    ids=["urlencoded", "multipart", "json"],
)
async def test_what_is_sent_goes_on_in_the_items(waiting: Waiting, body: dict[str, Any]) -> None:
    answer = await waiting.http.post(waiting.url, headers=BROWSER, **body)
    assert answer.status_code == 200, answer.text
    if "json" in body:
        assert answer.json()["resumed"] is True
        assert "content-security-policy" not in answer.headers
    else:
        assert "Noted." in answer.text
    result = await waiting.result()
    assert result["form"] == ANSWERS
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", result["submitted_at"])


async def test_what_is_left_out_is_null_and_an_empty_box_false(waiting: Waiting) -> None:
    await waiting.http.post(waiting.url, data={"decision": "Decline", "amount": " "}, headers=BROWSER)
    assert (await waiting.result())["form"] == {"decision": "Decline", "amount": None, "remark": None, "sure": False}


async def test_a_bad_answer_is_told_beside_its_field_and_keeps_what_was_typed(waiting: Waiting) -> None:
    typed = {"amount": "much", "remark": '</textarea><b>"kept"', "sure": "true"}
    page = await waiting.http.post(waiting.url, data=typed, headers=BROWSER)
    assert page.status_code == 422
    assert 'id="amount-error"><bdi>Please give a number' in page.text
    assert 'id="decision-error"><bdi>Please fill this in.' in page.text
    assert 'id="remark-error"' not in page.text
    assert 'value="much"' in page.text
    assert "&lt;/textarea&gt;&lt;b&gt;&#34;kept&#34;" in page.text
    assert re.search(r'name="sure" value="true" checked', page.text)
    assert (await waiting.http.post(waiting.url, data=TYPED, headers=BROWSER)).status_code == 200


async def test_programs_are_told_in_their_own_way(waiting: Waiting) -> None:
    answer = await waiting.http.post(waiting.url, json={"decision": "Perhaps", "colour": "red"}, headers=PROGRAM)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["path"] for error in answer.json()["errors"]} == {"decision", "colour"}


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (400, {"content": b"[1]", "headers": {"Content-Type": "application/json"}}),
        (400, {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        (400, {"content": b"decision=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"content": b"remark=%00", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"content": b"--", "headers": {"Content-Type": "multipart/form-data"}}),
        (413, {"content": b"remark=" + b"a" * 2**20, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (422, {"content": b""}),
        (422, {"content": b"decision=Approve&decision=Decline"}),
        (422, {"files": {"decision": ("a.txt", b"Approve")}}),
    ],
    ids=["a list", "no JSON", "no UTF-8", "NUL", "no boundary", "too large", "nothing", "twice", "a file"],
)
async def test_what_is_no_answer_is_refused_and_ends_nothing(
    waiting: Waiting, status: int, options: dict[str, Any]
) -> None:
    if "headers" not in options and "files" not in options:
        options = {**options, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert (await waiting.http.post(waiting.url, **options)).status_code == status
    assert (await waiting.http.get(waiting.url, headers=BROWSER)).status_code == 200


async def test_of_many_who_send_one_counts(waiting: Waiting) -> None:
    answers = await asyncio.gather(
        *(waiting.http.post(waiting.url, json={"decision": "Approve", "amount": n}) for n in range(8))
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert set(codes[1:]) <= {404, 410}
    (winner,) = [answer.json()["form"]["amount"] for answer in answers if answer.status_code == 200]
    assert (await waiting.result())["form"]["amount"] == winner


async def test_a_used_link_says_so_kindly(waiting: Waiting) -> None:
    await waiting.http.post(waiting.url, data=TYPED, headers=BROWSER)
    await waiting.result()
    for method in ("GET", "POST"):
        page = await waiting.http.request(method, waiting.url, headers=BROWSER)
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert "has been used already" in page.text
        assert (await waiting.http.request(method, waiting.url, headers=PROGRAM)).status_code == 404


async def test_a_link_to_nothing_tells_nothing(server: Waiting) -> None:
    page = await server.http.get("/resume/<script>", headers=BROWSER)
    assert page.status_code == 404
    assert "script" not in page.text
    problem = await server.http.get("/resume/guess")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"


async def test_a_plain_resume_url_still_resumes_at_a_get(server: Waiting) -> None:
    await server.begin(on="webhook")
    answer = await server.http.get(f"{server.url}?a=1", headers=BROWSER)
    assert answer.json() == {"resumed": True}
    assert (await server.result())["query"] == {"a": "1"}


# --- the page alone ----------------------------------------------------------------------------------------------


def page(**form: Any) -> str:
    return form_page(Form.model_validate(form)).decode()


@pytest.mark.parametrize(
    ("title", "direction"),
    [("Urlaub", "ltr"), ("طلب إجازة", "rtl"), ("123 – חופשה", "rtl"), ("休暇申請", "ltr"), ("?", "ltr")],
    ids=["latin", "arabic", "hebrew after digits", "cjk", "no letter"],
)
def test_the_page_runs_as_its_heading_does(title: str, direction: str) -> None:
    assert f'<html lang="en" dir="{direction}">' in page(title=title)


@pytest.mark.parametrize("kind", ["text", "multiline", "number", "boolean", "choice", "date", "email"])
def test_every_field_has_a_label_and_its_help(kind: str) -> None:
    evil = '"><script>alert(1)</script>'
    field = {"name": "it", "label": evil, "kind": kind, "choices": [evil] * (kind == "choice"), "help": evil}
    html = page(title=evil, description=evil, button=evil, fields=[field])
    assert "<script" not in html
    assert 'aria-describedby="it-help"' in html
    assert 'id="it-help"' in html
    assert 'for="f-it"' in html or "<legend" in html or '<label class="pick"><input' in html


def test_many_choices_are_a_list_to_open() -> None:
    html = page(fields=[{"name": "it", "kind": "choice", "choices": [str(n) for n in range(20)], "default": "7"}])
    assert '<option value="7" selected>7</option>' in html
    assert 'type="radio"' not in html


def test_the_style_sheet_is_the_one_that_the_policy_allows() -> None:
    import base64
    import hashlib

    style = re.search(r"<style>(.*?)</style>", page(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in dict(HEADERS)[b"content-security-policy"].decode()
