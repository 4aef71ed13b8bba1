"""Starting a workflow because another one has failed."""

from __future__ import annotations

from a8n import Example, Item, Trigger


class ErrorTrigger(Trigger):
    """Start when an execution of another workflow fails.

    Name this workflow as the error workflow in the settings of others. It begins with one item: `execution` has the
    id, the URL, the mode, the status (failed or crashed), the start and the error with the node it happened at;
    `workflow` has the id, name and version. Runs by hand and failures of error workflows start nothing.
    """

    key = "flow.error_trigger"
    icon = "siren"
    title = "On failure"
    examples = (Example("Start when a workflow fails", {}),)

    def sample(self) -> list[Item]:
        """What a failed execution looks like."""
        error = {"kind": "NodeError", "message": "the bank answered 503", "node": "pay", "node_name": "Pay"}
        execution = {
            "id": "0198f3c2-0000-7000-8000-000000000000",
            "url": "https://a8n.example.com/executions/0198f3c2-0000-7000-8000-000000000000",
            "mode": "webhook",
            "status": "failed",
            "started_at": "2026-05-01T09:00:00+00:00",
            "error": error,
        }
        workflow = {"id": "0198f3c2-0000-7000-8000-000000000001", "name": "Orders", "version": 7}
        return [Item({"execution": execution, "workflow": workflow})]
