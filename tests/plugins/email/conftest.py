"""Real mail servers on loopback, and the real egress policy that may reach them."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from a8n.runtime.egress import EgressClient
from a8n.testing import MemoryFiles, Services, credential
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


@dataclass
class Certificate:
    """A certificate for localhost that nobody but these tests trusts."""

    folder: Path
    pem: str = field(init=False)
    context: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(start)
        made = made.not_valid_after(start + datetime.timedelta(days=30))
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        signed = made.sign(key, hashes.SHA256())
        self.pem = signed.public_bytes(serialization.Encoding.PEM).decode()
        encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.cert, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        self.cert.write_text(self.pem)
        self.key.write_bytes(key.private_bytes(*encoding))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, self.key)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"))


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


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    client = EgressClient(("127.0.0.0/8", "::1"))
    yield Services(http=client, files=MemoryFiles())
    await client.close()
