"""`a8n run`: a workflow file, here and now."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a8n_web.cli.environment import kernel_of, settings_of
from a8n_web.cli.failures import Failure, Misuse

if TYPE_CHECKING:
    from collections.abc import Collection

    from a8n import Credential, HttpClient, Item, Kernel
    from a8n.execution import Execution
    from a8n.runtime.settings import Settings
    from a8n.workflow import Workflow
    from a8n_web.cli.display import Display


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--input", "-i", "given", metavar="JSON|@FILE", help="The trigger's item, or a list of items.")
@click.option("--trigger", "-t", metavar="NODE", help="Id or name of the trigger to start from.")
@click.option("--credentials", "-c", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="YAML or JSON file: name of each credential to its `kind` and values.")  # fmt: skip
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable; VALUE is JSON or text.")
@click.option("--files", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="Folder to write the files of the last items to.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print status, error, items and steps as one JSON object.")
@click.option("--quiet", "-q", is_flag=True, help="Do not show the steps.")
def run(
    file: Any,
    given: str | None,
    trigger: str | None,
    credentials: Path | None,
    variables: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a workflow FILE (YAML or JSON, `-` for stdin) here and now, without a server.

    Prints the items of the step that finished last. What the nodes do to the outside is real; nothing is kept.
    """
    from a8n_web.cli.display import Display

    try:
        text = file.read()
    except UnicodeDecodeError:
        raise Failure(f"{file.name} is no UTF-8 text") from None
    items = _items(given) if given is not None else None
    display = Display(quiet or as_json)
    session = Session(settings_of(), text, trigger, credentials, dict(map(_variable, variables)))
    return asyncio.run(session.run(items, folder, display, as_json))


class Session:
    """One run of one file."""

    def __init__(
        self, settings: Settings, text: str, trigger: str | None, credentials: Path | None, variables: dict[str, Any]
    ):
        from a8n.runtime.textform import from_text
        from a8n.workflow import Workflow

        self._settings = settings
        self._kernel = kernel_of(settings)
        self._workflow = Workflow.parse(from_text(text))
        self._trigger = trigger_of(self._kernel, self._workflow, trigger)
        self._credentials = _opened(self._kernel, credentials) if credentials is not None else {}
        self._variables = variables

    async def run(self, items: list[Item] | None, folder: Path | None, display: Display, as_json: bool) -> int:
        """Run to the end and print; gives the exit code."""
        import tempfile

        from a8n import Item
        from a8n.errors import InvalidError
        from a8n.plan import Plan, check
        from a8n.runtime.blobs import BlobStore
        from a8n.runtime.egress import EgressClient
        from a8n.services import Services

        problems = check(self._kernel, self._workflow)
        if problems:
            raise InvalidError(problems)
        plan = Plan(self._kernel, self._workflow, self._trigger)
        if items is None:
            node = plan.nodes[0].binder.constant
            items = node.sample() if node is not None and hasattr(node, "sample") else [Item({})]
        http = EgressClient(self._settings.egress_allow)
        with tempfile.TemporaryDirectory(prefix="a8n-run-") as scratch:
            files = BlobStore(Path(scratch))
            services = Services(http=http, files=files, credentials=_Opener(self._credentials), vars=self._variables)
            try:
                with display.showing(plan):
                    execution = await self._executed(plan, services, items, display)
                last = [item for port in execution.result.values() for item in port]
                if folder is not None:
                    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                    await _write_files(last, files, folder)
            finally:
                await http.close()
        display.result(execution, last, as_json)
        if execution.error is None:
            return 0
        if as_json:
            return 1
        raise Failure(sentence(execution.error))

    async def _executed(self, plan: Any, services: Any, items: list[Item], display: Display) -> Execution:
        """Run to the end, over waits for a time."""
        from datetime import UTC, datetime

        from a8n.execution import Execution
        from a8n.journal import StrictJournal
        from a8n.runtime.ids import new_id
        from a8n.services import ExecutionInfo

        zone = self._workflow.settings.timezone
        info = ExecutionInfo(new_id(), "file", self._workflow.name, "file", "manual", datetime.now(UTC), zone)

        def begun() -> Execution:
            url = "http://127.0.0.1/resume/{}".format
            return Execution(plan, info, services, StrictJournal(), observer=display.observe, resume_url=url)

        execution = begun()
        execution.begin(items)
        await execution.run()
        while execution.status == "waiting":
            waiting = [record for record in execution.steps.values() if record.status == "waiting"]
            due = min((r for r in waiting if r.wait and r.wait.until), key=_until, default=None)
            if due is None:
                name = plan.nodes[plan.graph.index[waiting[0].node]].name
                raise Failure(f"{name} waits for a call from outside, which takes a server (`a8n serve`)")
            await asyncio.sleep(max(0.0, (_until(due) - datetime.now(UTC)).total_seconds()))
            records, execution = list(execution.steps.values()), begun()
            execution.restore(records, {(due.node, due.path): None})
            await execution.run()
        return execution


