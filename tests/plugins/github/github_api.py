"""A server on loopback that speaks GitHub's REST API, and checks requests as GitHub does."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "github_pat_11AAAAA"


@dataclass
class GitHub:
    """What was asked, and what happens next. `refusals` (status, body, headers) are answered first, each once."""

    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    refusals: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    releases: list[dict[str, Any]] = field(default_factory=list)
    merged: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def writes(self) -> list[tuple[str, str, Any]]:
        return [one for one in self.asked if one[0] != "GET"]

    def issue(self, **values: Any) -> dict[str, Any]:
        number = len(self.issues) + 1
        made = {
            "number": number, "title": "", "state": "open", "html_url": f"https://github.com/octo/shop/issues/{number}",
            "body": None, "user": {"login": "octocat"}, "labels": [], "assignees": [], **values,
        }  # fmt: skip
        self.issues.append(made)
        return made

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        path = request.path
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials", "status": "401"}, status=401)
        if not request.headers.get("user-agent"):
            return web.json_response({"message": "Request forbidden by administrative rules."}, status=403)
        assert request.headers["x-github-api-version"] == "2022-11-28"
        self.asked.append((request.method, path, body))
        if self.refusals:
            status, told, headers = self.refusals.pop(0)
            return web.json_response(told, status=status, headers=headers)
        if path == "/user":
            return web.json_response({"login": "octocat"})
        if path == "/user/repos":
            return self.paged(request, [{"full_name": "octo/shop"}, {"full_name": "octo/site"}])
        if path == "/search/issues":
            return self.paged(request, self.issues, "items")
        if path.startswith("/repos/octo/shop"):
            return self.repository(request, path.removeprefix("/repos/octo/shop").strip("/"), body)
        return missing()

    def paged(self, request: web.Request, rows: list[Any], name: str = "") -> web.Response:
        size, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
        if size > 100:
            return web.json_response({"message": "per_page is too large"}, status=422)
        found = rows[(page - 1) * size : page * size]
        headers = {}
        if page * size < len(rows):
            headers["link"] = f'<{request.url.update_query(page=page + 1)}>; rel="next", <{request.url}>; rel="last"'
        told = {"total_count": len(rows), "incomplete_results": False, name: found} if name else found
        return web.json_response(told, headers=headers)

    def repository(self, request: web.Request, rest: str, body: Any) -> web.Response:
        if not rest:
            return web.json_response({"full_name": "octo/shop"})
        head, _, tail = rest.partition("/")
        handler = getattr(self, f"on_{head}", None)
        answer = handler(request, tail, body) if handler is not None else None
        return answer if isinstance(answer, web.Response) else missing()

    def on_issues(self, request: web.Request, rest: str, body: Any) -> web.Response:
        if not rest and request.method == "GET":
            return self.paged(request, [one for one in self.issues if one["state"] == request.query["state"]])
        if not rest:
            if not body.get("title"):
                errors = [{"resource": "Issue", "field": "title", "code": "missing_field"}]
                return web.json_response({"message": "Validation Failed", "errors": errors}, status=422)
            labels = [{"name": name} for name in body["labels"]]
            made = self.issue(title=body["title"], body=body["body"], labels=labels)
            return web.json_response(made, status=201)
        number, _, part = rest.partition("/")
        if int(number) > len(self.issues):
            return missing()
        issue = self.issues[int(number) - 1]
        if part == "comments":
            told = {"id": 9, "html_url": issue["html_url"] + "#issuecomment-9", "body": body["body"]}
            return web.json_response(told, status=201)
        if part == "labels":
            issue["labels"] += [{"name": name} for name in body["labels"]]
            return web.json_response(issue["labels"])
        if part.startswith("labels/"):
            before = len(issue["labels"])
            issue["labels"] = [one for one in issue["labels"] if one["name"] != part.removeprefix("labels/")]
            return web.json_response(issue["labels"]) if len(issue["labels"]) < before else missing("Label")
        if request.method == "PATCH":
            issue.update(body)
        return web.json_response(issue)

    def on_pulls(self, request: web.Request, rest: str, body: Any) -> web.Response:
        pull = {
            "number": 7, "title": "Faster", "state": "open", "merged": self.merged, "html_url": "https://github.com/7",
            "user": {"login": "octocat"}, "head": {"ref": "fast", "sha": "a" * 40}, "base": {"ref": "main"},
            "merge_commit_sha": "c" * 40,
        }  # fmt: skip
        if rest == "7/merge":
            if body.get("sha", "a" * 40) != "a" * 40:
                return web.json_response({"message": "Head branch was modified."}, status=409)
            if self.merged:
                return web.json_response({"message": "Pull Request is not mergeable"}, status=405)
            self.merged = True
            return web.json_response({"sha": "c" * 40, "merged": True, "message": "Pull Request successfully merged"})
        if rest == "7":
            return web.json_response(pull)
        if rest:
            return missing()
        if request.method == "POST":
            assert set(body) == {"title", "head", "base", "body", "draft"}
            return web.json_response(pull, status=201)
        return self.paged(request, [pull])

    def on_contents(self, request: web.Request, path: str, body: Any) -> web.Response:
        data = self.files.get(path)
        if request.method == "PUT":
            assert body["message"]
            if data is not None and body.get("sha") != blob(data):
                return web.json_response({"message": f"{path} does not match {body.get('sha')}"}, status=409)
            self.files[path] = b64decode(body["content"], validate=True)
            told = {"content": {"sha": blob(self.files[path]), "html_url": "https://x"}, "commit": {"sha": "c" * 40}}
            return web.json_response(told, status=201 if data is None else 200)
        if data is None:
            below = [one for one in self.files if one.startswith(f"{path}/")]
            entries = [{"name": one, "path": one, "type": "file", "size": 1, "sha": "s"} for one in below]
            return web.json_response(entries) if below else missing()
        if request.headers["accept"] == "application/vnd.github.raw+json":
            return web.Response(body=data)
        small = len(data) <= 2**20
        return web.json_response({
            "type": "file", "name": path, "path": path, "size": len(data), "sha": blob(data),
            "encoding": "base64" if small else "none", "content": b64encode(data).decode() if small else "",
        })  # fmt: skip

    def on_releases(self, request: web.Request, rest: str, body: Any) -> web.Response:
        if rest.startswith("tags/"):
            found = [one for one in self.releases if one["tag_name"] == rest.removeprefix("tags/")]
            return web.json_response(found[0]) if found else missing()
        if request.method == "GET":
            return self.paged(request, self.releases)
        self.releases.append({"id": 1, "html_url": "https://x", **body})
        return web.json_response(self.releases[-1], status=201)

    def on_actions(self, request: web.Request, rest: str, body: Any) -> web.Response:
        if rest != "workflows/deploy.yml/dispatches":
            return missing()
        assert body["ref"]
        assert all(isinstance(one, str) for one in body["inputs"].values())
        return web.Response(status=204)

    def on_hooks(self, request: web.Request, rest: str, body: Any) -> web.Response:
        if not rest and request.method == "GET":
            return self.paged(request, list(self.hooks.values()))
        if not rest:
            assert body["name"] == "web"
            if any(one["config"]["url"] == body["config"]["url"] for one in self.hooks.values()):
                errors = [{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}]
                return web.json_response({"message": "Validation Failed", "errors": errors}, status=422)
            number = 100 + len(self.hooks)
            self.hooks[number] = {"id": number, **body}
            return web.json_response(self.hooks[number], status=201)
        if (hook := self.hooks.get(int(rest))) is None:
            return missing()
        if request.method == "DELETE":
            del self.hooks[int(rest)]
            return web.Response(status=204)
        hook.update(body)
        return web.json_response(hook)


def missing(what: str = "Not Found") -> web.Response:
    return web.json_response({"message": what, "status": "404"}, status=404)


def blob(data: bytes) -> str:
    return hashlib.sha1(b"blob " + str(len(data)).encode() + b"\0" + data).hexdigest()


@asynccontextmanager
async def serve() -> AsyncIterator[GitHub]:
    """GitHub with the repository octo/shop."""
    api = GitHub()
    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_route("*", "/{path:.*}", api.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.port = runner.addresses[0][1]
    try:
        yield api
    finally:
        await runner.cleanup()
