"""Workflows as text for people and git: YAML with a stable order, and the way back from YAML or JSON.

It is the document of the API in another layout: nodes are a mapping by id, a connection is a line such as
`hook -> greet` or `check.true -> merge.second`, credentials go by their names, positions stand in a `layout` block
at the end, and defaults are left out. Equal documents give equal bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from a8n.credential import REFERENCE
from a8n.errors import InvalidError, Problem
from a8n.items import JSON
from a8n.params import LITERAL
from a8n.runtime.yaml_reader import Lines, TextError, read
from a8n.runtime.yaml_writer import OneLine, write
from a8n.workflow import Connection, NodeSettings, NodeSpec, Workflow, WorkflowSettings

WIRE = re.compile(r"([\w-]+)(?:\.([\w-]+))? -> ([\w-]+)(?:\.([\w-]+))?", re.ASCII)
"""`source.output -> target.input`; ports that are `main` are left out."""
PORT = re.compile(r"[\w-]+", re.ASCII)

ENVELOPE = frozenset(("id", "project", "version", "revision", "active", "archived", "tags", "folder", "issues",
                      "webhooks", "created_at", "updated_at"))  # fmt: skip
"""What the API adds to a document; dropped on the way in, so that its answer can be imported as it is."""

Document = dict[str, JSON]

NODE_DEFAULTS = NodeSettings().model_dump(mode="json")
WORKFLOW_DEFAULTS = WorkflowSettings().model_dump(mode="json")


def to_text(document: Mapping[str, JSON], credentials: Mapping[str, str] | None = None) -> str:
    """The document as YAML. `credentials` maps ids to names; an id without a name of its own stays an id.

    Raises InvalidError when the document is none, or holds a value that is not JSON.
    """
    workflow = Workflow.parse(dict(document))
    names = _unambiguous(credentials or {})
    text: Document = {"name": workflow.name}
    if workflow.description:
        text["description"] = workflow.description
    settings = _changed(workflow.settings.model_dump(mode="json"), WORKFLOW_DEFAULTS)
    if settings:
        text["settings"] = settings
    text["nodes"] = {node.id: _node(node, names) for node in workflow.nodes}
    if workflow.connections:
        text["connections"] = [_wire(wire) for wire in workflow.connections]
    if workflow.notes:
        text["notes"] = [
            {**note.model_dump(exclude_defaults=True), "position": _point(note.position), "size": _point(note.size)}
            for note in workflow.notes
        ]
    if workflow.pins:
        text["pins"] = workflow.pins
    text["layout"] = {node.id: _point(node.position) for node in workflow.nodes}
    try:
        written = write(text)
        written.encode()
    except (ValueError, RecursionError) as error:
        raise InvalidError([Problem("", f"the document is not JSON: {error}", "not_json")]) from None
    return written


def from_text(text: str, credentials: Mapping[str, str] | None = None) -> Document:
    """The document of a YAML or JSON text, with all defaults filled in.

    `credentials` maps names to ids (and ids to themselves, where a text may hold those); without it, references
    keep what the text says. Raises InvalidError with every problem
    found, each with its line where the text is YAML; a credential that is not there has the code
    `unknown_credential`.
    """
    try:
        data, lines = read(text)
    except TextError as error:
        raise InvalidError([Problem("", str(error), "syntax")]) from None
    try:
        return Workflow.parse(_document(data, credentials)).dump()
    except InvalidError as error:
        raise InvalidError(_located(problem, lines) for problem in error.problems) from None


def credential_names(document: Mapping[str, JSON]) -> set[str]:
    """What the nodes of a document refer to: names in one that `from_text` gave without a mapping, else ids."""
    found: set[str] = set()

    def note(name: str) -> str:
        found.add(name)
        return name

    for node in document.get("nodes", ()):
        _swapped(node.get("params", {}), note)
    return found


# --- out ---------------------------------------------------------------------------------------------------------


def _unambiguous(credentials: Mapping[str, str]) -> dict[str, str]:
    """Names that stand for one credential alone, and cannot be taken for another's id."""
    uses = Counter(credentials.values())
    return {key: name for key, name in credentials.items() if uses[name] == 1 and name not in credentials}


def _node(node: NodeSpec, names: Mapping[str, str]) -> Document:
    made: Document = {}
    if node.name != node.id:
        made["name"] = node.name
    made["type"] = node.type
    if node.version != 1:
        made["version"] = node.version
    if node.params:
        made["params"] = _swapped(node.params, lambda key: names.get(key, key))
    settings = _changed(node.settings.model_dump(mode="json"), NODE_DEFAULTS)
    if settings:
        made["settings"] = settings
    return made


