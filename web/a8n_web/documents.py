"""Workflow documents between the API and the kernel: reading, judging, and describing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from a8n.errors import A8nError, InvalidError, Problem
from a8n.expressions import rename_node
from a8n.items import JSON
from a8n.kernel import Kernel
from a8n.params import EXPRESSION, TEXT
from a8n.plan import PlannedNode, check, credential_ids
from a8n.runtime.uses import references
from a8n.runtime.workflows import tags_of
from a8n.workflow import NodeSpec, Workflow
from a8n_web.calls import Call, Web, rfc3339
from a8n_web.problems import invalid

READ_ONLY = frozenset(
    {"id", "active", "archived", "version", "revision", "created_at", "updated_at", "issues", "webhooks"}
)
"""What an answer has beside the document and the things below. Ignored when it is sent back."""
FILING = frozenset({"project", "tags", "folder"})
INCOMPLETE = frozenset({"missing", "unknown_type", "unknown_node", "unknown_port", "plugin_error", "credential_kind"})
"""What a draft may be saved with: it is not finished, or a plugin or another node is not there."""


def split(body: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """A body's document, and where it is filed."""
    document = {key: value for key, value in body.items() if key not in READ_ONLY and key not in FILING}
    return document, {key: body[key] for key in FILING if key in body}


def parsed(document: JSON, kernel: Kernel, *, lenient: bool = False) -> tuple[Workflow, list[Problem]]:
    """The document, and what keeps it from running.

    Raises 422 for a structure that cannot be, and unless `lenient` for parameters that can never be right.
    """
    workflow = Workflow.parse(document)
    issues = check(kernel, workflow)
    wrong = [problem for problem in issues if problem.code not in INCOMPLETE]
    if wrong and not lenient:
        raise InvalidError(wrong)
    return workflow, issues


async def check_references(web: Web, project_id: str, workflow: Workflow, known: Iterable[str] = ()) -> list[Problem]:
    """What is wrong with the credentials and workflows that a document names, as issues.

    An id that was not in the draft before (`known`) and is not of this project is refused: naming a thing is the
    first step to using it.
    """
    used: dict[str, list[str]] = {}
    for node in workflow.nodes:
        for reference in references(node.params):
            used.setdefault(reference, []).append(f"nodes.{node.id}.params")
    kinds = await web.credentials.usable_in(project_id, list(used)) if used else {}
    text = "there is no such credential that the workflow's project may use"
    problems = [Problem(path, text, "credential") for ref, paths in used.items() if ref not in kinds for path in paths]
    new = set(used) - set(kinds) - set(known)
    if new:
        raise invalid(Problem(path, text, "credential") for ref in sorted(new) for path in used[ref])
    return problems + (_misfits(web.kernel, workflow, kinds) if kinds else [])


async def check_error_workflow(call: Call, project_id: str, workflow: Workflow) -> None:
    """Raises 422 where the error workflow is none of the project's."""
    wanted = workflow.settings.error_workflow
    if wanted is not None and not await call.web.workflows.known(call.actor, project_id, [wanted]):
        text = "there is no such workflow in this project"
        raise invalid([Problem("settings.error_workflow", text, "unknown_workflow")])


def _misfits(kernel: Kernel, workflow: Workflow, kinds: Mapping[str, str]) -> list[Problem]:
    planned = [node for spec in workflow.nodes if (node := _planned(kernel, spec)) is not None]
    found = []
    for ref, uses in credential_ids(planned).items():
        cls = kernel.catalogue.credentials.get(kinds.get(ref, ""))
        for node, wanted in uses:
            if cls is not None and cls.__name__ not in wanted:
                text = f"this field takes {' or '.join(wanted)}, not {cls.__name__}"
                found.append(Problem(f"nodes.{node.id}.params", text, "credential_kind"))
    return found


def _planned(kernel: Kernel, spec: NodeSpec) -> PlannedNode | None:
    node_type = kernel.catalogue.get(spec.type)
    if node_type is None or not references(spec.params):
        return None
    try:
        return PlannedNode(spec, node_type)
    except Exception:  # `check` has reported it
        return None


async def document_ran(web: Web, row: Any) -> Any:
    """The document that an execution ran; None where its version was deleted with the workflow."""
    options = orjson.loads(row.options) if row.options else {}
    if row.version == 0:
        return options.get("document")
    try:
        return await web.instance.published.document(row.workflow_id, row.version)
    except A8nError:
        return None


# --- answers -----------------------------------------------------------------------------------------------------


def summary(row: Any) -> dict[str, JSON]:
    """A row as lists show it: without the document."""
    return {
        "id": row.id,
        "project": row.project_id,
        "name": row.name,
        "active": row.active,
        "archived": row.archived,
        "version": row.published,
        "revision": row.revision,
        "tags": tags_of(row),
        "folder": row.folder,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


async def full(web: Web, row: Any, issues: list[Problem] | None = None) -> dict[str, JSON]:
    """A row with its document, and what keeps that from running."""
    document = orjson.loads(row.draft)
    if issues is None:
        issues = await issues_of(web, row.project_id, document)
    return {**summary(row), **document, "issues": listed(issues)}


async def issues_of(web: Web, project_id: str, document: JSON) -> list[Problem]:
    """What keeps a stored draft from running."""
    try:
        workflow = Workflow.parse(document)
    except InvalidError as error:  # saved by another version of a8n
        return list(error.problems)
    return check(web.kernel, workflow) + await check_references(web, project_id, workflow, references(document))


def listed(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as JSON."""
    return [{"path": problem.path, "message": problem.message, "code": problem.code} for problem in problems]


# --- renaming ----------------------------------------------------------------------------------------------------


def renamed(value: JSON, old: str, new: str) -> JSON:
    """Saved parameters in which every expression that names the node `old` names `new`."""
    if isinstance(value, dict):
        if len(value) == 1:
            tag, content = next(iter(value.items()))
            if tag in (EXPRESSION, TEXT) and isinstance(content, str):
                return {tag: rename_node(content, old, new, template=tag == TEXT)}
        return {key: renamed(child, old, new) for key, child in value.items()}
    if isinstance(value, list):
        return [renamed(child, old, new) for child in value]
    return value


def with_renamed_node(document: dict[str, JSON], old: str, new: str) -> dict[str, JSON]:
    """The document after a node was given another name: its expressions follow."""
    nodes = [{**node, "params": renamed(node.get("params", {}), old, new)} for node in document.get("nodes", ())]
    return {**document, "nodes": nodes}
