"""Where an execution starts."""

from __future__ import annotations

from a8n.errors import A8nError
from a8n.kernel import Kernel
from a8n.trigger import Trigger
from a8n.workflow import Workflow


def start_node(kernel: Kernel, document: Workflow, wanted: str | None = None) -> str:
    """The trigger that an execution begins at: the one asked for, else a manual one, else the first."""
    triggers = []
    for node in document.nodes:
        node_type = kernel.catalogue.get(node.type)
        if node_type is not None and issubclass(node_type.cls, Trigger) and not node.settings.disabled:
            triggers.append((node_type.kind != "manual", node.id))
    if wanted is not None:
        if wanted not in {node for _, node in triggers}:
            raise A8nError(f"the workflow has no trigger {wanted!r}")
        return wanted
    if not triggers:
        raise A8nError("the workflow has no trigger to start at")
    return min(triggers, key=lambda pair: pair[0])[1]
