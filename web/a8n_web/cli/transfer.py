"""`a8n export` and `a8n import`: workflows between an instance and files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from a8n_web.cli.environment import kernel_of, operator, settings_of, store
from a8n_web.cli.failures import Failure

if TYPE_CHECKING:
    from a8n.runtime.access import Actor
    from a8n.runtime.database import Database
    from a8n.runtime.settings import Settings


@click.command()
@click.argument("workflow")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="File to write to; by default stdout.")
@click.option("--json", "as_json", is_flag=True, help="Write the document as JSON instead.")
def export(workflow: str, output: str | None, as_json: bool) -> None:
    """Write a WORKFLOW (id or name) of this instance as YAML: its draft, with credentials by name."""
    text = asyncio.run(_exported(workflow, as_json))
    if output is None:
        click.echo(text, nl=False)
        return
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)


@click.command("import")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--project", help="Id or name of the project; by default the owner's own.")
def import_(file: Any, project: str | None) -> None:
    """Make a workflow of this instance from a YAML or JSON FILE (`-` for stdin). Prints its id.

    Credentials are found by name in the project. The new workflow is a draft: nothing of it runs by itself.
    """
    try:
        text = file.read()
    except UnicodeDecodeError:
        raise Failure(f"{file.name} is no UTF-8 text") from None
    click.echo(asyncio.run(_imported(text, project)))


async def _exported(wanted: str, as_json: bool) -> str:
    import orjson

    from a8n.runtime.textform import to_text

    settings = settings_of()
    async with store(settings) as database:
        actor = await operator(database)
        row = await _found(database, actor, wanted)
        document = orjson.loads(row.draft)
        if as_json:
            return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
        return to_text(document, await _credentials(settings, database, actor, row.project_id))


async def _found(database: Database, actor: Actor, wanted: str) -> Any:
    from a8n.runtime.access import Permission
    from a8n.runtime.refusals import NotFoundError
    from a8n.runtime.workflows import Filter, Workflows

    workflows = Workflows(database)
    try:
        return await workflows.get_for(actor, wanted, Permission.WORKFLOW_READ)
    except NotFoundError:
        pass
    cursor: str | None = None
    found: list[Any] = []
    while True:
        page = await workflows.list_for(actor, Filter(q=wanted), cursor=cursor, limit=100)
        found += [row for row in page.rows if row.name == wanted]
        cursor = page.next_cursor
        if cursor is None:
            break
    if len(found) == 1:
        return await workflows.get_for(actor, found[0].id, Permission.WORKFLOW_READ)
    if found:
        raise Failure(f"{len(found)} workflows are named {wanted!r}; give the id: {', '.join(r.id for r in found)}")
    raise Failure(f"there is no workflow {wanted!r}")


async def _credentials(settings: Settings, database: Database, actor: Actor, project: str) -> dict[str, str]:
    """Names of a project's credentials by id. Nothing is opened."""
    from a8n.runtime.credentials import Credentials
    from a8n.runtime.keys import load_or_create_keys
    from a8n.runtime.vault import Vault

    repository = Credentials(database, Vault(load_or_create_keys(settings).encryption), {})
    own: dict[str, str] = {}
    shared: dict[str, str] = {}
    cursor: str | None = None
    while True:
        page = await repository.list_for(actor, project=project, cursor=cursor, limit=100)
        for row in page.rows:
            (shared if row.shared else own)[row.id] = row.name
        cursor = page.next_cursor
        if cursor is None:
            return shared | own  # where two have one name, the project's own is found by it


async def _imported(text: str, project: str | None) -> str:
    from a8n.plan import check
    from a8n.runtime.audit import Audit
    from a8n.runtime.textform import from_text
    from a8n.runtime.workflows import Workflows
    from a8n.workflow import Workflow

    settings = settings_of()
    async with store(settings) as database:
        actor = await operator(database)
        project_id = await _project(database, actor, project)
        names = await _credentials(settings, database, actor, project_id)
        known = {**dict(zip(names, names, strict=True)), **{name: key for key, name in names.items()}}
        workflow = Workflow.parse(from_text(text, known))
        for problem in check(kernel_of(settings), workflow):
            click.echo(f"a8n: to be mended before it can run: {problem.path}: {problem.message}", err=True)
        row = await Workflows(database).create(actor, project_id, workflow)
        details = {"by": "command line"}
        await Audit(database).record("workflow.import", row.id, user_id=actor.user_id, details=details)
        return str(row.id)


async def _project(database: Database, actor: Actor, wanted: str | None) -> str:
    from a8n.runtime.projects import Projects

    projects = Projects(database)
    if wanted is None:
        return await projects.personal(actor)
    found = [row for row in await projects.list_for(actor) if wanted in (row.id, row.name)]
    if len(found) != 1:
        raise Failure(f"there is no project {wanted!r}" if not found else f"{len(found)} projects are named {wanted!r}")
    return str(found[0].id)
