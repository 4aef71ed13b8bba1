"""What a plugin author writes: one typed class per node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from a8n.credential import Credential
from a8n.errors import NodeError, UnavailableError
from a8n.forms import Form
from a8n.items import JSON, FileRef, Item, Source
from a8n.services import (
    Caller,
    Child,
    ExecutionInfo,
    FileStore,
    Function,
    HttpClient,
    Reply,
    Services,
    Store,
    Tables,
    Tool,
    WorkflowRunner,
)

Service = TypeVar("Service")
Effect = Literal["pure", "idempotent", "unsafe"]
"""What running a step twice does: nothing (pure), the same again (idempotent), or harm (unsafe)."""


@dataclass(slots=True)
class Routed:
    """A value bound for a named output; made by `to`."""

    port: str
    value: Any
    source: Source = None


def to(port: str, value: Any) -> Routed:
    """Send a return value to the named output: `return to("true", ctx.item)`."""
    return Routed(port, value)


@dataclass(frozen=True, slots=True)
class Wait:
    """Returned by `BatchNode.run` to hand in the result later: the execution is stored and holds no worker.

    The step goes on with `resume` at `until`; when somebody calls the resume URL (`ctx.resume_url`), if `callable`
    is set, or sends the `form` that stands there; when a trigger or node hands in a reply to `key`; or when all
    `children` have ended: whichever comes first. Without any it would never go on, which is refused.
    """

    until: datetime | None = None
    callable: bool = False
    key: str = ""
    """What a reply is recognised by, such as the id of the message it answers; unique in the project."""
    children: Sequence[Child] = ()
    """Executions to start and to wait for. `resume` then gets a list of `ChildResult` in their order."""
    data: Mapping[str, JSON] = field(default_factory=dict)
    """Kept with the wait and given to `resume`."""
    form: Form | None = None
    """Shown at the resume URL to whoever opens it. Sending it resumes with `{"form": answers by name,
    "submitted_at": ISO 8601 in UTC}`."""


@dataclass(frozen=True, slots=True)
class LoopState:
    """Where a loop's header stands, derived from the recorded steps alone."""

    index: int
    """0 for the first iteration."""
    entry: Sequence[Item]
    """The items that came into the loop."""
    returned: Sequence[Item]
    """All items that came back so far, in order of iteration."""


@dataclass(frozen=True, slots=True)
class Example:
    """A working use of a node: shown in the builder, and executed by the contract suite.

    `output` maps port names to lists of JSON objects; None means that the example only has to succeed.
    `needs` names what it takes beyond the node itself (`network`, a credential kind): it is then not executed.
    """

    title: str
    params: Mapping[str, JSON]
    items: Sequence[Mapping[str, JSON]] = ({},)
    output: Mapping[str, Sequence[Mapping[str, JSON]]] | None = None
    inputs: Mapping[str, Sequence[Mapping[str, JSON]]] | None = None
    """Items by input port, for nodes with several."""
    needs: Sequence[str] = ()
    version: int | None = None
    """Set on parameters that an older version of the node saved: the contract suite upgrades and runs them.
    Such examples are not shown."""


