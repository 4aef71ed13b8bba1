"""What the runtime gives a node, as the node sees it. Ring 1 implements these; tests use `a8n.testing`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from a8n.credential import Credential
from a8n.items import JSON, FileRef, Item

if TYPE_CHECKING:
    from a8n.node import Wait


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer of the egress client. `headers` have lower-case names; the body is bounded by `max_bytes`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    """After redirects."""

    @property
    def text(self) -> str:
        """The body decoded by the charset it declares, else UTF-8; undecodable bytes become U+FFFD."""
        kind = self.headers.get("content-type", "")
        charset = kind.partition("charset=")[2].split(";")[0].strip(" \"'") or "utf-8"
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> JSON:
        """The body as JSON. Raises ValueError when it is none."""
        import json

        return json.loads(self.body)


class HttpStream(Protocol):
    """An answer of the egress client whose body comes as it is sent. Close it, best with `async with`."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body's pieces, decompressed. Raises NodeError as `HttpClient.request` does."""
        ...

    async def __aenter__(self) -> HttpStream: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def aclose(self) -> None:
        """Give the connection back; one in the middle of its answer is ended."""
        ...


class HttpClient(Protocol):
    """The one way out by HTTP: public addresses only unless allowed, redirects checked, sizes bounded."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: JSON = ...,
        data: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, str, bytes, str]] = (),
        auth: tuple[str, str] | None = None,
        timeout: float = 30.0,
        follow_redirects: bool = True,
        max_redirects: int = 10,
        max_bytes: int = 64 * 2**20,
        proxy: str | None = None,
        verify: bool = True,
    ) -> HttpResponse:
        """Send a request and read the whole answer. `files` are (field, file name, content, mime type).

        `timeout` bounds the whole exchange in seconds. Raises NodeError for a refused address, a failed
        connection, a timeout (retryable) and an answer above `max_bytes`.
        """
        ...

    async def reach(self, host: str, port: int) -> str:
        """The address to connect to for a host, checked as `request` checks its own: for SMTP, IMAP, SQL and the like.

        Connect to this very address, so that no second look-up can lead elsewhere, and give TLS the name. Raises
        NodeError for a refused address, an unknown host (retryable) and what is no host or port.
        """
        ...

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float = 30.0,
        max_bytes: int = 64 * 2**20,
    ) -> HttpStream:
        """Send a request and read its answer piece by piece: for server-sent events, and to build the transport of
        an SDK on, so that it opens no connections of its own. Redirects are answers like others here.

        `timeout` and `max_bytes` bound the whole answer. Raises NodeError as `request` does.
        """
        ...


class FileStore(Protocol):
    """Bytes by content hash."""

    async def save(self, data: bytes | AsyncIterator[bytes], name: str, mime: str = ...) -> FileRef:
        """Keep bytes and return the handle to put on an item."""
        ...

    async def read(self, ref: FileRef) -> bytes:
        """All bytes of a file. Raises NodeError when they are gone."""
        ...


@dataclass(frozen=True, slots=True)
class Child:
    """An execution of another workflow that has been prepared. It starts with the record of the step that made it:
    give it to `Wait(children=…)` to wait for its end, or to `ctx.start` not to."""

    id: str
    page: Any = None
    """The runtime's own."""


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a child ended."""

    id: str
    status: str
    """`succeeded`, `failed`, `canceled` or `crashed`."""
    error: Mapping[str, JSON] | None
    items: Sequence[Item]
    """What the step that finished last gave; empty unless it succeeded."""


class Function(Protocol):
    """Something that can be called by name with arguments, as whoever calls it is told of it."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def effect(self) -> str:
        """`pure`, `idempotent` or `unsafe`, see `a8n.Node.effect`."""
        ...

    @property
    def parameters(self) -> JSON:
        """JSON Schema of the arguments, which are an object."""
        ...


class WorkflowRunner(Protocol):
    """Prepares runs of other workflows of the same project."""

    async def child(self, workflow_id: str, items: Sequence[Item], *, parent: Context_) -> Child:
        """A run of a workflow's published version, which has not started yet.

        Raises NodeError where the project has no such workflow, it cannot run, or it is nested too deeply.
        """
        ...

    async def function(self, workflow_id: str) -> Function:
        """A workflow as a function: as its trigger offers it (`a8n.Trigger.offers`), else one that takes any object.

        Raises NodeError where the project has no such workflow, or it cannot run.
        """
        ...

    async def call(self, workflow_id: str, arguments: Mapping[str, JSON], *, parent: Context_) -> Child:
        """A run of that function, which has not started yet. Raises as `child` does, and for arguments that do not
        fit."""
        ...


class Tool(Function, Protocol):
    """A node that another node may call as a function; its arguments are the item that it works on.

    Its `name` is the node's, and its `parameters` are what the node's expressions ask of `json`, each in the form of
    its field.
    """

    @property
    def node(self) -> str:
        """The node's name, also of one of several functions that a node gives."""
        ...

    async def functions(self) -> Sequence[Tool]:
        """What there is to call: the tool itself, or the functions that its node gives (`a8n.Node.functions`), each
        with the name that it has there. Raises NodeError where the node cannot tell.
        """
        ...

    async def call(self, arguments: Mapping[str, JSON], number: str) -> Sequence[Item] | Wait:
        """Run the node. `number` tells the calls of one step apart, the same again after a crash, for their
        idempotency keys. Raises NodeError where the node fails.

        A `Wait` is for other workflows or for a time. Whoever calls hands it on as its own, with data to know the call
        by, and when it is over goes on with `resume`.
        """
        ...

    async def resume(
        self, arguments: Mapping[str, JSON], number: str, data: Mapping[str, JSON], payload: JSON
    ) -> Sequence[Item] | Wait:
        """Go on with a call whose `Wait` is over: `data` is that of the Wait, `payload` what ended it."""
        ...


