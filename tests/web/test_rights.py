"""Role x route x object: walks the whole route table as everybody, against an object of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from quart import Quart

from a8n.runtime.access import INSTANCE_ROLES, PROJECT_ROLES, Permission
from a8n_web import loaders
from a8n_web.dispatch import INSTANCE_WIDE
from a8n_web.routes import PUBLIC, Route, RouteError, Routes, checked
from tests.web.conftest import Client, Reply, person, workflow

PROJECT = {"project owner": "owner", "editor": "editor", "viewer": "viewer"}
OBJECTS = {
    loaders.workflow, loaders.workflow_named, loaders.credential, loaders.project, loaders.execution,
    loaders.data_table,
}  # fmt: skip
ENDLESS = {"workflows_watch_workflow", "executions_watch_executions"}
"""They answer for as long as somebody listens."""
HIDDEN = {f"there is no such {what}" for what in ("workflow", "credential", "execution", "project", "table")}


@dataclass
class World:
    """A project with members of each role, and somebody who belongs to none of it."""

    app: Quart
    people: dict[str, Client]
    project: str
    workflow: str = ""
    credential: str = ""
    execution: str = ""
    table: str = ""
    spare: str = ""

    async def furnish(self) -> None:
        """Make the objects that a call could change or delete, anew."""
        boss = self.people["project owner"]
        made = await boss.post("/api/workflows", {**workflow(path=f"p{id(self)}"), "project": self.project})
        self.workflow = made["id"]
        secret = {"name": f"c {self.workflow}", "kind": "toy.account", "values": {"token": "secret-token"}}
        self.credential = (await boss.post("/api/credentials", {**secret, "project": self.project}))["id"]
        run = await boss.post(f"/api/workflows/{self.workflow}/run", {"mode": "sync"})
        self.execution = run["execution_id"]
        columns = [{"name": "email", "kind": "text"}]
        kept = {"name": f"t {self.workflow}", "columns": columns, "project": self.project}
        self.table = (await boss.post("/api/tables", kept))["id"]
        await boss.post(f"/api/workflows/{self.workflow}/activate")
        self.checkpoint = (await boss.post(f"/api/workflows/{self.workflow}/checkpoints"))["id"]

    def address(self, route: Route) -> str:
        """The route's path about objects that exist."""
        first: dict[Any, str] = {
            loaders.workflow: self.workflow,
            loaders.credential: self.credential,
            loaders.project: self.project,
            loaders.execution: self.execution,
            loaders.data_table: self.table,
            loaders.user: self.spare,
        }
        values = {
            "id": first.get(route.loader, "none"),
            "version": "1",
            "checkpoint": self.checkpoint,
            "node": "greet",
            "connection": "start.main.greet.main",
            "key": "toy.send",
            "field": "channel",
            "name": "region",
            "user": self.spare,
            "session": "none",
            "hash": "0" * 64,
            "project": self.project,
            "row": "none",
        }
        path = route.path
        for name in route.parameters:
            path = path.replace(f"{{{name}}}", values[name])
        return f"{path}?workflow_id={self.workflow}" if route.loader is loaders.workflow_named else path

    def body(self, route: Route) -> dict[str, Any] | None:
        """A body that is fit to be accepted, as far as that matters here."""
        if route.body is None:
            return None
        account = {"params": {"account": {"$credential": self.credential}}}
        return {
            "workflows_create_workflow": {**workflow(), "project": self.project},
            "transfer_import_workflow": {"text": "name: x", "project": self.project},
            "workflows_save_workflow": workflow(path=f"p{id(self)}"),
            "credentials_create_credential": {
                "name": "x", "kind": "toy.account", "values": {"token": "t"}, "project": self.project,
            },
            "projects_create_project": {"name": "x"},
            "projects_change_project": {"name": "x"},
            "projects_put_member": {"role": "viewer"},
            "projects_put_variable": {"value": 1},
            "catalogue_live_choices": account,
        }.get(route.name, {})  # fmt: skip


@pytest.fixture
async def world(owner: Client) -> World:
    people = {"instance owner": owner, "anonymous": Client(owner.app)}
    for number, role in enumerate((*PROJECT, "outsider")):
        people[role] = await person(owner, f"p{number}@example.org")
    people["admin"] = await person(owner, "admin@example.org", "admin")
    spare = await person(owner, "spare@example.org")
    project = (await people["project owner"].post("/api/projects", {"name": "Shared"}))["id"]
    for role in ("editor", "viewer"):
        path = f"/api/projects/{project}/members/{people[role].user['id']}"
        assert (await people["project owner"].put(path, {"role": role})).status == 204
    made = World(owner.app, people, project, spare=spare.user["id"])
    await made.furnish()
    return made


def expected(route: Route, role: str) -> set[str]:
    """What a role may get from a route: `in`, or which refusal."""
    if role == "anonymous":
        return {"401"}
    instance_role = "owner" if role == "instance owner" else "admin" if role == "admin" else "member"
    if route.permission in INSTANCE_WIDE:
        return {"in"} if route.permission in INSTANCE_ROLES[instance_role] else {"403"}
    if instance_role != "member":
        return {"in"}
    about = route.loader in OBJECTS
    names_project = route.name in (
        "workflows_create_workflow",
        "transfer_import_workflow",
        "credentials_create_credential",
    )
    uses_credential = route.name == "catalogue_live_choices"
    if not about and not names_project and not uses_credential:
        return {"in"}  # a list: what it holds is another test's
    if role == "outsider":
        return {"404"}
    return {"in"} if route.permission in PROJECT_ROLES[PROJECT[role]] else {"403"}