def trigger_of(kernel: Kernel, workflow: Workflow, wanted: str | None) -> str:
    """The id of the trigger to start from. Raises Misuse when it is not clear which."""
    if wanted is not None:
        for node in workflow.nodes:
            if wanted in (node.id, node.name):
                return node.id
        raise Misuse(f"the workflow has no node {wanted!r}")
    kinds = {node.id: kernel.catalogue[node.type].kind for node in workflow.nodes if node.type in kernel.catalogue}
    triggers = [node for node, kind in kinds.items() if kind != "node"]
    manual = [node for node in triggers if kinds[node] == "manual"]
    for found in (triggers, manual):
        if len(found) == 1:
            return found[0]
    if triggers:
        raise Misuse(f"the workflow has several triggers; choose one with --trigger: {', '.join(triggers)}")
    unknown = [node for node in workflow.nodes if node.type not in kernel.catalogue]
    if unknown:
        raise Failure(f"nodes.{unknown[0].id}.type: no installed plugin has the node type {unknown[0].type!r}")
    raise Failure("the workflow has no trigger to start from")


def sentence(error: Any) -> str:
    """An execution's error: which node, which field, what, and what to do about it."""
    place = f"{error['node_name']} failed" if "node_name" in error else "the workflow failed"
    field = f" at {error['field']}" if error.get("field") else ""
    hint = f" – {error['hint']}" if error.get("hint") else ""
    return f"{place}{field}: {error['message']}{hint}"


def _until(record: Any) -> Any:
    return record.wait.until


def _items(given: str) -> list[Item]:
    from a8n.items import items_of

    text = Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Misuse(f"--input is no JSON: {error}") from None
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in values):
        raise Misuse("--input must be a JSON object (one item) or a list of objects")
    return items_of(values)


def _variable(given: str) -> tuple[str, Any]:
    name, separator, text = given.partition("=")
    if not separator or not name:
        raise Misuse(f"--var {given!r} is not of the form NAME=VALUE")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _opened(kernel: Kernel, path: Path) -> dict[str, Credential]:
    """The credentials of a file by name. Raises Failure that names the entry, and never shows a value."""
    from pydantic import ValidationError

    from a8n.runtime.yaml_reader import TextError, read

    try:
        entries = read(path.read_text("utf-8"))[0]
    except TextError as error:
        raise Failure(f"{path}: {error}") from None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise Failure(f"{path}: expected a mapping of names to `kind` and values")
    opened = {}
    for name, entry in entries.items():
        kind = kernel.catalogue.credentials.get(str(entry.get("kind")))
        if kind is None:
            raise Failure(f"{path}: {name}: no installed plugin has the credential kind {entry.get('kind')!r}")
        try:
            opened[name] = kind.model_validate({key: value for key, value in entry.items() if key != "kind"})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Failure(f"{path}: {name}.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return opened


class _Opener:
    def __init__(self, credentials: dict[str, Credential]):
        self._credentials = credentials

    async def open(self, credential_id: str) -> Credential:
        """The credential with this name. Raises NodeError."""
        from a8n import NodeError

        if credential_id not in self._credentials:
            hint = "give its values in a file with --credentials"
            raise NodeError(f"there is no credential named {credential_id!r}", hint=hint, retryable=False)
        return self._credentials[credential_id]

    def guard(self, http: HttpClient, opened: Collection[Credential]) -> HttpClient:
        """The client as it is: a file names no hosts."""
        return http


async def _write_files(items: list[Item], files: Any, folder: Path) -> None:
    """Write the files of items under names of our making: nothing in a name leads out of the folder."""
    from a8n.runtime.blobs import clean_name

    for i, item in enumerate(items):
        for ref in (item.files or {}).values():
            name = clean_name(ref.name).lstrip(".") or "file"
            path = folder / name
            if path.exists():
                path = folder / f"{i}-{ref.hash[:8]}-{name}"
            path.write_bytes(await files.read(ref))
            click.echo(f"wrote {path}", err=True)
