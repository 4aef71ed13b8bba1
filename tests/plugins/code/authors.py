"""What an author sees of a run of code, for the tests of a8n_code."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import BatchNode, NodeError
from a8n.testing import objects, run, run_workflow


async def given(node: type[BatchNode], params: dict[str, Any], *items: Any) -> list[Any]:
    """The objects that the code gives."""
    return objects((await run(node, params, list(items) or [{}]))["main"])


async def failing(node: type[BatchNode], params: dict[str, Any], *items: Any) -> NodeError:
    """The error that the code ends with. It names the field, and trying again is no use."""
    with pytest.raises(NodeError) as caught:
        await run(node, params, list(items) or [{}])
    assert caught.value.field == "code"
    assert not caught.value.retryable
    return caught.value


async def log_of(node: type[BatchNode], params: dict[str, Any]) -> list[str]:
    """What the step shows that the code printed, also where the code fails."""
    document = {
        "name": "Code",
        "nodes": [
            {"id": "start", "name": "Start", "type": "manual.trigger"},
            {"id": "code", "name": "Code", "type": node.key, "params": params, "settings": {"on_error": "continue"}},
        ],
        "connections": [{"from": "start", "to": "code"}],
    }
    execution = await run_workflow(document)
    (step,) = [record for record in execution.steps.values() if record.node == "code"]
    return list(step.logs)
