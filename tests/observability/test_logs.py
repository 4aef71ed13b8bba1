"""The log: one line for each thing said, with its place, without secrets."""

from __future__ import annotations

import io
import logging

import orjson
import pytest
import structlog
from sqlalchemy import insert

from a8n.journal import now
from a8n.runtime import logs
from a8n.runtime.credentials import identity
from a8n.runtime.masking import MASK, Secrets, attach
from a8n.runtime.schema import credentials, projects
from a8n.runtime.settings import Settings
from tests.observability.conftest import Lines, Process

SECRET = 'to"ken-of-the-account'


def test_a_line_is_a_json_object_whatever_is_said(log: Lines) -> None:
    logging.getLogger("a8n.x").warning("two\nlines, and a \x1b[31mcolour\x00")
    logging.getLogger("elsewhere").info("number %d", 3)
    structlog.get_logger("structured").error("said", number=4, nested={"a": [1]})
    first, second, third = log.all
    assert (first["level"], first["logger"]) == ("warning", "a8n.x")
    assert first["message"].startswith("two\nlines")
    assert second["message"] == "number 3"
    assert (third["message"], third["number"], third["nested"]) == ("said", 4, {"a": [1]})
    assert not any(ord(c) < 32 and c != "\n" for c in log.text)


def test_text_that_is_no_unicode_is_a_line_too() -> None:
    stream = io.StringIO()
    handler = logs.configure(Settings(), stream)
    logging.getLogger().removeHandler(handler)
    handler.emit(logging.makeLogRecord({"name": "x", "msg": "a lone \ud800 surrogate", "levelname": "INFO"}))
    assert orjson.loads(stream.getvalue())["message"] == "a lone ? surrogate"


def test_lines_are_capped(log: Lines) -> None:
    logging.getLogger("a8n.x").warning("x" * 10**6, extra={"fields": {f"f{i}": "y" * 10**5 for i in range(500)}})
    assert len(log.text) < (logs.FIELDS + 2) * (logs.LONGEST + 100)


def test_an_error_is_a_field_with_its_causes_and_no_variables(log: Lines) -> None:
    def fail() -> None:
        password = "a local that nobody may see"  # noqa: F841  # what must not be in the log
        raise ValueError("inner")

    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        logging.getLogger("a8n.x").exception("it broke")
    (line,) = log.all
    assert (line["error"]["type"], line["error"]["message"]) == ("RuntimeError", "outer")
    assert line["error"]["cause"]["at"][-1].endswith(" fail")
    assert "nobody may see" not in log.text


def test_what_other_libraries_debug_is_not_logged(log: Lines) -> None:
    for name in ("aiosqlite", "sqlalchemy.engine", "httpx", "anything"):
        logging.getLogger(name).debug("INSERT … a customer's data")
    logging.getLogger("httpx").info("GET https://example.org/?key=k")
    assert log.text == ""


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        pytest.param("Authorization: Bearer abcdefgh12345", "abcdefgh12345", id="bearer"),
        pytest.param("postgresql://user:hunter2@db/x", "hunter2", id="url"),
        pytest.param("see https://x.org/resume/abcdefghijklmnop", "abcdefghijklmnop", id="resume"),
        pytest.param("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "eyJzdWIiOiIx", id="jwt"),
    ],
)
def test_secrets_are_known_by_their_shape(log: Lines, said: str, hidden: str) -> None:
    logging.getLogger("a8n.x").warning("%s", said)
    assert hidden not in log.text
    assert MASK in log.text


def test_secrets_are_known_by_their_value_in_messages_fields_and_errors(log: Lines) -> None:
    secrets = Secrets(["hunter22", "short"[:4]])
    attach(secrets)
    secrets.hide(['with "quotes"'])
    try:
        raise ValueError("not hunter22")
    except ValueError:
        logging.getLogger("a8n.x").exception("hunter22", extra={"fields": {"deep": {"list": ['with "quotes"']}}})
    assert "hunter22" not in log.text
    assert "quotes" not in log.text


def test_a_human_line_is_one_line_too() -> None:
    stream = io.StringIO()
    handler = logs.configure(Settings(log_format="human"), stream)
    try:
        try:
            raise ValueError("bad\nnews")
        except ValueError:
            logging.getLogger("a8n.x").exception("two\nlines\x1b[2J", extra={"fields": {"n": 1}})
    finally:
        logging.getLogger().removeHandler(handler)
    (line,) = stream.getvalue().splitlines()
    assert "error   a8n.x  two\\nlines\\x1b[2J  n=1  ✗ ValueError: bad\\nnews (" in line


async def test_lines_of_a_nodes_sdk_say_where_they_come_from(log: Lines, process: Process) -> None:
    workflow_id = process.live("chat", ("toy.mark", {}), ("toy.chat", {}))
    answer = await process.call("chat", {"x-request-id": "from-the-proxy"})
    (line,) = log.of("some.sdk")
    assert line["message"] == "the SDK says"
    assert line["execution"] == answer.headers["x-a8n-execution"]
    assert (line["workflow"], line["project"], line["node"], line["attempt"]) == (workflow_id, "p1", "n1", 1)
    assert line["request"] == answer.headers["x-request-id"] == "from-the-proxy"


async def test_secrets_of_opened_credentials_are_masked(log: Lines, process: Process) -> None:
    instance, at = process.instance, now()
    sealed = instance.vault.seal({"token": SECRET}, identity("c1", "p1", "toy.account"))
    async with instance.db.begin() as connection:
        await connection.execute(insert(projects).values(id="p1", name="p", created_at=at))
        row = {"id": "c1", "project_id": "p1", "name": "c", "kind": "toy.account", "sealed": sealed}
        await connection.execute(insert(credentials).values(**row, created_at=at, updated_at=at))
    process.live("chat", ("toy.chat", {"account": {"$credential": "c1"}}))
    assert (await process.call("chat")).status_code == 200
    (line,) = log.of("some.sdk")
    assert line["message"] == f"signed in with {MASK}"


async def test_requests_have_a_line_without_what_may_be_secret(log: Lines, process: Process) -> None:
    process.live("orders/{id}")
    token = "abcdefghijklmnopqrstuvwxyz"
    await process.call("orders/17?key=geheim")
    await process.call(f"unknown-{token}")
    await process.client.post(f"/resume/{token}")
    await process.client.get(f"/api/workflows?search={token}")
    lines = log.of("a8n.access")
    assert [(line["level"], line["method"], line["path"], line["status"]) for line in lines] == [
        ("debug", "POST", "/webhook/orders/{id}", 200),
        ("debug", "POST", f"/webhook/{MASK}", 404),
        ("debug", "POST", f"/resume/{MASK}", 404),
        ("info", "GET", "/api/workflows", 401),
    ]
    assert all(line["ms"] >= 0 and line["request"] for line in lines)
    assert token not in log.text
    assert "geheim" not in log.text


def test_the_format_follows_the_stream_unless_it_is_set() -> None:
    stream = io.StringIO()
    handler = logs.configure(Settings(), stream)
    logging.getLogger("a8n.x").error("said")
    logging.getLogger().removeHandler(handler)
    assert orjson.loads(stream.getvalue())["message"] == "said"
