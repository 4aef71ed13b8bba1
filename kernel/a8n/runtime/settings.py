"""Settings: read once from the environment, in one class, each with its default and one sentence."""

from __future__ import annotations

import base64
import dataclasses
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from a8n.runtime.errors import SettingsError

KIB, MIB = 2**10, 2**20
KEY_BYTES = 32


def number(low: float, high: float) -> Callable[[str], float]:
    """A parser of numbers within bounds."""

    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError(f"must be from {low:g} to {high:g}")
        return value

    return parse


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,18}", text):
            raise ValueError("must be a whole number")
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"must be from {low} to {high}")
        return value

    return parse


def words(text: str) -> tuple[str, ...]:
    """Parts of a list, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def web_url(text: str) -> str:
    """An http or https address, without a slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://a8n.example.com")
    return text.rstrip("/")


def origins(text: str) -> tuple[str, ...]:
    """Web origins: scheme and host, no path."""
    found = words(text)
    for origin in found:
        if urlsplit(web_url(origin)).path:
            raise ValueError(f"{origin} must be an origin such as https://a8n.example.com, without a path")
    return tuple(origin.rstrip("/").lower() for origin in found)


def database_url(text: str) -> str:
    """The URL of PostgreSQL or of a SQLite file, with the driver that a8n uses."""
    scheme, separator, rest = text.partition("://")
    name = scheme.partition("+")[0]
    if separator and name in ("postgres", "postgresql"):
        return f"postgresql+asyncpg://{rest}"
    if separator and name == "sqlite":
        return f"sqlite+aiosqlite://{rest}"
    raise ValueError("must begin with postgresql:// or sqlite:///")


def redis_url(text: str) -> str:
    """The URL of a Redis server."""
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return text


def secret(text: str) -> str:
    """A secret that cannot be guessed."""
    if len(text.encode()) < KEY_BYTES or len(set(text)) < 8:
        raise ValueError(f"is too weak: use at least {KEY_BYTES} random characters")
    return text


def key_ring(text: str) -> tuple[bytes, ...]:
    """Encryption keys, newest first."""
    return tuple(encryption_key(part) for part in words(text))


def encryption_key(text: str) -> bytes:
    """32 bytes written in base64, either alphabet."""
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise ValueError("holds a key that is not base64") from error
    if len(key) != KEY_BYTES or len(set(key)) < 8:
        raise ValueError(f"holds a key that is not {KEY_BYTES} random bytes in base64")
    return key


def egress(text: str) -> tuple[str, ...]:
    """Host names and networks."""
    for entry in words(text):
        try:
            ipaddress.ip_network(entry)
        except ValueError as error:
            if "/" in entry or not re.fullmatch(r"(\*\.)?[A-Za-z0-9_.-]+", entry):
                raise ValueError(f"holds {entry!r}, which is neither a network nor a host name") from error
    return tuple(entry.lower() for entry in words(text))


def networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """IP networks and addresses."""
    found = []
    for entry in words(text):
        try:
            found.append(ipaddress.ip_network(entry))
        except ValueError as error:
            raise ValueError(f"holds {entry!r}, which is no network or address") from error
    return tuple(found)


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser of one of some words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return text

    return parse


def yes_or_no(text: str) -> bool:
    """A choice."""
    if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError("must be yes or no")
    return text.lower() in ("yes", "true", "1")


ALSO = {"otel_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT"}
"""Variables of the field's own standards, read where ours is unset."""


