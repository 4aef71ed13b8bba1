"""Real mail servers on loopback, and the real egress policy that may reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.plugins.certificates import Certificate

from a8n.testing import credential
from a8n_email.credentials import SmtpAccount

USER, PASSWORD = "ada@example.org", "pass wörd"


def raw(envelope: Envelope) -> bytes:
    """A mail as it came over the wire."""
    assert isinstance(envelope.content, bytes)
    return envelope.content


class Outbox:
    """An SMTP server that keeps what it takes. `answers` scripts refusals by recipient, `data` by mail."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}
        self.data: Callable[[], str] = lambda: "250 taken"
        self.port = 0

    @property
    def mails(self) -> list[EmailMessage]:
        parsed = [BytesParser(policy=default).parsebytes(raw(envelope)) for envelope in self.envelopes]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        answer = self.answers.get(address, "250 fine")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        answer = self.data()
        if answer.startswith("2"):
            self.envelopes.append(envelope)
        return answer


@asynccontextmanager
async def smtp_server(outbox: Outbox, certificate: Certificate, security: str = "none", **options: Any) -> Any:
    """Serve SMTP; with `auth_required` it wants USER and PASSWORD."""

    def signed_in(server: Any, session: Session, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def made() -> SMTP:
        return SMTP(
            outbox,
            hostname="localhost",
            authenticator=signed_in,
            auth_require_tls=False,
            tls_context=certificate.context if security == "starttls" else None,
            enable_SMTPUTF8=True,
            **options,
        )

    context = certificate.context if security == "tls" else None
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=context)
    outbox.port = server.sockets[0].getsockname()[1]
    try:
        yield outbox
    finally:
        server.close()


@pytest.fixture
async def outbox(certificate: Certificate) -> AsyncIterator[Outbox]:
    async with smtp_server(Outbox(), certificate) as served:
        yield served


def smtp(port: int, **values: Any) -> SmtpAccount:
    """An account on loopback."""
    given = {"host": "localhost", "port": port, "security": "none", "sender": "Shop <shop@example.com>", **values}
    account = credential(SmtpAccount, **given)
    assert isinstance(account, SmtpAccount)
    return account