async def answer(client: Client, route: Route, world: World) -> Reply:
    """What somebody gets from a route; of an answer without an end its beginning."""
    if route.name not in ENDLESS:
        return await client(route.method, world.address(route), world.body(route))
    async with client.watch(world.address(route)) as watch:
        body = orjson.loads(watch.raw) if watch.raw.startswith(b"{") else watch.raw
        return Reply(watch.status, {}, body)


def met(reply: Any) -> str:
    """What somebody got."""
    if reply.status in (401, 403):
        return str(reply.status)
    if reply.status == 404 and reply.body.get("detail") in HIDDEN:
        return "404"
    return "in"


@pytest.mark.parametrize(
    "role", ["anonymous", "outsider", "viewer", "editor", "project owner", "admin", "instance owner"]
)
async def test_everybody_gets_exactly_what_the_table_says(world: World, role: str) -> None:
    client = world.people[role]
    wrong = []
    for route in world.app.extensions["a8n_routes"]:
        if route.permission is Permission.PUBLIC or route.name in ("users_change_me", "projects_delete_project"):
            continue
        if route.method == "DELETE" and route.loader is loaders.user and role == "instance owner":
            continue
        reply = await answer(client, route, world)
        assert reply.status < 500, f"{route.name}: {reply.body}"
        if met(reply) not in expected(route, role):
            wrong.append(f"{route.method} {route.path}: {role} met {reply.status} {reply.body}")
        if route.method == "DELETE" and reply.status == 204:
            await world.furnish()
    assert wrong == []


async def test_an_object_of_others_looks_like_one_that_is_not_there(world: World) -> None:
    outsider = world.people["outsider"]
    for path in ("workflows", "credentials", "executions", "projects"):
        there = await outsider.get(f"/api/{path}/{getattr(world, path[:-1])}")
        nowhere = await outsider.get(f"/api/{path}/018f0000-0000-7000-8000-000000000000")
        for reply in (there, nowhere):
            reply.body.pop("instance")
        assert (there.status, there.body) == (nowhere.status, nowhere.body)
        assert there.status == 404


async def test_lists_hold_nothing_of_others(world: World) -> None:
    outsider = world.people["outsider"]
    for path in ("workflows", "credentials", "executions", "variables", "webhooks"):
        assert (await outsider.get(f"/api/{path}"))["data"] == [], path
    assert [row["personal"] for row in (await outsider.get("/api/projects"))["data"]] == [True]
    for path in ("workflows", "credentials", "executions"):
        assert (await outsider.get(f"/api/{path}?project={world.project}"))["data"] == []
        assert (await world.people["viewer"].get(f"/api/{path}?project={world.project}"))["data"] != []


async def test_ones_own_project_comes_first_also_for_who_sees_all(world: World) -> None:
    for who, client in world.people.items():
        if who == "anonymous":
            continue
        name = {"name": f"of {who}", "kind": "toy.account", "values": {"token": "secret-token"}}
        default = (await client.post("/api/credentials", name))["project"]
        listed = (await client.get("/api/projects"))["data"]
        assert (listed[0]["id"], listed[0]["personal"]) == (default, True), who


async def test_a_key_has_its_scopes_and_never_more_than_its_owner(world: World) -> None:
    viewer = world.people["viewer"]
    made = await viewer.post("/api/keys", {"name": "script", "scopes": ["workflow:read", "workflow:edit"]})
    key = Client(world.app, made["key"])
    assert (await key.get(f"/api/workflows/{world.workflow}")).status == 200
    assert (await key.put(f"/api/workflows/{world.workflow}", workflow())).status == 403  # a viewer's key
    assert (await key.get(f"/api/credentials/{world.credential}")).status == 403  # not a scope
    assert (await key.get("/api/keys")).status == 403
    assert (await key.get("/api/users/me")).status == 403


async def test_a_key_without_scopes_for_it_opens_nothing(world: World) -> None:
    made = await world.people["instance owner"].post("/api/keys", {"name": "k", "scopes": ["audit:read"]})
    key = Client(world.app, headers={"X-API-Key": made["key"]})
    for route in world.app.extensions["a8n_routes"]:
        if route.permission not in (Permission.PUBLIC, Permission.AUDIT_READ):
            reply = await answer(key, route, world)
            assert reply.status == 403, f"{route.method} {route.path}: {reply.status}"


# --- the table itself --------------------------------------------------------------------------------------------


async def _handler(call: Any) -> None:
    """Do something."""


def test_a_route_without_a_permission_or_loader_stops_the_start() -> None:
    routes = Routes("Test")
    with pytest.raises(TypeError):
        routes.get("/api/x")  # type: ignore[call-arg]
    routes.get("/api/x", None, loaders.nothing)(_handler)  # type: ignore[arg-type]
    with pytest.raises(RouteError, match="GET /api/x declares no permission"):
        checked(routes, public=())
    routes = Routes("Test")
    routes.get("/api/x", Permission.ACCOUNT, None)(_handler)  # type: ignore[arg-type]
    with pytest.raises(RouteError, match="no loader"):
        checked(routes, public=())


def test_public_routes_are_those_of_the_list() -> None:
    routes = Routes("Test")
    routes.get("/api/x", Permission.PUBLIC, loaders.nothing)(_handler)
    with pytest.raises(RouteError, match="not in both"):
        checked(routes, public=())
    with pytest.raises(RouteError, match="which is no route"):
        checked([], public=PUBLIC)