def setting(variable: str, default: Any, parse: Callable[[str], Any], about: str, *, secret: bool = False) -> Any:
    """A field of Settings, with the variable it is read from."""
    metadata = {"variable": variable, "parse": parse, "about": about, "secret": secret}
    return dataclasses.field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator can set. `Settings()` are the defaults: the embedded mode."""

    database_url: str = setting(
        "DATABASE_URL", "", database_url, "PostgreSQL to keep everything in. Unset: a SQLite file in the data folder.",
        secret=True,
    )  # fmt: skip
    redis_url: str = setting(
        "REDIS_URL", "", redis_url, "Redis for wake-ups and live events between processes. Unset: in-process.",
        secret=True,
    )  # fmt: skip
    jwt_secret_key: str = setting(
        "JWT_SECRET_KEY", "", secret, "Signs access tokens. Unset: made at first start, kept in the data folder.",
        secret=True,
    )  # fmt: skip
    encryption_keys: tuple[bytes, ...] = setting(
        "A8N_ENCRYPTION_KEYS", (), key_ring,
        "Keys that seal credentials, newest first, each 32 bytes in base64, separated by commas. Unset: made at "
        "first start, kept in the data folder.",
        secret=True,
    )  # fmt: skip
    allowed_origins: tuple[str, ...] = setting(
        "ALLOWED_ORIGINS", (), origins, "Web origins, beside our own, whose pages may call the API."
    )
    data_dir: Path = setting(  # noqa: RUF009  # makes a field, as dataclasses.field does
        "A8N_DATA_DIR", Path(".a8n"), Path, "Folder of the database, the files and the keys."
    )
    host: str = setting("A8N_HOST", "127.0.0.1", str, "Address to listen on.")
    port: int = setting("A8N_PORT", 5678, whole(0, 65535), "Port to listen on; 0 takes a free one.")
    public_url: str = setting(
        "A8N_PUBLIC_URL",
        "",
        web_url,
        "Where the outside reaches a8n: the beginning of webhook and resume URLs. Unset: the host and port.",
    )
    sign_up: str = setting(
        "A8N_SIGN_UP", "closed", one_of("closed", "open"),
        "Whether strangers may make accounts: `closed` once the owner has signed up, or `open`.",
    )  # fmt: skip
    egress_allow: tuple[str, ...] = setting(
        "A8N_EGRESS_ALLOW", (), egress,
        "Networks (10.0.0.0/8) and hosts (intranet.example.com, *.example.com) that workflows may call although "
        "their addresses are not public.",
    )  # fmt: skip
    max_body: int = setting("A8N_MAX_BODY", 16 * MIB, whole(KIB, 2**40), "Largest request body, in bytes.")
    max_depth: int = setting("A8N_MAX_DEPTH", 100, whole(1, 200), "Deepest nesting of JSON in a request.")
    max_output: int = setting("A8N_MAX_OUTPUT", 64 * MIB, whole(KIB, 2**32), "Largest output of a step, in bytes.")
    max_file: int = setting("A8N_MAX_FILE", 2**30, whole(KIB, 2**40), "Largest file in the blob store, in bytes.")
    inline_output: int = setting(
        "A8N_INLINE_OUTPUT", 256 * KIB, whole(0, 2**30),
        "A step's output above this many bytes is kept as a file instead of in the database.",
    )  # fmt: skip
    lease: float = setting(
        "A8N_LEASE", 30.0, number(1, 3600), "Seconds after which an execution of a silent process is taken over."
    )
    reap: float = setting("A8N_REAP", 2.0, number(0.05, 600), "Seconds between two looks for what is due.")
    stall: float = setting(
        "A8N_STALL", 60.0, number(1, 3600),
        "Seconds without a turn of its event loop after which a worker process is killed: a node blocks it.",
    )  # fmt: skip
    grace: float = setting("A8N_GRACE", 30.0, number(0, 3600), "Seconds that running steps get to end on SIGTERM.")
    max_in_flight: int = setting(
        "A8N_MAX_IN_FLIGHT", 256, whole(1, 100_000), "Executions that one process runs at the same time."
    )
    concurrency: int = setting(
        "A8N_CONCURRENCY", 0, whole(0, 1_000_000),
        "Executions that all processes together run at the same time; 0: as many as the processes take. Those above "
        "it wait in the queue.",
    )  # fmt: skip
    project_concurrency: int = setting(
        "A8N_PROJECT_CONCURRENCY", 0, whole(0, 1_000_000),
        "The same for the executions of each project; 0: no limit.",
    )  # fmt: skip
    max_backlog: int = setting(
        "A8N_MAX_BACKLOG", 10_000, whole(1, 10_000_000),
        "Executions, and records on their way to the database, that one process holds in memory; above it new "
        "webhook and API runs get 503.",
    )  # fmt: skip
    max_queue: int = setting(
        "A8N_MAX_QUEUE", 100_000, whole(0, 100_000_000),
        "Executions that wait in the database to be run; above it new webhook and API runs get 503. 0: no limit.",
    )  # fmt: skip
    max_memory: int = setting(
        "A8N_MAX_MEMORY", 0, whole(0, 2**50),
        "Bytes of memory above which a process refuses new webhook and API runs with 503. 0: four fifths of what "
        "the container or the host has.",
    )  # fmt: skip
    rate_webhook: float = setting(
        "A8N_RATE_WEBHOOK", 0.0, number(0, 1e6), "Requests per second that one webhook takes in one process; 0: all."
    )
    rate_project: float = setting(
        "A8N_RATE_PROJECT", 0.0, number(0, 1e6),
        "Webhook requests and API runs per second that one project takes in one process; 0: all.",
    )  # fmt: skip
    rate_address: float = setting(
        "A8N_RATE_ADDRESS", 0.0, number(0, 1e6),
        "Requests per second that one address (IPv6: /64 network) may send to one process; 0: all.",
    )  # fmt: skip
    rate_account: float = setting(
        "A8N_RATE_ACCOUNT", 200.0, number(0, 1e6),
        "API calls per second of one account or API key in one process; 0: all.",
    )  # fmt: skip
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = setting(
        "A8N_TRUSTED_PROXIES", (), networks,
        "Addresses and networks of reverse proxies whose X-Forwarded-For or Forwarded header tells who the client is.",
    )  # fmt: skip
    keep_days: float = setting(
        "A8N_KEEP_DAYS", 30.0, number(0, 36_500),
        "Days that executions stay after their end, where their workflow says nothing else; 0: for ever.",
    )  # fmt: skip
    keep_executions: int = setting(
        "A8N_KEEP_EXECUTIONS", 0, whole(0, 1_000_000_000),
        "Executions that stay of each workflow, the newest, where it says nothing else; 0: all.",
    )  # fmt: skip
    sweep: float = setting(
        "A8N_SWEEP", 300.0, number(0.05, 86_400), "Seconds between two looks for what need not be kept any longer."
    )
    store_timeout: float = setting(
        "A8N_STORE_TIMEOUT", 10.0, number(0.1, 600), "Seconds to wait for the database before a request is refused."
    )

    log_level: str = setting(
        "A8N_LOG_LEVEL", "info", one_of("debug", "info", "warning", "error"), "The least that is logged."
    )
    log_format: str = setting(
        "A8N_LOG_FORMAT", "", one_of("json", "human"),
        "Form of the log on stderr. Unset: readable lines on a terminal, else a JSON object per line.",
    )  # fmt: skip
    metrics_token: str = setting(
        "A8N_METRICS_TOKEN", "", secret,
        "Bearer token that may read `/metrics`. Unset: only admins, and their API keys with the scope `metrics:read`.",
        secret=True,
    )  # fmt: skip
    worker_port: int = setting(
        "A8N_WORKER_PORT", 0, whole(0, 65535),
        "Port at which a worker answers `/healthz`, `/readyz` and `/metrics`; each further process of one command "
        "takes the next. 0: none.",
    )  # fmt: skip
    otel_endpoint: str = setting(
        "A8N_OTEL_ENDPOINT", "", web_url,
        "Where traces go, by OTLP over HTTP (`/v1/traces` is added). Unset: OTEL_EXPORTER_OTLP_ENDPOINT, else none.",
    )  # fmt: skip
    otel_propagate: bool = setting(
        "A8N_OTEL_PROPAGATE", True, yes_or_no,
        "Whether HTTP requests of workflows carry a `traceparent` where traces are on: `yes` or `no`.",
    )  # fmt: skip

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment; an empty value counts as unset. Raises SettingsError that names the variable."""
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            text = env.get(field.metadata["variable"], "").strip() or env.get(ALSO.get(field.name, ""), "").strip()
            if text:
                values[field.name] = _parsed(field, text)
        settings = cls(**values)
        if settings.database_url.startswith("postgresql"):
            for name in ("jwt_secret_key", "encryption_keys"):
                if not getattr(settings, name):
                    variable = cls.__dataclass_fields__[name].metadata["variable"]
                    raise SettingsError(f"{variable} must be set where DATABASE_URL is: all processes share it")
        return settings

    @property
    def base_path(self) -> str:
        """The path of A8N_PUBLIC_URL, with a slash at both ends: `/` where a8n has a host for itself."""
        return urlsplit(self.public_url).path.rstrip("/") + "/"

    @property
    def embedded(self) -> bool:
        """Whether this one process is everything: no DATABASE_URL is set."""
        return not self.database_url

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL of the database, in both modes."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'a8n.db'}"

    @property
    def blob_dir(self) -> Path:
        """Folder of the blob store."""
        return self.data_dir / "files"

    @classmethod
    def documentation(cls) -> list[tuple[str, str, str]]:
        """Variable, default and meaning of each setting, for the docs and `a8n doctor`."""
        return [(f.metadata["variable"], _shown(f.default), f.metadata["about"]) for f in dataclasses.fields(cls)]


def _parsed(field: dataclasses.Field[Any], text: str) -> Any:
    variable = field.metadata["variable"]
    try:
        return field.metadata["parse"](text)
    except ValueError as error:
        reason = str(error)
        if reason.startswith("could not convert"):
            reason = "must be a number"
        shown = "" if field.metadata["secret"] else f", not {text!r}" if reason.startswith("must") else ""
        raise SettingsError(f"{variable} {reason}{shown}") from None


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "" if default in ("", ()) else f"{default:g}" if isinstance(default, float) else str(default)
