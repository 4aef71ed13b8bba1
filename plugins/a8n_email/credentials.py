"""Mail accounts: where mails are sent, and where they are read."""

from __future__ import annotations

import ssl
from typing import Annotated, Any, Literal

from a8n import Credential, Field, NodeError, Secret, hint

Security = Literal["tls", "starttls", "none"]
Authority = Annotated[str, hint(widget="textarea", advanced=True)]


class MailAccount(Credential):
    """What SMTP and IMAP accounts share."""

    host: str = Field(min_length=1, max_length=253, description="Host name of the server.")
    username: str = Field("", description="User name, mostly the e-mail address; empty signs in nowhere.")
    password: Secret = Field(Secret(""), description="Password; where the service has them, an app password.")
    authority: Authority = Field(
        "", description="Certificate (PEM) to trust in place of the public authorities, for a server of your own."
    )

    def tls(self) -> ssl.SSLContext:
        """How certificates are checked. Raises NodeError where `authority` is no certificate."""
        try:
            return ssl.create_default_context(cadata=self.authority or None)
        except (ssl.SSLError, ValueError):
            raise NodeError("the credential's authority is no certificate in PEM form", retryable=False) from None


class SmtpAccount(MailAccount):
    """A server that takes mails to be sent (SMTP)."""

    key = "email.smtp"
    icon = "icon.svg"
    title = "SMTP account"

    port: int = Field(465, ge=1, le=65535, description="465 for TLS, 587 for STARTTLS, 25 within a network.")
    security: Security = Field(
        "tls", description="TLS from the first byte, STARTTLS that has to succeed, or no encryption at all."
    )
    sender: str = Field(
        "", description="Address that mails come from, such as Ada <ada@example.org>; empty takes the user name."
    )
    client_name: Annotated[str, hint(advanced=True)] = Field(
        "localhost", pattern=r"^[A-Za-z0-9.:\[\]-]{1,255}$", description="What this client calls itself (EHLO)."
    )

    async def check(self, http: Any) -> str:
        """Connect and sign in."""
        from a8n_email.smtp import connected

        async with connected(self, http.reach):
            return f"signed in as {self.username}" if self.username else "connected, without signing in"


class ImapAccount(MailAccount):
    """A mailbox (IMAP)."""

    key = "email.imap"
    icon = "icon.svg"
    title = "IMAP account"

    port: int = Field(993, ge=1, le=65535, description="993 for TLS, 143 for STARTTLS.")
    security: Security = Field(
        "tls", description="TLS from the first byte, STARTTLS that has to succeed, or no encryption at all."
    )

    async def check(self, http: Any) -> str:
        """Connect, sign in, and look into the inbox."""
        from a8n_email.imap import opened

        async with opened(self, http.reach) as mailbox:
            count = await mailbox.count("INBOX")
            return f"signed in as {self.username}; the inbox has {count:,} mails"
