"""A database, and a connection to the address that was checked."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from a8n import Credential, Field, NodeError, Secret, hint

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

Reach = Callable[[str, int], Awaitable[str]]
CONNECTING = 20.0
"""Seconds that a server may take until it has signed us in."""

TIMES = ("timestamptz", "timestamp", "date", "time")
"""Types whose values go over the wire as text, since JSON has them as text: the server reads and checks them."""


class SqlDatabase(Credential):
    """A PostgreSQL database, or one that speaks its protocol."""

    key = "sql.database"
    icon = "icon.svg"
    title = "SQL database"

    url: Secret = Field(description="Address with user and password: postgresql://ada:secret@db.example.org/shop.")
    security: Literal["tls", "unverified", "none"] = Field(
        "tls", description="TLS with a certificate that is checked, TLS with any certificate, or no encryption at all."
    )
    authority: Annotated[str, hint(widget="textarea", advanced=True)] = Field(
        "", description="Certificate (PEM) to trust in place of the public authorities, for a server of your own."
    )

    def address(self) -> URL:
        """The parsed URL. Raises NodeError for what is no address of a PostgreSQL server."""
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        form = "postgresql://user:password@host/database"
        try:
            url = make_url(self.url.get_secret_value().strip())
        except (ArgumentError, ValueError):  # its text may show the password
            raise NodeError(f"the credential's URL is none; it looks like {form}", retryable=False) from None
        if url.get_backend_name() not in ("postgresql", "postgres"):
            text = f"this version speaks to PostgreSQL alone, not to {url.get_backend_name()}"
            raise NodeError(text, hint=f"the URL looks like {form}", retryable=False)
        if not url.host or not url.database or not url.username:
            raise NodeError(
                f"the credential's URL lacks a host, a user or a database; it looks like {form}", retryable=False
            )
        if url.query:
            # `host=` and the like would lead past the check of the address
            raise NodeError("the credential's URL has options behind `?`; leave them out", retryable=False)
        return url

    def tls(self, name: str) -> ssl.SSLContext | Literal[False]:
        """How the certificate of the host `name` is checked. Raises NodeError where `authority` is no certificate."""
        if self.security == "none":
            return False
        context = _Named(ssl.PROTOCOL_TLS_CLIENT)
        context.name = name
        if self.security == "unverified":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        try:
            if self.authority:
                context.load_verify_locations(cadata=self.authority)
            else:
                context.load_default_certs()
        except (ssl.SSLError, ValueError):
            raise NodeError("the credential's authority is no certificate in PEM form", retryable=False) from None
        return context

    async def check(self, http: Any) -> str:
        """Sign in and ask for the version."""
        from sqlalchemy import text

        async with connected(self, http.reach) as connection:
            version = (await connection.execute(text("SHOW server_version"))).scalar_one()
            return f"signed in as {self.address().username}; PostgreSQL {version}"


class _Named(ssl.SSLContext):
    """Checks for the host's name: the driver knows the address alone, since that is what was checked."""

    name = ""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        return super().wrap_bio(*args, **{**options, "server_hostname": self.name})


def iso(text: str) -> str:
    """A time as ISO 8601, from how PostgreSQL writes it: 2026-11-01 10:00:00+00. `infinity` stays."""
    day, space, time = text.partition(" ")
    if not space or not day[:1].isdigit() or " " in time:
        return text
    offset = re.search(r"[+-]\d\d$", time)
    return f"{day}T{time}" + (":00" if offset else "")


@asynccontextmanager
async def connected(database: SqlDatabase, reach: Reach, seconds: float = 60.0) -> AsyncIterator[AsyncConnection]:
    """A connection whose transaction is committed at the end of the block, and rolled back where it raises.

    `seconds` bounds each statement; the server ends it then. Raises NodeError, here and for what the server refuses
    inside.
    """
    import asyncpg
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    where = place(database)
    dial = await dialling(database, reach, seconds)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=dial, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    except NodeError:
        raise
    except TimeoutError:
        raise NodeError(f"{where} did not answer in time") from None
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise explained(where, error) from None  # the cause may show the values of a statement
    finally:
        await engine.dispose()


def place(database: SqlDatabase) -> str:
    """Host and port, for people. Raises NodeError."""
    url = database.address()
    return f"{url.host}:{url.port or 5432}"


async def dialling(database: SqlDatabase, reach: Reach, seconds: float) -> Callable[[], Awaitable[Any]]:
    """What opens a connection of asyncpg to the address that was checked. Raises NodeError."""
    import asyncpg

    url = database.address()
    host, port = str(url.host), url.port or 5432
    tls = database.tls(host)
    address = await reach(host, port)

    async def dial() -> asyncpg.Connection[Any]:
        connection = await asyncpg.connect(
            host=address, port=port, user=url.username, password=str(url.password or ""), database=url.database,
            ssl=tls, timeout=CONNECTING, command_timeout=seconds + 10, passfile="/dev/null",
            server_settings={"statement_timeout": str(int(seconds * 1000)), "application_name": "a8n"},
        )  # fmt: skip
        for name in TIMES:
            await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=iso, format="text")
        return connection

    return dial


def explained(where: str, error: BaseException) -> NodeError:
    """What went wrong, for a person, and whether trying again may help.

    Codes: PostgreSQL's SQLSTATE, appendix A of its manual.
    """
    import asyncpg

    cause: BaseException = error
    while not isinstance(cause, asyncpg.PostgresError) and cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, asyncpg.PostgresError):
        code = str(getattr(cause, "sqlstate", "") or "")
        said = " ".join(filter(None, (str(cause).strip(), getattr(cause, "detail", None))))
        if code.startswith("28"):
            return NodeError(f"{where} does not let this user in: {said}", hint="check the credential", retryable=False)
        # lost connections, serialization and deadlocks, resources that are short, a server that shuts down
        passing = code[:2] in ("08", "40", "53") or code in ("55P03", "57P01", "57P02", "57P03")
        asked = getattr(cause, "hint", None) or ("" if code != "57014" else "raise the time limit, or add an index")
        return NodeError(f"the database refused: {said} ({code})", hint=asked or None, retryable=passing)
    if isinstance(cause, ssl.SSLError):
        return NodeError(
            f"no TLS with {where}: {getattr(cause, 'verify_message', '') or cause.reason or cause}",
            hint="name its authority in the credential",
            retryable=False,
        )
    if isinstance(cause, OSError | asyncpg.InterfaceError):
        return NodeError(f"the connection to {where} failed: {str(cause) or type(cause).__name__}")
    return NodeError(f"this cannot be asked: {str(getattr(error, 'orig', None) or error)[:500]}", retryable=False)
