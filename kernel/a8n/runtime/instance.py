"""One running a8n: everything a process needs, made from its settings, in one explicit object."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

import orjson

from a8n.errors import A8nError
from a8n.items import JSON
from a8n.kernel import Kernel
from a8n.runtime import faults
from a8n.runtime.accounts import Accounts
from a8n.runtime.admission import Admission, Load
from a8n.runtime.answers import Answers
from a8n.runtime.backlog import Backlog
from a8n.runtime.blobs import BlobStore
from a8n.runtime.bus import Bus
from a8n.runtime.captures import Captures
from a8n.runtime.children import Children, error_page, last_items
from a8n.runtime.database import Database
from a8n.runtime.egress_watch import WatchedClient
from a8n.runtime.errors import StoreError
from a8n.runtime.executions import Executions
from a8n.runtime.feed import Feed
from a8n.runtime.gauges import Gauges
from a8n.runtime.hooks import Hooks
from a8n.runtime.ids import new_id
from a8n.runtime.journal import Journals
from a8n.runtime.kept_values import KeptValues
from a8n.runtime.keys import Keys, load_or_create_keys
from a8n.runtime.lag import Lag
from a8n.runtime.live_hooks import LiveHooks
from a8n.runtime.masking import Secrets, attach
from a8n.runtime.metrics import Metrics
from a8n.runtime.observation import Observation
from a8n.runtime.offers import Offers
from a8n.runtime.orders import Outcome
from a8n.runtime.published import Published
from a8n.runtime.queue import LoopBroker, Queue, RedisBroker
from a8n.runtime.rates import Rates
from a8n.runtime.reaper import Reaper
from a8n.runtime.retention import Retention
from a8n.runtime.rounds import Rounds
from a8n.runtime.runner import Runner
from a8n.runtime.runs import Started
from a8n.runtime.settings import Settings
from a8n.runtime.signals import Signals
from a8n.runtime.slots import Slots
from a8n.runtime.table_rows import TableRows
from a8n.runtime.vault import Vault
from a8n.runtime.writer import Writer, open_writer
from a8n.services import HttpClient, Services

if TYPE_CHECKING:
    from a8n.runtime.tracing import Tracing

log = logging.getLogger("a8n.instance")

Role = Literal["all", "web", "worker"]
"""What a process does: take requests and run executions, take requests alone, or run executions alone."""
LOOK = 10.0
"""Seconds between two looks for workflows that somebody else has published."""
PATIENCE = 300.0
"""Seconds that somebody waits for the end of an execution at most; it goes on after them."""


class Instance:
    """The composition of ring 1. Make it with `open`; every part is a public attribute."""

    def __init__(
        self, settings: Settings, kernel: Kernel, database: Database, writer: Writer, keys: Keys, fresh: bool,
        role: Role = "all",
    ):  # fmt: skip
        self.settings = settings
        self.id = new_id()
        """Names this process to the others."""
        self.bus = Bus(settings.redis_url) if settings.redis_url else None
        """Redis, where it is used: wake-ups and news between processes."""
        self.works = role != "web" or self.bus is None
        """Whether this process runs what awaits anything; without a queue nobody else could."""
        self.takes_requests = role != "worker"
        self.kernel = kernel
        self.db = database
        self.writer = writer
        self.keys = keys
        self.fresh = fresh
        """True while nobody has an account."""
        self.url = settings.public_url or f"http://{settings.host}:{settings.port}"
        """Where the outside reaches this instance, without a slash at the end."""
        self.secrets = Secrets(_own_secrets(settings, keys))
        """Values that must not reach the log."""
        attach(self.secrets)
        self.metrics = Metrics()
        self.tracing = _tracing(settings, self.id)
        """None unless an endpoint for traces is set."""
        self.blobs = BlobStore(settings.blob_dir, settings.max_file)
        self.executions = Executions(database, settings.lease, settings.concurrency, settings.project_concurrency)
        self.published = Published(database)
        self.vault = Vault(keys.encryption)
        self.variables: dict[str, dict[str, JSON]] = {}
        """Of each project, by name."""
        self.journals = Journals(writer, self.blobs, database, settings)
        self.signals = Signals(self.id, self.bus)
        self.answers = Answers(self.id, self.bus)
        self.feed = self._make_feed()
        self.hooks = Hooks()
        self.offers = Offers()
        self.captures = Captures()
        self.runner = Runner(
            kernel,
            self.executions,
            self.journals,
            self.feed,
            self.services,
            load_version=self.published.document,
            error_page=lambda run: error_page(self, run),
            resume_url=lambda place: f"{self.url}/resume/{keys.token(place)}",
            answers=self.answers,
            signals=self.signals,
            works=self.works,
            shared=self.bus is not None,
            observation=Observation(self.metrics, self.tracing),
        )
        self.broker = (
            RedisBroker(self.bus, works=self.works, in_flight=settings.max_in_flight)
            if self.bus is not None
            else LoopBroker(in_flight=settings.max_in_flight)
        )
        self.runner.queue = Queue(self.broker, self.runner.work)
        self.runner.limited = bool(settings.concurrency or settings.project_concurrency)
        self.backlog = Backlog(self.executions, self.runner.queue, always=self.runner.limited)
        self.runner.backlog = self.backlog
        self.slots = Slots(database, self.runner.queue.wake, self.runner.steering.cancel)
        self.runner.slots = self.slots
        self.executions.freed = self.slots.freed
        self.retention = Retention(database, self.executions, self.blobs, settings)
        self.rates = Rates(settings)
        self.admission = Admission(settings, database, lambda: Load(self.runner.load, writer.depth))
        self.reaper = Reaper(self.runner, self.executions, settings)
        self.rounds = Rounds(self)
        self.live = LiveHooks(self)
        writer.written = self.metrics.written
        self.gauges = Gauges(self)
        self._lag = Lag(self.metrics.lag)
        self._http: HttpClient | None = None
        self._services: dict[str, Services] = {}
        self._looking: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, settings: Settings, kernel: Kernel | None = None, role: Role = "all") -> Instance:
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
        instance = cls(settings, kernel, database, writer, keys, fresh, role)
        await instance.reload()
        await instance._connect()
        instance.admission.start()
        instance._lag.start()
        if instance.works:
            instance.reaper.start()
            instance.rounds.start()
            instance.retention.start()
        return instance

    def _make_feed(self) -> Feed:
        if self.bus is None:
            return Feed()
        from a8n.runtime.feed_redis import RedisFeed  # its library takes most of a second to import

        return RedisFeed(self.bus, self.signals)

    async def _connect(self) -> None:
        """Begin to talk with the other processes."""
        if not self.settings.embedded:
            self._looking = asyncio.ensure_future(self._look())
        if self.bus is None:
            return
        heed = self.signals.on
        heed("routes", lambda message: self._taken_over(message["workflow"]))
        heed("variables", lambda message: self._read_variables())
        heed("cancel", lambda message: self._cancel(message["execution"]))
        heed("watch", lambda message: self._observe(message["topic"]))
        heed("listen", lambda message: self.live.listen_too(message["workflow"], message["seconds"]))
        heed("unlisten", lambda message: self.live.forget(message["workflow"]))
        heed("capture", lambda message: self.captures.keep(message["workflow"], message["capture"]))
        self.bus.returned(self.reload)
        await self.signals.start()
        await self.answers.start()
        await self.bus.start()
        assert isinstance(self.broker, RedisBroker)
        self.broker.start()

    async def reload(self) -> None:
        """Take over what the database says of variables and live webhooks: somebody may have changed it."""
        await self._read_variables()
        if self.takes_requests:
            await self.live.load()

    async def _look(self) -> None:
        """Now and then, whatever Redis says or does not say."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.reload()
            except StoreError as error:
                log.warning("could not look for changed workflows: %s", error)

    async def _cancel(self, execution_id: str) -> None:
        await self.runner.steering.cancel_here(execution_id)

    def _observe(self, topic: str) -> None:
        self.feed.watched_elsewhere(topic)
        self.runner.observe(topic)
        self.runner.outline(topic)

    async def close(self, grace: float = 10) -> None:
        """Stop taking work, give what runs `grace` seconds, and close everything."""
        if self._looking is not None:
            self._looking.cancel()
        await self.rounds.stop(grace)
        self._lag.stop()
        self.reaper.rest()
        await self.admission.stop()
        await self.retention.stop()
        self.live.close()
        await self.broker.drain(grace)
        await self.runner.stop(grace)
        await self.slots.close()
        await self.reaper.stop()
        await self.backlog.close()
        await self.writer.close()
        if self.bus is not None:
            await self.bus.close()
        if self._http is not None:
            with contextlib.suppress(Exception):
                await self._http.close()  # type: ignore[attr-defined]  # our own client; nodes see no close
        await self.db.close()
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)

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
            workflows=Children(self, project_id),
            credentials=Opener(self, project_id),
            store=partial(KeptValues, self.db, project_id),
            tables=TableRows(self.db, project_id),
            vars=self.variables.get(project_id, {}),
        )

    @property
    def http(self) -> HttpClient:
        """The egress client, made at first use because its library is slow to import."""
        if self._http is None:
            self._http = WatchedClient(_LateClient(self.settings), self.metrics, self.tracing)
        return self._http

    # --- what others change ----------------------------------------------------------------------------------

    async def variables_changed(self) -> None:
        """Read the projects' variables anew: call it after the commit that changed one."""
        await self._read_variables()
        self.signals.tell("variables")

    async def routes_changed(self, workflow_id: str) -> None:
        """Take over what the database says of one workflow: call it after the commit that changed it."""
        await self._taken_over(workflow_id)
        self.signals.tell("routes", workflow=workflow_id)

    async def _read_variables(self) -> None:
        variables = await self.published.variables()
        if variables != self.variables:
            self.variables = variables
            self._services.clear()

    async def _taken_over(self, workflow_id: str) -> None:
        self.rounds.changed()
        await self.live.take_over(workflow_id)

    # --- outcomes --------------------------------------------------------------------------------------------

    async def outcome(self, started: Started, timeout: float = PATIENCE) -> Outcome:
        """How a started execution ended, or what it waits for from outside, after the commit."""
        try:
            outcome = await self.runner.ended_here(started)
        except BaseException:
            self.answers.forget(started.execution_id)  # it was refused, or whoever asked is gone
            raise
        if outcome is not None:
            return outcome
        told = self.bus is not None and self.bus.connected and not started.repeated
        return await self.outcome_of(started.execution_id, timeout, told=told)

    async def outcome_of(self, execution_id: str, timeout: float = PATIENCE, *, told: bool = False) -> Outcome:
        """The end of an execution that may run anywhere: told by its process, or found in the database.

        `told`: its process knows that we wait, so that the database need not be asked at once.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        expected = self.answers.expect(execution_id)
        pause = 1.0 if told else 0.02
        try:
            while True:
                if not expected.end.done() and not told:
                    outcome = await self._stored_outcome(execution_id)
                    if outcome.settled or asyncio.get_running_loop().time() > deadline:
                        return outcome
                told = False
                await asyncio.wait([expected.end], timeout=pause)
                if expected.end.done():
                    return expected.end.result() or await self._stored_outcome(execution_id)
                pause = min(pause * 1.5, 2.0)
        finally:
            self.answers.forget(execution_id)

    async def _stored_outcome(self, execution_id: str) -> Outcome:
        row = await self.executions.get(execution_id)
        if row is None:
            raise A8nError(f"the execution {execution_id} is gone")
        error = orjson.loads(row.error) if row.error else None
        if row.status in ("queued", "running"):
            return Outcome(row.status, error, ())
        passing = row.status == "waiting" and await self.executions.passing(execution_id)
        return Outcome(row.status, error, await last_items(self.journals, execution_id), passing)


def _own_secrets(settings: Settings, keys: Keys) -> list[str]:
    """What this instance itself must not say, as it may be written."""
    urls = (settings.database_url, settings.redis_url)
    passwords = [urlsplit(url).password or "" for url in urls]
    ring = [base64.b64encode(key).decode() for key in keys.encryption]
    return [keys.jwt_secret, settings.metrics_token, *ring, *passwords, *map(unquote, passwords)]


def _tracing(settings: Settings, instance_id: str) -> Tracing | None:
    if not settings.otel_endpoint:
        return None
    from a8n.runtime.tracing import Tracing

    return Tracing.to(settings, instance_id)


class _LateClient:
    """The egress client, imported when the first request leaves."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._client: Any = None

    @faults.around("effect")
    async def request(self, method: str, url: str, **options: Any) -> Any:
        """See `a8n.HttpClient`."""
        return await self._made().request(method, url, **options)

    async def reach(self, host: str, port: int) -> str:
        """See `a8n.HttpClient`."""
        address: str = await self._made().reach(host, port)
        return address

    @faults.around("effect")
    async def stream(self, method: str, url: str, **options: Any) -> Any:
        """See `a8n.HttpClient`."""
        return await self._made().stream(method, url, **options)

    def _made(self) -> Any:
        if self._client is None:
            from a8n.runtime.egress import EgressClient

            self._client = EgressClient(allow=self._settings.egress_allow)
        return self._client

    async def close(self) -> None:
        """Close connections, if there are any."""
        close = getattr(self._client, "close", None)
        if close is not None:
            await close()
