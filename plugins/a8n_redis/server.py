"""A Redis server: where it is, who we are there, and how the connection is protected."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from a8n import Credential, Field, NodeError, Secret, hint

Reach = Callable[[str, int], Awaitable[str]]


class RedisServer(Credential):
    """A Redis server, or one that speaks its protocol, such as Valkey."""

    key = "redis.server"
    icon = "icon.svg"
    title = "Redis server"
    docs = "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/"

    host: str = Field(min_length=1, max_length=253, description="Host name of the server.")
    port: int = Field(6379, ge=1, le=65535, description="Port of the server.")
    database: int = Field(0, ge=0, le=65535, description="Number of the database.")
    username: str = Field("", description="User name (ACL); empty is the user `default`.")
    password: Secret = Field(Secret(""), description="Password; empty signs in nowhere.")
    security: Literal["tls", "unverified", "none"] = Field(
        "tls", description="TLS with a certificate that is checked, TLS with any certificate, or no encryption at all."
    )
    authority: Annotated[str, hint(widget="textarea", advanced=True)] = Field(
        "", description="Certificate (PEM) to trust in place of the public authorities, for a server of your own."
    )

    @property
    def where(self) -> str:
        """The server in errors."""
        return f"{self.host}:{self.port}"

    def tls(self) -> ssl.SSLContext | None:
        """How the certificate is checked, None without TLS. Raises NodeError where `authority` is no certificate."""
        if self.security == "none":
            return None
        if self.security == "unverified":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        try:
            return ssl.create_default_context(cadata=self.authority or None)
        except (ssl.SSLError, ValueError):
            raise NodeError("the credential's authority is no certificate in PEM form", retryable=False) from None

    async def check(self, http: Any) -> str:
        """Sign in, and tell the user and the version."""
        from a8n_redis.session import connected

        async with connected(self, http.reach) as session:
            user = await session.tell("ACL", "WHOAMI") or self.username or "default"
            version = _version(await session.tell("INFO", "server"))
            return f"signed in as {user}; {version}, database {self.database}"


def _version(info: str) -> str:
    """Name and version by the lines of INFO; some services hide them."""
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    if "valkey_version" in facts:
        return f"Valkey {facts['valkey_version']}"
    return f"Redis {facts['redis_version']}" if "redis_version" in facts else "the version is not told"
