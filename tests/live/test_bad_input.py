"""Wrong input over real HTTP: every one gets a clear error, none harms a neighbour, nothing is lost."""

from __future__ import annotations

import contextlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from a8n.items import JSON
from tests.live.server import Server, hook, node, put, workflow
from tests.live.site import SlowSite

FIRST = {"mode": "last_node", "returns": "first"}


def refused(server: Server, method: str, path: str, body: JSON = None, **options: Any) -> httpx.Response:
    """What the API says to something wrong: never 5xx, always a problem document."""
    if body is not None:
        options["json"] = body
    headers = {"authorization": f"Bearer {server.token}", **options.pop("headers", {})}
    answer = server.http.request(method, f"{server.url}{path}", headers=headers, **options)
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert answer.json()["title"]
    return answer


def saved(server: Server, nodes: list[dict[str, JSON]], *wires: str) -> Any:
    """A workflow that may have issues."""
    return server.api("POST", "/workflows?lenient=true", workflow("w", nodes, *wires), status=201)


def ran(server: Server, workflow_id: str, **options: JSON) -> Any:
    """The outcome of a run."""
    return server.api("POST", f"/workflows/{workflow_id}/run", {"mode": "sync", **options})


class TestDocuments:
    def test_an_unknown_node_type_stays_as_a_placeholder(self, server: Server) -> None:
        params: JSON = {"deep": [1, {"text": "kept"}], "flag": True}
        made = saved(server, [hook("p1"), node("a", "somebody.elses", params)], "hook > a")
        assert [(issue["path"], issue["code"]) for issue in made["issues"]] == [("nodes.a.type", "unknown_type")]
        assert server.api("GET", f"/workflows/{made['id']}")["nodes"][1]["params"] == params
        for action in ("run", "activate"):
            said = refused(server, "POST", f"/api/workflows/{made['id']}/{action}", {})
            assert "somebody.elses" in said.json()["detail"]

    def test_invalid_parameters(self, server: Server) -> None:
        document = workflow("w", [hook("p2"), node("call", "http.request", {"url": 5, "method": "BREW", "zz": 1})])
        said = refused(server, "POST", "/api/workflows", document)
        paths = {error["path"] for error in said.json()["errors"]}
        assert {"nodes.call.params.url", "nodes.call.params.method", "nodes.call.params.zz"} == paths
        made = server.api("POST", "/workflows?lenient=true", document, status=201)
        assert {issue["path"] for issue in made["issues"]} == paths
        assert made["nodes"][1]["params"] == {"url": 5, "method": "BREW", "zz": 1}
        refused(server, "POST", f"/api/workflows/{made['id']}/activate", {})

    @pytest.mark.parametrize(("wire", "names"), [("hook.nope > a", "nope"), ("hook > a.nope", "nope")])
    def test_an_unknown_port(self, server: Server, wire: str, names: str) -> None:
        made = saved(server, [hook("p3"), put("a", x=1)], wire)
        assert [issue["code"] for issue in made["issues"]] == ["unknown_port"]
        assert names in refused(server, "POST", f"/api/workflows/{made['id']}/run", {}).json()["detail"]

    @pytest.mark.parametrize(
        ("wires", "code"),
        [
            (("hook > a", "hook > b", "a > b", "b > a"), "irreducible"),
            (("hook > nobody",), "unknown_node"),
            (("nobody > a",), "unknown_node"),
        ],
    )
    def test_a_graph_that_cannot_be(self, server: Server, wires: tuple[str, ...], code: str) -> None:
        document = workflow("w", [hook("p4"), put("a", x=1), put("b", x=1)], *wires)
        said = refused(server, "POST", "/api/workflows", document).json()
        assert code in {error["code"] for error in said["errors"]}

    def test_a_missing_credential(self, server: Server) -> None:
        credential = {"name": "c", "kind": "webhook.basic", "values": {"username": "a", "password": "s3cret-b"}}
        made = server.api("POST", "/credentials", credential, status=201)
        auth = {"kind": "basic", "credential": {"$credential": made["id"]}}
        workflow_id = server.live(workflow("w", [hook("locked", auth=auth, respond=FIRST)]))
        server.api("DELETE", f"/credentials/{made['id']}", status=204)
        answer = server.hook("locked", {}, auth=("a", "s3cret-b"))
        assert answer.status_code == 503, "never open to all, and no fault of the sender's"
        assert made["id"] not in answer.text
        assert server.api("GET", f"/executions?workflow={workflow_id}")["data"] == []
        nodes = [hook("other", auth={"kind": "basic", "credential": {"$credential": "nope"}})]
        assert "credential" in refused(server, "POST", "/api/workflows", workflow("w", nodes)).json()["detail"]

    def test_text_of_every_kind_comes_back_as_it_was(self, server: Server) -> None:
        text = "\u202eabc \u05e9\u05dc\u05d5\u05dd 日本語 🎉\u200d <script>alert(1)</script> {{ 1 + 1 }} \\ \" '"
        nodes = [{**hook("texts", respond=FIRST), "name": text}, put("x", say=text)]
        made = server.api("POST", "/workflows", workflow(text, nodes, "hook > x"), status=201)
        assert (made["name"], made["nodes"][0]["name"]) == (text, text)
        listed = server.http.get(f"{server.url}/api/workflows", headers={"authorization": f"Bearer {server.token}"})
        assert listed.headers["content-type"] == "application/json"
        assert text in [row["name"] for row in listed.json()["data"]]
        assert ran(server, made["id"])["items"] == [{"say": text}]
        server.api("POST", "/workflows", workflow("n" * 200, nodes), status=201)
        too_long = refused(server, "POST", "/api/workflows", workflow("n" * 201, nodes))
        assert too_long.json()["errors"][0]["path"] == "name"


