"""One running a8n: everything a process needs, made from its settings, in one explicit object."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson

from a8n.errors import A8nError, InvalidError, NodeError, Problem
from a8n.items import JSON, Item
from a8n.kernel import Kernel
from a8n.plan import Plan, PlannedNode
from a8n.runtime.accounts import Accounts
from a8n.runtime.blobs import BlobStore
from a8n.runtime.captures import Captures
from a8n.runtime.database import Database
from a8n.runtime.executions import Executions
from a8n.runtime.feed import Feed
from a8n.runtime.hooks import Hook, Hooks
from a8n.runtime.journal import Journals
from a8n.runtime.keys import Keys, load_or_create_keys
from a8n.runtime.orders import Order, Outcome
from a8n.runtime.published import Published
from a8n.runtime.queue import LoopBroker, Queue
from a8n.runtime.reaper import Reaper
from a8n.runtime.runner import Runner
from a8n.runtime.settings import Settings
from a8n.runtime.vault import Vault
from a8n.runtime.writer import Writer, open_writer
from a8n.services import ExecutionInfo, HttpClient, Services
from a8n.trigger import Route, Trigger, WebhookTrigger
from a8n.workflow import Workflow

log = logging.getLogger("a8n.instance")


class Instance:
    """The composition of ring 1. Make it with `open`; every part is a public attribute."""

    def __init__(self, settings: Settings, kernel: Kernel, database: Database, writer: Writer, keys: Keys, fresh: bool):
        self.settings = settings
        self.kernel = kernel
        self.db = database
        self.writer = writer
        self.keys = keys
        self.fresh = fresh
        """True while nobody has an account."""
        self.url = settings.public_url or f"http://{settings.host}:{settings.port}"
        """Where the outside reaches this instance, without a slash at the end."""
        self.blobs = BlobStore(settings.blob_dir, settings.max_file)
        self.executions = Executions(database, settings.lease)
        self.published = Published(database)
        self.vault = Vault(keys.encryption)
        self.variables: dict[str, dict[str, JSON]] = {}
        """Of each project, by name."""
        self.journals = Journals(writer, self.blobs, database, settings)
        self.feed = Feed()
        self.hooks = Hooks()
        self.captures = Captures()
        self.runner = Runner(
            kernel,
            self.executions,
            self.journals,
            self.feed,
            self.services,
            load_version=self.published.document,
            resume_url=lambda token: f"{self.url}/resume/{token}",
        )
        self.broker = LoopBroker(in_flight=settings.max_in_flight)
        self.runner.queue = Queue(self.broker, self.runner.work)
        self.reaper = Reaper(self.runner, self.executions, settings)
        self._http: HttpClient | None = None
        self._listening: dict[str, asyncio.TimerHandle] = {}
        self._services: dict[str, Services] = {}

    @classmethod
    async def open(cls, settings: Settings, kernel: Kernel | None = None) -> Instance:
        """Connect, migrate where it is embedded, load plugins and live webhooks, and start recovering."""
        keys = load_or_create_keys(settings)
        database = await Database.open(settings)
        await database.prepare()
        writer = await open_writer(database)
        lock = settings.data_dir / "a8n.plugins.lock"
        kernel = kernel or Kernel.discover(lock if lock.exists() else None)
        for report in kernel.plugins:
            if report.error is not None:
                log.warning("plugin %s was left out: %s", report.name, report.error)
        fresh = not await Accounts(database).any()
        instance = cls(settings, kernel, database, writer, keys, fresh)
        await instance.variables_changed()
        await instance.load_hooks()
        instance.reaper.start()
        return instance

    async def close(self, grace: float = 10) -> None:
        """Stop taking work, give what runs `grace` seconds, and close everything."""
        await self.reaper.stop()
        for timer in self._listening.values():
            timer.cancel()
        await self.broker.drain(grace)
        await self.runner.stop(grace)
        await self.writer.close()
        if self._http is not None:
            with contextlib.suppress(Exception):
                await self._http.close()  # type: ignore[attr-defined]  # our own client; nodes see no close
        await self.db.close()

    # --- what nodes reach ------------------------------------------------------------------------------------

    def services(self, project_id: str) -> Services:
        """What the nodes of a project's workflows may reach."""
        known = self._services.get(project_id)
        if known is None:
            known = self._services[project_id] = self._make_services(project_id)
        return known

    def _make_services(self, project_id: str) -> Services:
        from a8n.runtime.credentials import Opener

        return Services(
            http=self.http,
            files=self.blobs,
            workflows=_Children(self, project_id),
            credentials=Opener(self, project_id),
            vars=self.variables.get(project_id, {}),
        )

    @property
    def http(self) -> HttpClient:
        """The egress client, made at first use because its library is slow to import."""
        if self._http is None:
            self._http = _LateClient(self.settings)
        return self._http

    # --- versions and webhooks -------------------------------------------------------------------------------

    async def load_hooks(self) -> None:
        """Make the webhooks of all active workflows live. One that cannot run is reported and left out."""
        for row in await self.published.active():
            self._put(row)

    async def variables_changed(self) -> None:
        """Read the projects' variables anew: call it after the commit that changed one."""
        self.variables = await self.published.variables()
        self._services.clear()

    async def routes_changed(self, workflow_id: str) -> None:
        """Take over what the database says of one workflow: call it after the commit that changed it."""
        rows = await self.published.active(workflow_id)
        if rows:
            self._put(rows[0])
        else:
            self.hooks.put(workflow_id, [])

    def _put(self, row: Any) -> None:
        try:
            document = Workflow.parse(orjson.loads(row.document))
            self.hooks.put(row.id, self.hooks_of(row.id, row.project_id, document, row.published))
        except Exception as error:  # also of a plugin's making: one workflow must not stop the others
            log.error("the active workflow %s cannot run: %s", row.id, error)
            self.hooks.put(row.id, [], self._broken_routes(row.document))

    def _broken_routes(self, raw: bytes) -> list[Route]:
        """Where a workflow that cannot run would listen, as far as that can be told."""
        routes = []
        with contextlib.suppress(Exception):
            for node in Workflow.parse(orjson.loads(raw)).nodes:
                node_type = self.kernel.catalogue.get(node.type)
                if node_type is not None and issubclass(node_type.cls, WebhookTrigger) and not node.settings.disabled:
                    routes.append(_route(PlannedNode(node, node_type)))
        return routes

    def hooks_of(
        self, workflow_id: str, project_id: str, document: Workflow, version: int, *, listening: bool = False
    ) -> list[Hook]:
        """The webhooks of a document. Raises InvalidError when one of them cannot run."""
        hooks = []
        for node in document.nodes:
            node_type = self.kernel.catalogue.get(node.type)
            if node_type is None or not issubclass(node_type.cls, WebhookTrigger) or node.settings.disabled:
                continue
            plan = self.runner.plan(workflow_id, version, document, node.id)
            trigger = plan.nodes[0].binder.constant
            route = route_of(plan)
            ready = trigger if isinstance(trigger, WebhookTrigger) else None
            hooks.append(Hook(workflow_id, project_id, document.name, version, node.id, ready, route, plan, listening))
        return hooks

    def listen(self, workflow_id: str, project_id: str, document: Workflow, seconds: float = 120) -> list[Hook]:
        """Let the draft's webhooks answer for a while; their requests are captured.

        Raises InvalidError, also where another workflow holds the path.
        """
        hooks = self.hooks_of(workflow_id, project_id, document, 0, listening=True)
        for hook in hooks:
            for method in hook.route.methods:
                found = self.hooks.find(method, hook.route.path)
                if found is not None and found.hook.workflow_id != workflow_id:
                    text = f"{method} {hook.route.path} belongs to another active workflow"
                    raise InvalidError([Problem(f"nodes.{hook.node}.params.path", text, "taken")])
        key = f"{workflow_id}:listening"
        self.hooks.put(key, hooks)
        earlier = self._listening.pop(workflow_id, None)
        if earlier is not None:
            earlier.cancel()
        loop = asyncio.get_running_loop()
        self._listening[workflow_id] = loop.call_later(seconds, self.stop_listening, workflow_id)
        return hooks

    def stop_listening(self, workflow_id: str) -> None:
        """Let the published version have its webhooks again."""
        timer = self._listening.pop(workflow_id, None)
        if timer is not None:
            timer.cancel()
        self.hooks.put(f"{workflow_id}:listening", [])

    # --- outcomes --------------------------------------------------------------------------------------------

    async def outcome_of(self, execution_id: str, timeout: float = 300) -> Outcome:
        """The end of an execution that may run anywhere; looks in the database until it has ended."""
        deadline = asyncio.get_running_loop().time() + timeout
        pause = 0.02
        while True:
            run = self.runner.live(execution_id)
            if run is not None and run.task is not None:
                await asyncio.wait([run.task])
                await run.journal.commit()
                return run.outcome
            outcome = await self._stored_outcome(execution_id)
            if outcome.status not in ("queued", "running") or asyncio.get_running_loop().time() > deadline:
                return outcome
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    async def _stored_outcome(self, execution_id: str) -> Outcome:
        row = await self.executions.get(execution_id)
        if row is None:
            raise A8nError(f"the execution {execution_id} is gone")
        records = await self.journals.load(execution_id)
        done = [record for record in records if record.status in ("succeeded", "pinned")]
        last = max(done, key=lambda record: record.finished_at, default=None)
        items = [item for port in last.outputs.values() for item in port] if last is not None else []
        error = orjson.loads(row.error) if row.error else None
        return Outcome(row.status, error, items)