def _changed(given: Mapping[str, JSON], default: Mapping[str, JSON]) -> Document:
    """What differs from the defaults; whole seconds without a fraction."""
    made: Document = {}
    for key, value in given.items():
        usual = default.get(key)
        if value == usual:
            continue
        if isinstance(value, dict) and isinstance(usual, dict):
            made[key] = _changed(value, usual)
        else:
            made[key] = int(value) if isinstance(value, float) and value.is_integer() else value
    return made


def _wire(wire: Connection) -> JSON:
    ports = (wire.output, wire.input)
    if all(map(PORT.fullmatch, ports)):
        leaving, entering = ("" if port == "main" else f".{port}" for port in ports)
        return f"{wire.source}{leaving} -> {wire.target}{entering}"
    return wire.model_dump(by_alias=True)


def _point(numbers: Any) -> OneLine:
    return OneLine(int(n) if float(n).is_integer() else n for n in numbers)


# --- in ----------------------------------------------------------------------------------------------------------


def _document(data: JSON, credentials: Mapping[str, str] | None) -> JSON:
    """The API's layout of what was read. What is not understood is left for the document's own check."""
    if not isinstance(data, dict):
        raise InvalidError([Problem("", "a workflow is a mapping with `name`, `nodes` and `connections`", "type")])
    made = {key: value for key, value in data.items() if key not in ENVELOPE}
    layout = made.pop("layout", None)
    if isinstance(made.get("nodes"), dict):
        made["nodes"] = [_spec(slug, node, layout) for slug, node in made["nodes"].items()]
        _check_layout(layout, data["nodes"])
    elif layout is not None:
        made["layout"] = layout
    if isinstance(made.get("connections"), list):
        made["connections"] = [_connection(i, wire) for i, wire in enumerate(made["connections"])]
    if credentials is not None:
        _resolve(made.get("nodes"), credentials)
    return made


def _spec(id: str, node: JSON, layout: JSON) -> JSON:
    if not isinstance(node, dict):
        raise InvalidError([Problem(f"nodes.{id}", "a node is a mapping with a `type`", "type")])
    if "id" in node:
        raise InvalidError([Problem(f"nodes.{id}.id", "the id is the key; leave this out", "extra_forbidden")])
    made = {"id": id, "name": id, **node}
    if isinstance(layout, dict) and id in layout:
        made.setdefault("position", layout[id])
    return made


def _check_layout(layout: JSON, nodes: Mapping[str, JSON]) -> None:
    if layout is None:
        return
    if not isinstance(layout, dict):
        raise InvalidError([Problem("layout", "the layout maps node ids to [x, y]", "type")])
    unknown = [slug for slug in layout if slug not in nodes]
    if unknown:
        raise InvalidError(
            Problem(f"layout.{slug}", f"there is no node with the id {slug!r}", "unknown_node") for slug in unknown
        )


def _connection(index: int, wire: JSON) -> JSON:
    if not isinstance(wire, str):
        return wire
    found = WIRE.fullmatch(wire.strip())
    if found is None:
        sentence = f"{wire!r} is no connection; write `node -> node` or `node.output -> node.input`"
        raise InvalidError([Problem(f"connections.{index}", sentence, "syntax")])
    source, leaving, target, entering = found.groups()
    return {"from": source, "output": leaving or "main", "to": target, "input": entering or "main"}


def _resolve(nodes: JSON, credentials: Mapping[str, str]) -> None:
    problems: list[Problem] = []
    for node in nodes if isinstance(nodes, list) else ():
        if not isinstance(node, dict) or "params" not in node:
            continue

        def identify(name: str, node: Mapping[str, JSON] = node) -> str:
            if name not in credentials:
                sentence = f"there is no credential named {name!r}"
                problems.append(Problem(f"nodes.{node.get('id')}.params", sentence, "unknown_credential"))
            return credentials.get(name, name)

        node["params"] = _swapped(node["params"], identify)
    if problems:
        raise InvalidError(problems)


def _swapped(value: JSON, swap: Any) -> JSON:
    """Parameters with the content of each credential reference replaced; literal data is left as it is."""
    if isinstance(value, dict):
        if len(value) == 1:
            tag, content = next(iter(value.items()))
            if tag == LITERAL:
                return value
            if tag == REFERENCE and isinstance(content, str):
                return {REFERENCE: swap(content)}
        return {key: _swapped(child, swap) for key, child in value.items()}
    if isinstance(value, list):
        return [_swapped(child, swap) for child in value]
    return value


def _located(problem: Problem, lines: Lines) -> Problem:
    """The problem with the line of the nearest part of the text that its path leads to."""
    path = problem.path
    while path and path not in lines:
        path = path.rpartition(".")[0]
    if path not in lines:
        return problem
    return Problem(problem.path, f"{problem.message} (line {lines[path]})", problem.code)