class TestRequests:
    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"{", "application/json", 400),
            (b'{"name": NaN}', "application/json", 400),
            (b'{"name": "\\ud800"}', "application/json", 400),
            (b'{"name": "\\u0000"}', "application/json", 400),
            (b'{"name": "\xff"}', "application/json", 400),
            (b"\xef\xbb\xbf{}", "application/json", 400),
            (b"", "application/json", 400),
            (b"[" * 100_000, "application/json", 400),
            (b'{"nodes":' * 200 + b"1" + b"}" * 200, "application/json", 400),
            (b"[]", "application/json", 422),
            (b'{"name": "w", "unknown": 1}', "application/json", 422),
            (b'{"name": "w", "nodes": 5}', "application/json", 422),
            (b"{}", "text/plain", 415),
            (b"{}", "application/json; charset=utf-16", 415),
            (b"a=1", "application/x-www-form-urlencoded", 415),
            (b" " * 17_000_000, "application/json", 413),
        ],
    )
    def test_bodies(self, server: Server, content: bytes, kind: str, status: int) -> None:
        said = refused(server, "POST", "/api/workflows", content=content, headers={"content-type": kind})
        assert said.status_code == status
        assert said.json()["detail"]

    @pytest.mark.parametrize(
        "path",
        [
            "/api/workflows/nope", "/api/workflows/%00", f"/api/workflows/{'a' * 3000}", "/api/workflows/..%2f..",
            "/api/workflows/%F0%9F%98%80", "/api/executions/1e309/steps", "/api/nothing", "/api/workflows?cursor=zzz",
            "/api/workflows?cursor=WyJhIiwiYiIsImMiXQ", "/api/executions?cursor=%F0%9F%98%80", "/api/audit?cursor=W10",
            "/api/workflows?limit=0", "/api/workflows?limit=100000", "/api/executions?limit=abc",
            "/api/executions?status=zz", "/api/executions?from=never", "/api/workflows?unknown=1",
            "/api/workflows?q=%00",
        ],
    )  # fmt: skip
    def test_addresses_ids_and_cursors(self, server: Server, path: str) -> None:
        said = refused(server, "GET", path).json()
        assert said["detail"]
        assert "[" not in "".join(error["path"] for error in said.get("errors", ()))

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_methods(self, server: Server, method: str) -> None:
        said = refused(server, method, "/api/workflows", {})
        assert said.status_code == 405
        assert "POST" in said.headers["allow"]

    def test_runs_of_what_is_not_there(self, server: Server) -> None:
        made = saved(server, [hook("runs"), put("a", x=1)], "hook > a")
        run = f"/api/workflows/{made['id']}/run"
        for body, place in (
            ({"to": "nobody"}, "no node 'nobody'"),
            ({"from": "nobody"}, "no node 'nobody'"),
            ({"trigger": "a"}, "no trigger 'a'"),
            ({"version": "published"}, "never published"),
            ({"version": "77"}, "no such version"),
            ({"execution": "nobody", "from": "a"}, "no such execution"),
            ({"pins": {"nobody": {"main": [{}]}}}, "pins.nobody"),
            ({"pins": {"a": {"side": [{}]}}}, "no output 'side'"),
            ({"items": [1]}, "items.0"),
            ({"mode": "later"}, "mode"),
        ):
            assert place in refused(server, "POST", run, body).json()["detail"], body


