"""The form trigger: its page, what it refuses, and that it starts an execution with the answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import a8n_flow
import a8n_forms
import a8n_webhook
from a8n import JSON, Kernel, Request
from a8n.params import Binder
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n_forms.trigger import FormTrigger
from a8n_web.server import application

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PARAMS: dict[str, Any] = {
    "path": "contact",
    "heading": "Write to <us>",
    "thanks": "We will answer.",
    "fields": [
        {"name": "email", "label": "Your address", "kind": "email", "required": True},
        {"name": "stars", "kind": "number"},
        {"name": "message", "kind": "multiline"},
    ],
}
GOOD = {"email": "ada@example.org", "stars": "4", "message": "Hello"}


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    instance = await Instance.open(settings, Kernel(plugins=[a8n_flow, a8n_forms, a8n_webhook]))
    transport = httpx.ASGITransport(application(instance), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as client:
        signed = await client.post(
            "/api/users/sign-up", json={"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        )
        client.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
        yield client
    await instance.close(grace=0)


@pytest.fixture
async def form(http: httpx.AsyncClient) -> httpx.AsyncClient:
    document = {
        "name": "Contact",
        "nodes": [{"id": "form", "name": "Form", "type": "forms.trigger", "params": PARAMS}],
        "connections": [],
    }
    made = await http.post("/api/workflows", json=document)
    assert made.status_code == 201, made.text
    published = await http.post(f"/api/workflows/{made.json()['id']}/activate")
    assert published.status_code == 200, published.text
    assert "/form/contact" in published.text
    return http


async def executions(http: httpx.AsyncClient) -> list[Any]:
    answer = await http.get("/api/executions")
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["data"]
    return found


async def test_the_page_shows_the_form_and_looking_starts_nothing(form: httpx.AsyncClient) -> None:
    page = await form.get("/form/contact?message=Prefilled", headers=BROWSER)
    assert page.status_code == 200
    assert "Write to &lt;us&gt;" in page.text
    assert "Prefilled" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert await executions(form) == []


async def test_answers_that_fit_start_an_execution(form: httpx.AsyncClient) -> None:
    page = await form.post("/form/contact", data=GOOD, headers=BROWSER)
    assert page.status_code == 200
    assert "We will answer." in page.text
    assert len(await executions(form)) == 1


async def test_a_program_sends_json_and_reads_what_was_started(form: httpx.AsyncClient) -> None:
    answer = await form.post("/form/contact", json={**GOOD, "stars": 4})
    assert answer.status_code == 200
    (execution,) = await executions(form)
    assert execution["id"] == answer.json()["execution_id"]
    refused = await form.post("/form/contact", json={**GOOD, "other": 1})
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == ["other"]


async def test_wrong_fields_are_named_and_what_was_typed_is_kept(form: httpx.AsyncClient) -> None:
    page = await form.post("/form/contact", data={"email": "ada", "stars": "many", "message": "Kept"}, headers=BROWSER)
    assert page.status_code == 422
    assert 'id="email-error"' in page.text
    assert 'id="stars-error"' in page.text
    assert "Kept" in page.text
    assert await executions(form) == []


async def test_a_filled_in_trap_is_thanked_and_starts_nothing(form: httpx.AsyncClient) -> None:
    shown = (await form.get("/form/contact", headers=BROWSER)).text
    trap = re.search(r'class="trap".*?name="([^"]+)"', shown)
    assert trap is not None
    page = await form.post("/form/contact", data={**GOOD, trap[1]: "https://spam.example"}, headers=BROWSER)
    assert "We will answer." in page.text
    assert await executions(form) == []


async def test_a_form_is_no_webhook_and_elsewhere_there_is_nothing(form: httpx.AsyncClient) -> None:
    assert (await form.post("/webhook/contact", json=GOOD)).status_code == 404
    assert (await form.get("/form/other", headers=BROWSER)).status_code == 404
    assert (await form.put("/form/contact", json=GOOD)).status_code == 405
    assert (await form.post("/form/contact", content=b"x" * (2**20 + 1))).status_code == 413
    assert await executions(form) == []


@pytest.mark.parametrize("path", ["", "a/b", "a b", "..", "{id}", "x" * 201])
def test_paths_that_are_not(path: str) -> None:
    assert [problem.path for problem in Binder(FormTrigger, {"path": path}).problems] == ["path"]


def test_two_fields_of_one_name_are_refused() -> None:
    problems = Binder(FormTrigger, {"path": "a", "fields": [{"name": "x"}, {"name": "x"}]}).problems
    assert "two fields are named 'x'" in problems[0].message


def test_the_item_has_the_answers_and_when_they_came() -> None:
    trigger = Binder(FormTrigger, PARAMS).fill({})
    answers: JSON = {"email": "ada@example.org", "stars": 4, "message": None}
    request = Request("POST", "contact", {}, {}, {}, b"", body=answers)
    (item,) = trigger.receive(request)
    assert item.json["form"] == answers
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", item.json["submitted_at"])


async def test_several_choices_bounds_and_hidden_answers(http: httpx.AsyncClient) -> None:
    fields = [
        {"name": "size", "kind": "choices", "choices": ["S", "M", "L"], "most": 2, "required": True},
        {"name": "stars", "kind": "number", "least": 1, "most": 5},
        {"name": "campaign", "kind": "hidden"},
        {"name": "at", "kind": "time"},
    ]
    params = {"path": "survey", "fields": fields}
    node = {"id": "form", "name": "Form", "type": "forms.trigger", "params": params}
    made = await http.post("/api/workflows", json={"name": "Survey", "nodes": [node], "connections": []})
    await http.post(f"/api/workflows/{made.json()['id']}/activate")
    page = (await http.get("/form/survey?campaign=ad-17&size=M&size=L", headers=BROWSER)).text
    assert re.search(r'<input type="hidden"[^>]*name="campaign" value="ad-17"', page)
    assert re.findall(r'type="checkbox"[^>]*value="(\w)"( checked)?', page) == [
        ("S", ""),
        ("M", " checked"),
        ("L", " checked"),
    ]
    assert re.search(r'name="stars"[^>]*min="1.0" max="5.0"', page)
    sent = {"size": ["S", "M", "L"], "stars": "9", "campaign": "ad-17", "at": "09:30"}
    refused = await http.post("/form/survey", data=sent, headers=BROWSER)
    assert refused.status_code == 422
    assert "Please choose at most 2." in refused.text
    assert "Please give at most 5." in refused.text
    assert refused.text.count(" checked") == 3, "what was ticked is kept"
    taken = await http.post("/form/survey", data={**sent, "size": ["L", "S"], "stars": "5"})
    assert taken.status_code == 200, taken.text
    execution = taken.json()["execution_id"]
    steps = (await http.get(f"/api/executions/{execution}/steps?limit=10")).json()["data"]
    answers = steps[0]["output"]["main"]["items"][0]["json"]["form"]
    assert answers == {"size": ["S", "L"], "stars": 5, "campaign": "ad-17", "at": "09:30"}