def route_of(plan: Plan) -> Route:
    """The route of a plan's webhook trigger; credentials are not needed to know it."""
    return _route(plan.nodes[0])


def _route(node: PlannedNode) -> Route:
    trigger = node.binder.constant or node.binder.blank()
    assert isinstance(trigger, WebhookTrigger)
    return trigger.route()


class _Children:
    """Runs other workflows of the same project for the sub-workflow node."""

    def __init__(self, instance: Instance, project_id: str):
        self._instance = instance
        self._project_id = project_id

    async def run(self, workflow_id: str, items: Sequence[Item], *, wait: bool, parent: Any) -> list[Item]:
        """Start the version of a workflow that was published last."""
        row = await self._instance.published.runnable(workflow_id)
        if row is None or row.project_id != self._project_id:
            text = f"this project has no published workflow {workflow_id!r}"
            raise NodeError(text, field="workflow", retryable=False)
        document = Workflow.parse(orjson.loads(row.document))
        info: ExecutionInfo = parent.execution
        order = Order(
            workflow_id, row.project_id, document.name, document, row.published,
            self._start(document), items, "child", parent_id=info.id, depth=info.depth + 1,
        )  # fmt: skip
        runner = self._instance.runner
        if not wait:
            await runner.submit(order)
            return []
        outcome = await (await runner.start(order)).outcome()
        if outcome.status != "succeeded":
            message = (outcome.error or {}).get("message", outcome.status)
            raise NodeError(f"the workflow {document.name!r} {outcome.status}: {message}")
        return [Item(item.json, item.files) for item in outcome.items]

    def _start(self, document: Workflow) -> str:
        return start_node(self._instance.kernel, document)


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


class _LateClient:
    """The egress client, imported when the first request leaves."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._client: Any = None

    async def request(self, method: str, url: str, **options: Any) -> Any:
        """See `a8n.HttpClient`."""
        return await self._made().request(method, url, **options)

    async def check_host(self, host: str, port: int) -> str:
        """The address of a host that workflows may connect to. Raises NodeError for any other."""
        address: str = await self._made().check_host(host, port)
        return address

    def _made(self) -> Any:
        if self._client is None:
            from a8n.runtime.egress import EgressClient

            self._client = EgressClient(allow=self._settings.egress_allow)
        return self._client

    async def close(self) -> None:
        """Close connections, if there are any."""
        close: Callable[[], Awaitable[None]] | None = getattr(self._client, "close", None)
        if close is not None:
            await close()
