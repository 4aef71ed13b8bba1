"""a8n: workflow automation as a small pluggable kernel.

These names are the plugin author's API. Plugins import nothing else of a8n.
"""

from a8n.credential import Credential, OAuth2
from a8n.errors import A8nError, NodeError, StopError, UnauthorizedError
from a8n.events import Event
from a8n.fields import (
    Choice,
    Code,
    Condition,
    Conditions,
    Duration,
    Field,
    FileName,
    Json,
    KeyValue,
    Multiline,
    Parameters,
    Secret,
    hint,
    options,
)
from a8n.forms import Form, FormField
from a8n.hookspecs import hookimpl
from a8n.items import JSON, FileRef, Item
from a8n.kernel import Kernel
from a8n.node import BatchNode, Context, Example, LoopState, Node, Result, Wait, to
from a8n.services import Child, ChildResult, FileStore, HttpClient, HttpResponse, Reply
from a8n.trigger import (
    ListenTrigger,
    PollTrigger,
    Request,
    Route,
    ScheduleTrigger,
    Trigger,
    TriggerContext,
    WebhookTrigger,
)

__version__ = "0.1.0"

__all__ = [
    "JSON",
    "A8nError",
    "BatchNode",
    "Child",
    "ChildResult",
    "Choice",
    "Code",
    "Condition",
    "Conditions",
    "Context",
    "Credential",
    "Duration",
    "Event",
    "Example",
    "Field",
    "FileName",
    "FileRef",
    "FileStore",
    "Form",
    "FormField",
    "HttpClient",
    "HttpResponse",
    "Item",
    "Json",
    "Kernel",
    "KeyValue",
    "ListenTrigger",
    "LoopState",
    "Multiline",
    "Node",
    "NodeError",
    "OAuth2",
    "Parameters",
    "PollTrigger",
    "Reply",
    "Request",
    "Result",
    "Route",
    "ScheduleTrigger",
    "Secret",
    "StopError",
    "Trigger",
    "TriggerContext",
    "UnauthorizedError",
    "Wait",
    "WebhookTrigger",
    "hint",
    "hookimpl",
    "options",
    "to",
]
