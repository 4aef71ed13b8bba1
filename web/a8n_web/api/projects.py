"""Projects: the walls between teams, their members and their variables."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n_web.api.users import Body
from a8n_web.calls import Call, rfc3339
from a8n_web.loaders import collection, project
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("Projects")

Role = Literal["owner", "editor", "viewer"]
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]{0,99}$"


class NewProject(Body):
    """A project's name."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Sales"])]


class Project(BaseModel):
    """A project, and one's own role in it."""

    id: str
    name: str
    personal: bool
    role: Role
    created_at: str


class Projects(BaseModel):
    """Projects."""

    data: list[Project]
    next_cursor: str | None = None


class Membership(Body):
    """A role in a project."""

    role: Role


class ProjectMember(BaseModel):
    """Somebody who belongs to a project."""

    user_id: str
    email: str
    name: str
    role: Role


class Members(BaseModel):
    """Everybody who belongs to a project."""

    data: list[ProjectMember]
    next_cursor: str | None = None


class Value(Body):
    """The value of a variable: any JSON."""

    value: Any


class Variable(BaseModel):
    """A value that all workflows of a project see as `vars.name`. It is no secret: secrets are credentials."""

    project: str
    name: str
    value: Any


class Variables(BaseModel):
    """Variables."""

    data: list[Variable]
    next_cursor: str | None = None


class OfProject(Body):
    """A project, or all that one sees."""

    project: str | None = None


def _described(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "personal": row.personal, "role": row.role,
        "created_at": rfc3339(row.created_at),
    }  # fmt: skip


@routes.get("/api/projects", Permission.PROJECT_READ, collection, answer=Projects)
async def list_projects(call: Call) -> dict[str, Any]:
    """The projects one belongs to."""
    return {"data": [_described(row) for row in await call.web.projects.list_for(call.actor)], "next_cursor": None}


@routes.post("/api/projects", Permission.PROJECT_CREATE, collection, body=NewProject, answer=Project, status=201)
async def create_project(call: Call) -> dict[str, Any]:
    """Make a project and be its owner."""
    made = await call.web.projects.create(call.actor, call.body.name)
    await call.audit("project.create", made.id)
    return _described(made)


@routes.get("/api/projects/{id}", Permission.PROJECT_READ, project, answer=Project)
async def read_project(call: Call) -> dict[str, Any]:
    """One project."""
    return _described(call.object)


@routes.patch("/api/projects/{id}", Permission.PROJECT_EDIT, project, body=NewProject, answer=Project)
async def change_project(call: Call) -> dict[str, Any]:
    """Rename a project."""
    await call.web.projects.rename(call.object, call.body.name)
    await call.audit("project.change", call.object.id)
    return {**_described(call.object), "name": call.body.name}


@routes.delete("/api/projects/{id}", Permission.PROJECT_EDIT, project, status=204, refusals=(409,))
async def delete_project(call: Call) -> None:
    """Delete a project that holds no workflows and no credentials."""
    await call.web.projects.delete(call.object)
    await call.audit("project.delete", call.object.id)


@routes.get("/api/projects/{id}/members", Permission.PROJECT_READ, project, answer=Members)
async def list_members(call: Call) -> dict[str, Any]:
    """Who belongs to a project."""
    rows = await call.web.projects.members_of(call.object)
    data = [{"user_id": row.user_id, "email": row.email, "name": row.name, "role": row.role} for row in rows]
    return {"data": data, "next_cursor": None}


@routes.put("/api/projects/{id}/members/{user}", Permission.PROJECT_EDIT, project, body=Membership, status=204)
async def put_member(call: Call) -> None:
    """Add somebody to a project, or give them another role."""
    await call.web.projects.put_member(call.object, call.args["user"], call.body.role)
    await call.audit("project.member", call.object.id, user=call.args["user"], role=call.body.role)


@routes.delete("/api/projects/{id}/members/{user}", Permission.PROJECT_EDIT, project, status=204)
async def remove_member(call: Call) -> None:
    """Take somebody out of a project."""
    await call.web.projects.remove_member(call.object, call.args["user"])
    await call.audit("project.remove_member", call.object.id, user=call.args["user"])


# --- variables ---------------------------------------------------------------------------------------------------


@routes.get("/api/variables", Permission.VARIABLE_READ, collection, query=OfProject, answer=Variables)
async def list_variables(call: Call) -> dict[str, Any]:
    """Variables of one's projects."""
    rows = await call.web.projects.variables_for(call.actor, call.query.project)
    data = [{"project": row.project_id, "name": row.name, "value": orjson.loads(row.value)} for row in rows]
    return {"data": data, "next_cursor": None}


@routes.put("/api/projects/{id}/variables/{name}", Permission.VARIABLE_EDIT, project, body=Value, answer=Variable)
async def put_variable(call: Call) -> dict[str, JSON]:
    """Set a variable. Executions that start from now on see it."""
    import re

    name = call.args["name"]
    if not re.match(VARIABLE, name):
        raise Refusal(422, "a variable's name has letters, digits and '_', and begins with no digit")
    await call.web.projects.put_variable(call.object, name, call.body.value)
    await call.web.instance.variables_changed()
    await call.audit("variable.put", f"{call.object.id}/{name}")
    return {"project": call.object.id, "name": name, "value": call.body.value}


@routes.delete("/api/projects/{id}/variables/{name}", Permission.VARIABLE_EDIT, project, status=204)
async def delete_variable(call: Call) -> None:
    """Delete a variable."""
    await call.web.projects.delete_variable(call.object, call.args["name"])
    await call.web.instance.variables_changed()
    await call.audit("variable.delete", f"{call.object.id}/{call.args['name']}")