class Store(Protocol):
    """Small JSON values by key, which outlive executions. A value has 1 MB at most, a key 300 characters."""

    async def get(self, key: str, default: JSON = None) -> JSON:
        """The value, or `default` where there is none."""
        ...

    async def put(self, key: str, value: JSON, *, lifetime: float | None = None) -> None:
        """Keep a value, in place of what was there. `lifetime` in seconds; None is for ever.

        Raises NodeError for what is no JSON, too large, or no key.
        """
        ...

    async def change(
        self, key: str, function: Callable[[JSON], JSON], *, lifetime: float | None = None, default: JSON = None
    ) -> JSON:
        """Put what `function` makes of the value, `default` where there is none; gives what is there now.

        Nobody changes the value in between: `function` runs in a transaction, so it is quick and awaits nothing.
        Raises NodeError as `put` does; an exception of `function` leaves the value as it is.
        """
        ...

    async def delete(self, key: str) -> bool:
        """Forget a value; False where there was none."""
        ...

    async def keys(self, prefix: str = "", limit: int = 100) -> Sequence[str]:
        """Keys that begin with `prefix`, sorted; the first 10,000 at most."""
        ...


class Tables(Protocol):
    """The data tables of the project. A table is named by its name or id; a row is an object of its columns by name,
    with `id`, `created_at` and `updated_at`. What writes is one transaction, and those that write to one table do so
    one after the other. All raise NodeError for a table or column that there is not and a value that does not fit.
    """

    async def rows(
        self, table: str, where: Sequence[tuple[str, str, JSON]] = (), *, order: str = "", descending: bool = False,
        limit: int = 1000, offset: int = 0,
    ) -> list[dict[str, JSON]]:  # fmt: skip
        """Rows that meet all comparisons: a column, one of `eq ne gt gte lt lte contains starts_with in empty
        not_empty`, and a value. In the order in which they came, unless `order` names a column."""
        ...

    async def count(self, table: str, where: Sequence[tuple[str, str, JSON]] = ()) -> int:
        """How many rows meet all comparisons."""
        ...

    async def add(
        self, table: str, rows: Sequence[Mapping[str, JSON]], keys: Sequence[str] = ()
    ) -> list[dict[str, JSON]]:
        """Add rows; gives them. One whose key was used before is not added again: `keys` are idempotency keys."""
        ...

    async def change(
        self, table: str, where: Sequence[tuple[str, str, JSON]], values: Mapping[str, JSON]
    ) -> list[dict[str, JSON]]:
        """Change columns of the rows that meet all comparisons; gives these rows."""
        ...

    async def put(
        self, table: str, rows: Sequence[Mapping[str, JSON]], match: Sequence[str], keys: Sequence[str] = ()
    ) -> list[dict[str, JSON]]:
        """Change, for each row, the first one that is the same in the columns of `match`, or add it; gives them."""
        ...

    async def remove(self, table: str, where: Sequence[tuple[str, str, JSON]]) -> int:
        """Delete rows; gives how many."""
        ...


class CredentialOpener(Protocol):
    """Opens credentials at the moment of use, after checking that this workflow may use them."""

    async def open(self, credential_id: str) -> Credential:
        """Raises NodeError when it is missing, not allowed, or cannot be decrypted."""
        ...

    def guard(self, http: HttpClient, opened: Collection[Credential]) -> HttpClient:
        """The client for a step that holds these: it takes none of them to a host that it is not meant for."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the web request that started an execution, as a node composed it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: FileRef | None = None
    """Sent in place of `body` when set."""


class Caller(Protocol):
    """The web request that waits for this execution, if one does."""

    @property
    def fleeting(self) -> bool:
        """Whether nobody but this very request will ever ask for the reply, so that it need not be kept."""
        ...

    def reply(self, reply: Reply) -> None:
        """Answer the request. Only the first reply counts."""
        ...

    def stream(self, chunk: bytes) -> None:
        """Send a piece of a streamed answer."""
        ...


class ExecutionInfo(NamedTuple):
    """Who and what an execution is, as nodes and expressions see it."""

    id: str
    workflow_id: str
    workflow_name: str
    project_id: str
    mode: str
    """`webhook`, `manual`, `schedule`, `poll`, `api`, `child`, `test` …: what started it."""
    started_at: datetime
    timezone: str = "UTC"
    version: int = 0
    depth: int = 0
    """How many parents it has."""


Context_ = Any
"""`a8n.Context`, which imports this module."""


@dataclass(slots=True)
class Services:
    """Everything a step may reach, in one explicit object. What a process does not offer is None."""

    http: HttpClient | None = None
    files: FileStore | None = None
    workflows: WorkflowRunner | None = None
    credentials: CredentialOpener | None = None
    store: Callable[[str], Store] | None = None
    """The values of a workflow by its id; the empty id gives those that all workflows of the project share."""
    tables: Tables | None = None
    vars: Mapping[str, JSON] = field(default_factory=dict)