def raw(server: Server, *pieces: bytes) -> bytes:
    """What the server sends to these bytes until it ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(20)
        said = b""
        with contextlib.suppress(ConnectionError):  # it may hang up before it has heard all
            for piece in pieces:
                connection.sendall(piece)
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65_536):
                said += piece
        return said


class TestConnections:
    @pytest.mark.parametrize(
        "pieces",
        [
            (b"GARBAGE\r\n\r\n",),
            (b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",),
            (b"BREW /webhook/x HTTP/1.1\r\nhost: x\r\n\r\n",),
            (b"POST /webhook/x HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",),
            (
                b"POST /webhook/x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"
                b"0\r\n\r\n",
            ),
            (b"POST /webhook/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n",),
            (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n",),
            (b"GET / HTTP/1.1\r\nhost: x\r\n", *[b"x: " + b"y" * 50_000] * 20),
            (b"GET / HTTP/1.1\r\nhost: x\r\n", *[b"x-%d: y\r\n" % n for n in range(50_000)]),
        ],
    )
    def test_what_is_not_http(self, server: Server, pieces: tuple[bytes, ...]) -> None:
        said = raw(server, *pieces)
        assert said[:13] in (b"HTTP/1.1 400 ", b""), said[:200]

    def test_a_connection_goes_on_after_an_error(self, server: Server) -> None:
        """Errors that are answers do not end the connection, pipelined requests are answered in order."""
        broken = b"POST /webhook/nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n{"
        unknown = b"GET /api/nothing HTTP/1.1\r\nhost: x\r\n\r\n"
        last = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        said = raw(server, broken + unknown + last)
        assert [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]] == [b"404", b"404", b"200"]

    def test_unfinished_requests_hold_nobody_up(self, server: Server) -> None:
        half = b"POST /api/users/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        half += b"content-length: 100\r\n\r\n{"
        with contextlib.ExitStack() as stack:
            for number in range(200):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                connection.sendall(half if number % 2 else half[:40])
            assert server.http.get(f"{server.url}/healthz").status_code == 200
            assert server.api("GET", "/workflows")["data"] is not None
        assert server.http.get(f"{server.url}/healthz").status_code == 200


class TestExpressions:
    @pytest.mark.parametrize(
        "expression",
        [
            "'a' * 10 ** 12", "range(10 ** 9) | list", "10 ** 10 ** 10", "(range(9999) | list) * 9999", "1 / 0",
            "json.x.y.z", "nope()", "''.__class__.__mro__", "'{:1000000000d}'.format(1)", "lipsum(n=100000)",
            "'x' | regex_replace('(', '')", "json | nope",
        ],
    )  # fmt: skip
    def test_one_that_fails_or_blows_up_says_what_and_where(self, server: Server, expression: str) -> None:
        made = saved(server, [hook("bomb"), put("a", x={"$": expression})], "hook > a")
        if made["issues"]:
            assert made["issues"][0]["path"] == "nodes.a.params.fields.0.value"
            refused(server, "POST", f"/api/workflows/{made['id']}/run", {})
            return
        outcome = ran(server, made["id"])
        assert (outcome["status"], outcome["error"]["node"]) == ("failed", "a")
        assert outcome["error"]["message"]
        assert "Traceback" not in json.dumps(outcome)

    def test_one_without_measure_is_refused_in_few_words(self, server: Server) -> None:
        for expression in ("+".join(["1"] * 60_000), "(" * 4_000 + "1" + ")" * 4_000):
            made = saved(server, [hook("bomb"), put("a", x={"$": expression})], "hook > a")
            assert made["issues"]
            assert len(made["issues"][0]["message"]) < 1_000

    def test_bombs_leave_the_others_in_peace(self, server: Server) -> None:
        """While many bombs go off, every other request is answered, and the bombs fail each for itself."""
        bomb = "(range(9999) | map('string') | join) | regex_replace('(a|9+)+$', 'b') * 9999"
        bad = saved(server, [hook("b1"), put("a", x={"$": bomb})], "hook > a")["id"]
        server.live(workflow("good", [hook("good", respond=FIRST), put("a", x=1)], "hook > a"))

        def explode() -> list[str]:
            return [ran(server, bad)["status"] for _ in range(5)]

        with ThreadPoolExecutor(4) as pool:
            bombs = [pool.submit(explode) for _ in range(4)]
            answered = 0
            while not all(future.done() for future in bombs) or answered == 0:
                assert server.hook("good", {}).json() == {"x": 1}
                answered += 1
        assert {status for future in bombs for status in future.result()} == {"failed"}


class TestRunning:
    def test_a_workflow_that_changes_while_it_runs(self, server: Server, site: SlowSite) -> None:
        """What runs goes on with its version; what begins afterwards has the new one."""
        nodes = [hook("change"), node("call", "http.request", {"method": "GET", "url": site.url}), put("after", v=1)]
        workflow_id = server.live(workflow("change", nodes, "hook > call", "call > after"))
        old = server.hook("change", {}).json()["execution_id"]
        asked = site.taken()
        changed = workflow("change", [hook("change"), put("after", v=2)], "hook > after")
        server.api("PUT", f"/workflows/{workflow_id}", changed)
        server.api("POST", f"/workflows/{workflow_id}/activate", {})
        new = server.hook("change", {}).json()["execution_id"]
        site.answer(asked)
        for execution_id, version in ((old, 1), (new, 2)):
            row = server.ended(execution_id)
            assert (row["status"], row["version"]) == ("succeeded", version)
            steps = {step["node"]: step for step in server.api("GET", f"/executions/{execution_id}/steps")["data"]}
            assert steps["after"]["output"]["main"]["items"][0]["json"] == {"v": version}

    def test_a_workflow_that_is_deleted_while_it_runs(self, server: Server, site: SlowSite) -> None:
        """What was accepted has the right to end."""
        nodes = [hook("gone"), node("call", "http.request", {"method": "GET", "url": site.url}), put("after", v=1)]
        workflow_id = server.live(workflow("gone", nodes, "hook > call", "call > after"))
        execution_id = server.hook("gone", {}).json()["execution_id"]
        asked = site.taken()
        said = refused(server, "DELETE", f"/api/workflows/{workflow_id}")
        assert said.status_code == 409
        assert "not over" in said.json()["detail"]
        site.answer(asked)
        assert server.ended(execution_id)["status"] == "succeeded"
        server.api("DELETE", f"/workflows/{workflow_id}", status=204)
        assert server.api("GET", f"/executions/{execution_id}")["status"] == "succeeded"
        assert server.hook("gone", {}).status_code == 404

    def test_cancel(self, server: Server, site: SlowSite) -> None:
        nodes = [hook("stop"), node("call", "http.request", {"method": "GET", "url": site.url}), put("after", v=1)]
        server.live(workflow("stop", nodes, "hook > call", "call > after"))
        execution_id = server.hook("stop", {}).json()["execution_id"]
        asked = site.taken()
        assert server.api("POST", f"/executions/{execution_id}/cancel", {})["status"] == "canceled"
        assert server.api("GET", f"/executions/{execution_id}")["status"] == "canceled"
        steps = server.api("GET", f"/executions/{execution_id}/steps")["data"]
        assert "after" not in {step["node"] for step in steps}
        assert asked.recv(1) == b"", "and the request that it waited for is given up"
        asked.close()
        assert refused(server, "POST", f"/api/executions/{execution_id}/replay", {"from": "hook"}).status_code == 422

    def test_retry_from_the_step_that_failed(self, server: Server, site: SlowSite) -> None:
        """With the version it ran it fails again; with the mended workflow the steps before it are taken over."""
        call = node("call", "http.request", {"method": "GET", "url": site.url})
        nodes = [hook("mend"), call, put("x", y={"$": "1 / json.nothing"})]
        workflow_id = server.live(workflow("mend", nodes, "hook > call", "call > x"))
        failed = server.hook("mend", {"n": 0}).json()["execution_id"]
        site.answer(site.taken())
        assert server.ended(failed)["status"] == "failed"

        again = server.api("POST", f"/executions/{failed}/retry", {"mode": "sync"})
        assert (again["status"], again["error"]["node"]) == ("failed", "x")
        mended = workflow("mend", [hook("mend"), call, put("x", y="mended")], "hook > call", "call > x")
        server.api("PUT", f"/workflows/{workflow_id}", mended)
        current = server.api("POST", f"/executions/{failed}/retry", {"mode": "sync", "version": "current"})
        assert (current["status"], current["items"]) == ("succeeded", [{"y": "mended"}])
        replayed = server.api(
            "POST", f"/executions/{failed}/replay", {"mode": "sync", "from": "x", "version": "current"}
        )
        assert replayed["status"] == "succeeded"
        assert server.api("GET", f"/executions/{replayed['execution_id']}")["retry_of"] == failed
        site.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):  # the site was asked once
            site.taken()

    def test_a_sub_workflow_that_is_not_there(self, server: Server) -> None:
        made = saved(
            server, [hook("parent"), node("child", "flow.subworkflow", {"workflow": "nobody"})], "hook > child"
        )
        outcome = ran(server, made["id"])
        assert outcome["status"] == "failed"
        assert "nobody" in outcome["error"]["message"]

    def test_a_workflow_that_calls_itself_for_ever(self, server: Server) -> None:
        made = saved(server, [hook("self", respond=FIRST)])
        nodes = [hook("self", respond=FIRST), node("again", "flow.subworkflow", {"workflow": made["id"]})]
        server.api("PUT", f"/workflows/{made['id']}", workflow("self", nodes, "hook > again"))
        server.api("POST", f"/workflows/{made['id']}/activate", {})
        outcome = ran(server, made["id"], version="published")
        assert outcome["status"] == "failed"
        assert "more than 20 deep" in outcome["error"]["message"]
        assert len(outcome["error"]["message"]) < 2_000
