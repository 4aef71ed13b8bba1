"""Speaking SMTP: a connection to the checked address, and what the server's codes mean.

Codes: RFC 5321 section 4.2.1. 4yz is temporary, so that trying again may help; 5yz is not.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from a8n import NodeError
from a8n_email.credentials import SmtpAccount

if TYPE_CHECKING:
    import aiosmtplib

Reach = Callable[[str, int], Awaitable[str]]
PATIENCE = 60.0
"""Seconds that a server may take for an answer."""
CONNECTING = 20.0


class Refusal(NamedTuple):
    """A recipient whom the server did not take."""

    address: str
    code: int
    reason: str


@asynccontextmanager
async def connected(account: SmtpAccount, reach: Reach) -> AsyncIterator[aiosmtplib.SMTP]:
    """A client that is connected and signed in. Raises NodeError, here and for what goes wrong inside."""
    import aiosmtplib

    tls = account.tls() if account.security != "none" else None
    sock = await dialled(account.host, account.port, reach)
    client = aiosmtplib.SMTP(
        hostname=account.host,
        username=account.username or None,
        password=account.password.get_secret_value() if account.username else None,
        local_hostname=account.client_name,
        sock=sock,
        port=None,
        timeout=PATIENCE,
        use_tls=account.security == "tls",
        start_tls=account.security == "starttls",
        tls_context=tls,
    )
    try:
        await client.connect()
        yield client
        with suppress(aiosmtplib.SMTPException, OSError):  # a mail that was taken stays taken
            await client.quit()
    except NodeError:
        raise
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise explained(account, error) from error
    finally:
        client.close()  # and with it the socket, which is the transport's since `connect`


async def dialled(host: str, port: int, reach: Reach) -> socket.socket:
    """A connection to the address that was checked. Raises NodeError."""
    address = await reach(host, port)
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        async with asyncio.timeout(CONNECTING):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException as error:
        sock.close()
        if isinstance(error, TimeoutError):
            raise NodeError(f"{host}:{port} did not answer within {CONNECTING:g} s") from None
        if isinstance(error, OSError):
            raise NodeError(f"cannot connect to {host}:{port}: {error.strerror or error}") from None
        raise
    return sock


async def deliver(client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str], mail: bytes) -> list[Refusal]:
    """Hand a mail over; gives the recipients who were refused, if others were taken.

    Raises NodeError for a mail that the server finds too large.
    """
    import aiosmtplib

    if not client.esmtp_extensions:
        with suppress(aiosmtplib.SMTPHeloError):  # a server of before 1995: it is greeted anew as one
            await client.ehlo()
    most = client.esmtp_extensions.get("size", "")
    if most.isdigit() and 0 < int(most) < len(mail):
        raise NodeError(
            f"the mail has {len(mail):,} bytes with its attachments; the server takes {int(most):,}", retryable=False
        )
    options = []
    if not all(address.isascii() for address in (sender, *recipients)):
        if not client.supports_extension("smtputf8"):
            raise NodeError("the server cannot send to addresses with other than ASCII letters", retryable=False)
        options.append("smtputf8")
    refused, _ = await client.sendmail(sender, recipients, mail, mail_options=options)
    return [Refusal(address, answer.code, one_line(answer.message)) for address, answer in refused.items()]


def explained(account: SmtpAccount, error: Exception) -> NodeError:
    """What went wrong, for a person, and whether trying again may help."""
    import aiosmtplib

    host = account.host
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return NodeError(
            f"{host} does not accept the user name and password: {said(error)}",
            hint="check the SMTP account; many services want an app password",
            retryable=temporary(error.code),
        )
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return NodeError(f"{host} refused the sender {error.sender}: {said(error)}", retryable=temporary(error.code))
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        all_of = "; ".join(f"{one.recipient}: {said(one)}" for one in error.recipients[:5])
        again = any(temporary(one.code) for one in error.recipients)
        return NodeError(f"{host} refused all recipients: {all_of}", retryable=again)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return NodeError(f"{host} refused: {said(error)}", retryable=temporary(error.code))
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return NodeError(f"the certificate of {host} is not to be trusted: {one_line(str(error))}", retryable=False)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return NodeError(f"{host} cannot do this: {one_line(str(error))}", retryable=False)
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return NodeError(f"{host} did not answer in time")
    if isinstance(error, ValueError):
        return NodeError(f"the mail cannot be sent: {one_line(str(error))}", retryable=False)
    text = one_line(str(error)) or type(error).__name__
    if account.security == "starttls" and "STARTTLS" in text:
        return NodeError(f"{host} offers no STARTTLS: {text}", retryable=False)
    return NodeError(f"the connection to {host} failed: {text}")


def temporary(code: int) -> bool:
    """Whether a server's code says that trying again may help."""
    return not 500 <= code <= 599


def said(answer: aiosmtplib.SMTPResponseException) -> str:
    """A server's answer in one line."""
    return f"{answer.code} {one_line(answer.message)}"


def one_line(text: str | bytes, most: int = 300) -> str:
    """Text of a server, without line breaks and bounded."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(text.split())[:most]