class Context:
    """Given to `run`: the item at hand, its neighbours, and the way to everything outside."""

    __slots__ = (
        "_keeping", "_services", "attempt", "call", "caller", "children", "execution", "function", "index", "inputs",
        "item", "items", "logs", "loop", "node_id", "path", "position", "progress", "replied", "resume_url", "state",
        "tools",
    )  # fmt: skip

    def __init__(
        self,
        *,
        execution: ExecutionInfo,
        node_id: str,
        path: tuple[int, ...] = (),
        attempt: int = 1,
        inputs: Mapping[str, Sequence[Item]],
        items: Sequence[Item],
        services: Services,
        caller: Caller | None = None,
        loop: LoopState | None = None,
        progress: Callable[[JSON], None] | None = None,
        resume_url: str = "",
        keeping: Callable[[Context, bool], Awaitable[None]] | None = None,
    ):
        self.execution = execution
        self.node_id = node_id
        self.path = path
        self.attempt = attempt
        self.inputs = inputs
        """Items by input port."""
        self.items = items
        """All items of the first input."""
        self.index = 0
        self.item: Item = items[0] if items else Item({})
        self.loop = loop
        self.caller = caller
        self.logs: list[str] = []
        self.children: list[Child] = []
        self.replied: Reply | None = None
        """What is kept of a reply, for whoever asks later."""
        self.progress = progress
        self.resume_url = resume_url
        self.tools: Sequence[Tool] = ()
        """The nodes behind the output `tools`, where there is one: they are not followed, but called from `run`."""
        self.state: JSON = None
        """What `keep` was given last for this item, by an attempt that failed or a process that died too."""
        self.position: Mapping[str, JSON] | None = None
        """The engine's: how far the step is, where one item is run at a time."""
        self.call = ""
        """Where the node runs as a tool: what tells this call from others of the same step."""
        self.function = ""
        """Where the node runs as one of the functions that it gives: the name of that. The item is its arguments."""
        self._keeping = keeping
        self._services = services

    @property
    def key(self) -> str:
        """The idempotency key of this item's effect: the same on every attempt and after every crash."""
        path = ".".join(map(str, self.path)) or "0"
        call = f"-{self.call}" if self.call else ""
        return f"a8n-{self.execution.id}-{self.node_id}-{path}{call}-{self.index}"

    @property
    def http(self) -> HttpClient:
        """The guarded HTTP client."""
        return required(self._services.http, "HTTP")

    async def reach(self, host: str, port: int) -> str:
        """The IP address to connect to for a host, checked as those of `http` are; see `HttpClient.reach`."""
        return await self.http.reach(host, port)

    def hold(self, opened: Mapping[str, Credential]) -> None:
        """The engine's: from now on the step holds these credentials, which are taken to no host they are not for."""
        services = self._services
        if services.http is not None and services.credentials is not None:
            self._services = replace(services, http=services.credentials.guard(services.http, opened.values()))

    @property
    def files(self) -> FileStore:
        """The blob store."""
        return required(self._services.files, "files")

    def file(self, name: str, field: str) -> FileRef:
        """A file of the item by its name. Raises NodeError for the parameter `field`, which says which files there are.

        Its bytes are at `files`: `await ctx.files.read(ref)`.
        """
        files = self.item.files or {}
        if name not in files:
            has = f"it has {', '.join(sorted(files)[:10])}" if files else "it has none"
            raise NodeError(f"the item has no file {name[:100]!r}; {has}", field=field, retryable=False)
        return files[name]

    @property
    def workflows(self) -> WorkflowRunner:
        """Starts other workflows."""
        return required(self._services.workflows, "other workflows")

    def store(self, *, shared: bool = False) -> Store:
        """Values that outlive the execution: this workflow's own, or those that all workflows of its project share."""
        return required(self._services.store, "store of values")("" if shared else self.execution.workflow_id)

    @property
    def tables(self) -> Tables:
        """The project's data tables."""
        return required(self._services.tables, "data tables")

    @property
    def vars(self) -> Mapping[str, JSON]:
        """The project's variables."""
        return self._services.vars

    def start(self, child: Child) -> None:
        """Start a prepared run of another workflow together with the record of this step, and do not wait for it."""
        self.children.append(child)

    async def keep(self, state: JSON, *, unsafe: bool = False) -> None:
        """Make the state of a long `run` durable: after a crash `run` is called again, with it in `ctx.state`.

        With `unsafe` an effect comes next that must not happen twice. Where the process dies before the next `keep`,
        the node's setting for unknown effects decides, as it does about an unsafe step. A per-item node that uses
        this has `concurrency = 1`.
        """
        if self._keeping is None or self.position is None:
            raise UnavailableError("this step keeps no state; a node that does has concurrency = 1")
        self.state = state
        await self._keeping(self, unsafe)

    def log(self, message: object) -> None:
        """Add a line to what the execution shows for this step. Capped at 200 lines of 2,000 characters."""
        if len(self.logs) < 200:
            self.logs.append(str(message)[:2000])

    def emit(self, event: JSON) -> None:
        """Send a live event (a token, a progress figure) to whoever watches the execution. Not stored."""
        if self.progress is not None:
            self.progress(event)

    def reply(self, reply: Reply) -> None:
        """Answer the web request that started this execution, if one waits, here or in another process."""
        if self.caller is None or not self.caller.fleeting:
            self.replied = self.replied or reply
        if self.caller is not None:
            self.caller.reply(reply)

    def stream(self, chunk: bytes) -> None:
        """Send a piece of a streamed answer to the web request that started this execution, if one waits."""
        if self.caller is not None:
            self.caller.stream(chunk)


