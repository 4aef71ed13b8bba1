"""Webhooks of a real server over real HTTP: what comes in, how it is answered, what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live.server import Server, hook, node, put, workflow

FIRST = {"mode": "last_node", "returns": "first"}


def echo(server: Server, path: str, **params: object) -> None:
    """A webhook that answers with the item it made of the request."""
    server.live(workflow(path, [hook(path, **{"respond": FIRST, **params})]))


def test_the_main_job(server: Server) -> None:
    nodes = [hook("greet", respond=FIRST), put("greet", text={"$t": "Hello {{ json.body.name }}"})]
    workflow_id = server.live(workflow("Greet", nodes, "hook > greet"))
    answer = server.hook("greet", {"name": "Ana"})
    assert (answer.status_code, answer.json()) == (200, {"text": "Hello Ana"})

    (found,) = server.api("GET", f"/executions?workflow={workflow_id}")["data"]
    assert (found["status"], found["mode"], found["id"]) == ("succeeded", "webhook", answer.headers["x-a8n-execution"])
    trigger, greet = server.api("GET", f"/executions/{found['id']}/steps")["data"]
    assert (trigger["node"], greet["node"]) == ("hook", "greet")


class TestRequests:
    def test_parts_of_the_request(self, server: Server) -> None:
        echo(server, "orders/{id}/{part}", methods=["PUT", "GET"])
        seen = server.hook("orders/17/x%20y?a=1&a=2&b=%C3%A9", {"n": 1}, method="PUT").json()
        assert seen["params"] == {"id": "17", "part": "x y"}
        assert seen["query"] == {"a": ["1", "2"], "b": "é"}
        assert (seen["method"], seen["body"]) == ("PUT", {"n": 1})

    def test_forms_text_and_empty_bodies(self, server: Server) -> None:
        echo(server, "kinds", methods=["POST", "GET"])
        assert server.hook("kinds", data={"a": "1", "b": "x y"}).json()["body"] == {"a": "1", "b": "x y"}
        text = server.hook("kinds", content="plain text", headers={"content-type": "text/plain"})
        assert text.json()["body"] == "plain text"
        assert server.hook("kinds", method="GET").json()["body"] is None

    def test_files_go_through_the_blob_store(self, server: Server) -> None:
        server.live(workflow("file", [hook("file", respond={"mode": "last_node", "returns": "file"})]))
        answer = server.hook("file", files={"doc": ('../../etc/pass"wd.txt', b"content \x00\xff", "text/plain")})
        assert answer.content == b"content \x00\xff"
        assert "/" not in answer.headers["content-disposition"].partition("filename=")[2]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]

    def test_files_of_an_execution_can_be_read_later(self, server: Server) -> None:
        server.live(workflow("upload", [hook("upload")]))
        execution_id = server.hook("upload", files={"doc": ("a.html", b"<b>hi</b>", "text/html")}).json()[
            "execution_id"
        ]
        (step,) = server.api("GET", f"/executions/{execution_id}/steps")["data"]
        ref = step["output"]["main"]["items"][0]["files"]["doc"]
        url = f"{server.url}/api/executions/{execution_id}/files"
        headers = {"authorization": f"Bearer {server.token}"}
        found = server.http.get(f"{url}/{ref['hash']}", headers=headers)
        assert (found.content, found.headers["content-disposition"]) == (b"<b>hi</b>", 'attachment; filename="a.html"')
        assert found.headers["content-security-policy"] == "sandbox"
        assert server.http.get(f"{url}/{'0' * 64}", headers=headers).status_code == 404
        assert server.http.get(f"{url}/{ref['hash']}").status_code == 401

    def test_head_and_options(self, server: Server) -> None:
        echo(server, "cors", methods=["GET", "HEAD"], origins=["https://shop.example.com"])
        assert server.hook("cors", method="HEAD").status_code == 200
        asked = server.hook("cors", method="OPTIONS", headers={"origin": "https://shop.example.com"})
        assert asked.headers["access-control-allow-origin"] == "https://shop.example.com"
        other = server.hook("cors", method="GET", headers={"origin": "https://evil.example.com"})
        assert "access-control-allow-origin" not in other.headers

    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"{", "application/json", 400),
            (b'{"a": NaN}', "application/json", 400),
            (b'{"a": "\\ud800"}', "application/json", 400),
            (b'{"a": "\\u0000"}', "application/json", 400),
            (b'\xff{"a": 1}', "application/json", 400),
            (b"[" * 5_000 + b"]" * 5_000, "application/json", 400),
            (b"&".join(b"a=1" for _ in range(2_000)), "application/x-www-form-urlencoded", 400),
            (b"no boundary", "multipart/form-data", 400),
            (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
            (b"\xff\xfe", "text/plain", 400),
            (b"x" * 2_000_000, "text/plain", 413),
        ],
    )
    def test_bodies_that_are_refused(self, server: Server, content: bytes, kind: str, status: int) -> None:
        if server.hook("strict", method="GET").status_code == 404:
            echo(server, "strict", max_bytes=1_000_000)
        answer = server.hook("strict", content=content, headers={"content-type": kind})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]

    def test_where_nobody_listens(self, server: Server) -> None:
        assert server.hook("nowhere").status_code == 404
        echo(server, "only-get", methods=["GET"])
        answer = server.hook("only-get", {})
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


class TestAnswers:
    def test_immediately(self, server: Server) -> None:
        server.live(workflow("now", [hook("now"), put("x", a=1)], "hook > x"))
        answer = server.hook("now", {})
        assert server.ended(answer.json()["execution_id"])["status"] == "succeeded"

    def test_immediately_with_an_own_answer(self, server: Server) -> None:
        respond = {"mode": "immediately", "status": 201, "body": "thanks", "headers": [{"name": "x-a", "value": "b"}]}
        server.live(workflow("own", [hook("own", respond=respond)]))
        answer = server.hook("own", {})
        assert (answer.status_code, answer.text, answer.headers["x-a"]) == (201, "thanks", "b")

    def test_all_items(self, server: Server) -> None:
        server.live(workflow("all", [
            hook("all", respond={"mode": "last_node", "returns": "all"}),
            node("split", "data.split_out", {"field": "body.list"}),
            put("double", n={"$": "json.n * 2"}),
        ], "hook > split", "split > double"))  # fmt: skip
        answer = server.hook("all", {"list": [{"n": 1}, {"n": 2}]})
        assert answer.json() == [{"n": 2}, {"n": 4}]

    def test_a_respond_node_answers_and_the_workflow_goes_on(self, server: Server) -> None:
        server.live(workflow("respond", [
            hook("respond", respond={"mode": "respond_node"}),
            node("say", "webhook.respond", {"status": 202, "body": {"kind": "html", "html": "<b>hi</b>"}}),
            node("pause", "flow.wait", {"resume": {"on": "duration", "seconds": 0.3}}),
            put("after", done=True),
        ], "hook > say", "say > pause", "pause > after"))  # fmt: skip
        answer = server.hook("respond", {})
        assert (answer.status_code, answer.text) == (202, "<b>hi</b>")
        assert "sandbox" in answer.headers["content-security-policy"]
        ended = {"waiting"}
        while "waiting" in ended:
            ended = {server.ended(answer.headers["x-a8n-execution"])["status"]}
        assert ended == {"succeeded"}

    def test_a_workflow_that_fails_says_no_more_than_that(self, server: Server) -> None:
        nodes = [hook("bad", respond=FIRST), put("x", y={"$": "json.secret_name + 1"})]
        server.live(workflow("bad", nodes, "hook > x"))
        answer = server.hook("bad", {})
        assert answer.status_code == 500
        assert "secret_name" not in answer.text
        failed = server.api("GET", f"/executions/{answer.headers['x-a8n-execution']}")
        assert (failed["status"], failed["error"]["node"]) == ("failed", "x")

    def test_no_cookies_and_no_escape_from_the_sandbox(self, server: Server) -> None:
        headers = [{"name": "set-cookie", "value": "a8n=evil"}, {"name": "content-security-policy", "value": "none"}]
        respond = {"mode": "immediately", "body": "x", "headers": headers}
        saved = server.api("POST", "/workflows?lenient=true", workflow("h", [hook("h", respond=respond)]), status=201)
        if not saved["issues"]:
            server.api("POST", f"/workflows/{saved['id']}/activate", {})
            answer = server.hook("h", {})
            assert "set-cookie" not in answer.headers
            assert answer.headers["content-security-policy"].startswith("sandbox")


class TestAuthentication:
    def test_basic(self, server: Server) -> None:
        credential = server.api("POST", "/credentials", {
            "name": "basic", "kind": "webhook.basic", "values": {"username": "ana", "password": "s3cret"},
        }, status=201)  # fmt: skip
        echo(server, "basic", auth={"kind": "basic", "credential": {"$credential": credential["id"]}})
        assert server.hook("basic", {}).status_code == 401
        assert server.hook("basic", {}, auth=("ana", "wrong")).status_code == 401
        seen = server.hook("basic", {}, auth=("ana", "s3cret"))
        assert seen.status_code == 200
        assert base64.b64encode(b"ana:s3cret").decode() not in seen.text

    def test_hmac(self, server: Server) -> None:
        credential = server.api("POST", "/credentials", {
            "name": "hmac", "kind": "webhook.hmac", "values": {"secret": "shared secret"},
        }, status=201)  # fmt: skip
        auth = {"kind": "hmac", "credential": {"$credential": credential["id"]}, "scheme": {"preset": "github"}}
        echo(server, "hmac", auth=auth)
        body = b'{"n": 1}'
        proof = "sha256=" + hmac.new(b"shared secret", body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": proof}
        assert server.hook("hmac", content=b'{"n": 2}', headers=headers).status_code == 401
        assert server.hook("hmac", content=body, headers=headers).status_code == 200


class TestIdempotency:
    def test_a_repeat_gets_the_first_answer_and_starts_nothing(self, server: Server) -> None:
        nodes = [hook("once", respond=FIRST), put("x", id={"$": "execution.id"})]
        workflow_id = server.live(workflow("once", nodes, "hook > x"))
        key = {"idempotency-key": "order-1"}
        first = server.hook("once", {}, headers=key)
        again = server.hook("once", {"other": 1}, headers=key)
        assert first.json() == again.json()
        assert len(server.api("GET", f"/executions?workflow={workflow_id}")["data"]) == 1

    def test_of_many_at_once_one_starts(self, server: Server) -> None:
        workflow_id = server.live(workflow("race", [hook("race")]))
        with ThreadPoolExecutor(10) as pool:
            answers = pool.map(lambda _: server.hook("race", {}, headers={"idempotency-key": "k"}), range(20))
            ids = {answer.json()["execution_id"] for answer in answers}
        assert len(ids) == 1
        assert len(server.api("GET", f"/executions?workflow={workflow_id}")["data"]) == 1


class TestListening:
    def test_a_draft_answers_while_somebody_listens(self, server: Server) -> None:
        nodes = [hook("draft", respond=FIRST), put("x", a={"$": "json.body.a"})]
        saved = server.api("POST", "/workflows", workflow("draft", nodes, "hook > x"), status=201)
        assert server.hook("draft", {"a": 1}).status_code == 404
        server.api("POST", f"/webhooks/{saved['id']}/listen", {})
        assert server.hook("draft", {"a": 1}).json() == {"a": 1}
        (captured,) = server.api("GET", f"/webhooks/{saved['id']}/captures")["data"]
        assert captured["items"][0]["json"]["body"] == {"a": 1}
        server.api("DELETE", f"/webhooks/{saved['id']}/listen", status=204)
        assert server.hook("draft", {"a": 1}).status_code == 404
