"""What changed between two documents: nodes by id, parameters by path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from a8n.items import JSON

Change = dict[str, JSON]
LAYOUT = ("position",)


def difference(before: JSON, after: JSON) -> dict[str, JSON]:
    """Nodes and connections added, removed and changed, and changes of everything else, each with its path."""
    old = {node["id"]: node for node in before.get("nodes", ())}
    new = {node["id"]: node for node in after.get("nodes", ())}
    changed = []
    for node_id in [node_id for node_id in new if node_id in old]:
        changes = list(changes_of(old[node_id], new[node_id]))
        if changes:
            moved = all(str(change["path"]).partition(".")[0] in LAYOUT for change in changes)
            changed.append({"id": node_id, "name": new[node_id]["name"], "only_moved": moved, "changes": changes})
    apart = ("nodes", "connections")
    rest = changes_of(
        {key: value for key, value in before.items() if key not in apart},
        {key: value for key, value in after.items() if key not in apart},
    )
    old_wires, new_wires = before.get("connections", ()), after.get("connections", ())
    return {
        "nodes": {
            "added": [node for node_id, node in new.items() if node_id not in old],
            "removed": [node for node_id, node in old.items() if node_id not in new],
            "changed": changed,
        },
        "connections": {
            "added": [wire for wire in new_wires if wire not in old_wires],
            "removed": [wire for wire in old_wires if wire not in new_wires],
        },
        "changes": list(rest),
    }


def changes_of(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Each value that differs, with its dotted path; `before` or `after` is left out where there is none."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            place = f"{path}.{key}" if path else str(key)
            if key not in before:
                yield {"path": place, "after": after[key]}
            elif key not in after:
                yield {"path": place, "before": before[key]}
            else:
                yield from changes_of(before[key], after[key], place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changes_of(old, new, f"{path}.{index}" if path else str(index))
    elif before != after or type(before) is not type(after):
        yield {"path": path, "before": before, "after": after}