def required(service: Service | None, what: str) -> Service:
    """A service that a step asks for. Raises UnavailableError where the process does not offer it."""
    if service is None:
        raise UnavailableError(f"this process offers no {what}")
    return service


Result: TypeAlias = Any
"""What `run` may return: a model or dict (one item), an `Item`, a list of those (many), None (drops the item),
`to(port, value)` or a list of such, or an async generator of any of these."""


class Step(BaseModel):
    """Base of everything that can stand in a workflow: the fields are the parameters.

    Class attributes describe the type; a field cannot be named like one of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    key: ClassVar[str] = ""
    """Stable name of the type, `plugin.verb_noun`. Saved in workflows: never rename it."""
    version: ClassVar[int] = 1
    title: ClassVar[str] = ""
    """Shown to people; made from the class name when empty."""
    group: ClassVar[str] = "app"
    """Place in the palette: trigger, logic, data, app, database, code, ai, comms, files, utility."""
    icon: ClassVar[str] = ""
    """SVG file beside the plugin's module, or the name of a bundled glyph; empty takes the plugin's icon.svg."""
    subtitle: ClassVar[str] = ""
    """What the node card shows under the title, with parameter names in braces: `{method} {url}`."""
    outputs: ClassVar[tuple[str, ...]] = ("main",)
    examples: ClassVar[Sequence[Example]] = ()

    @classmethod
    def upgrade(cls, params: dict[str, JSON], version: int) -> dict[str, JSON]:
        """Bring parameters saved by an older `version` to today's. Called once for each load of an old node."""
        return params

    @classmethod
    def ports(cls, params: Mapping[str, JSON]) -> tuple[str, ...]:
        """The outputs of a node with these saved parameters; override where they depend on them."""
        return cls.outputs

    async def functions(self, ctx: Context) -> Sequence[Function] | None:
        """Behind an output `tools`: the functions that this node gives in place of itself; None where it is one.

        Asked once for each run of the node that calls them, without an item. A call of one comes to `run`, with its
        name in `ctx.function` and its arguments as the item. Override it as a whole: that it is there decides.
        """
        return None


class Node(Step):
    """A node whose `run` is called once per item, with expressions resolved and parameters validated.

    `run` may be a coroutine, or, for a pure node that awaits nothing, a plain method, which is faster.
    """

    effect: ClassVar[Effect] = "unsafe"
    inputs: ClassVar[tuple[str, ...]] = ("main",)
    concurrency: ClassVar[int] = 8
    """How many items of one step run at the same time; order of results is kept. 1 for pure nodes."""

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """The effect of a node with these saved parameters; override where it depends on them.

        Called once per plan. Values may be expressions (`{"$": …}`): what is not known is `unsafe`.
        """
        return cls.effect

    def run(self, ctx: Context) -> Result:
        """Do the work for `ctx.item`. A node with `concurrency = 1` may return a `Wait`, as a BatchNode may."""
        raise NotImplementedError(f"{type(self).__name__} has no run method")

    def resume(self, ctx: Context, data: Mapping[str, JSON], payload: JSON) -> Result:
        """Go on with `ctx.item` after a `Wait`: `data` is what it kept, `payload` what ended it."""
        raise NotImplementedError(f"{type(self).__name__} waits and has no resume method")


class BatchNode(Step):
    """A node whose `run` is called once per step with all items: merge, sort, aggregate.

    Expressions in its parameters are resolved against the first item. Returned `Item`s that came in keep
    their lineage; new ones declare it with `source`.
    """

    effect: ClassVar[Effect] = "unsafe"
    inputs: ClassVar[tuple[str, ...]] = ("main",)
    loop: ClassVar[bool] = False
    """True for nodes that may head a loop: `ctx.loop` tells where it stands. After an iteration that it began the
    head runs again in any case, without items where none came back."""

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """The effect of a node with these saved parameters; override where it depends on them.

        Called once per plan. Values may be expressions (`{"$": …}`): what is not known is `unsafe`.
        """
        return cls.effect

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Do the work. `items` are those of the first input; `ctx.inputs` has all."""
        raise NotImplementedError(f"{type(self).__name__} has no run method")

    def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> Result:
        """Go on after a `Wait`: `data` is what it kept, `payload` what ended it: what the
        caller or the reply brought, a list of `ChildResult`, None for a timer."""
        return list(items)


AnyNode: TypeAlias = Node | BatchNode
Returned: TypeAlias = Awaitable[Result] | AsyncIterator[Result] | Result
