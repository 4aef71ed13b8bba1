"""Speaking IMAP: one mailbox, one connection, one thread.

The library waits for the network where it is called, so each connection has a thread of its own: one that idles for
hours takes no thread from anybody else. What breaks off from outside closes the socket, which ends the thread's call.
"""

from __future__ import annotations

import asyncio
import imaplib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from a8n import NodeError
from a8n_email.credentials import ImapAccount
from a8n_email.smtp import CONNECTING, PATIENCE, Reach, one_line

T = TypeVar("T")


class Selected(NamedTuple):
    """A folder that is open."""

    validity: int
    """UIDVALIDITY: where it changes, UIDs from before mean nothing (RFC 9051 section 2.3.1.1)."""
    next_uid: int
    """The UID of the next mail to come is at least this."""
    total: int


class Mailbox:
    """A signed-in connection. Made by `opened`."""

    def __init__(self, client: Any, run: Callable[[Callable[[], Any]], Any], account: ImapAccount):
        self._client = client
        self._run = run
        self._account = account

    async def call(self, what: Callable[[Any], T]) -> T:
        """Do something with the library's client, in its thread. Raises NodeError."""
        try:
            result: T = await self._run(partial(what, self._client))
        except Exception as error:
            raise explained(self._account, error) from error
        return result

    async def can(self, capability: str) -> bool:
        """Whether the server offers an extension."""
        return await self.call(lambda client: bool(client.has_capability(capability)))

    async def count(self, folder: str) -> int:
        """How many mails a folder has."""
        return (await self.select(folder)).total

    async def select(self, folder: str, readonly: bool = True) -> Selected:
        """Open a folder. Raises NodeError that names the parameter `folder` where it is not there."""
        checked(folder, "folder")
        try:
            answer = await self.call(lambda client: client.select_folder(folder, readonly))
        except NodeError as error:
            if error.retryable:
                raise
            raise NodeError(f"the folder {folder!r} cannot be opened: {error.message}", field="folder",
                            retryable=False) from error  # fmt: skip
        count = int(answer.get(b"EXISTS", 0))
        following = int(answer.get(b"UIDNEXT", 0)) or await self._after_last(count)
        return Selected(int(answer.get(b"UIDVALIDITY", 0)), following, count)

    async def _after_last(self, count: int) -> int:
        """The next UID, for a server that does not tell."""
        return max(await self.search(["ALL"]), default=0) + 1 if count else 1

    async def search(self, criteria: Sequence[Any] | str) -> list[int]:
        """UIDs in the open folder that fit, in their order. Raises NodeError that names `query` for wrong criteria."""
        plain = isinstance(criteria, str) or all(not isinstance(one, str) or one.isascii() for one in criteria)
        charset = None if plain else "UTF-8"
        try:
            found = await self.call(lambda client: client.search(criteria, charset))
        except NodeError as error:
            if error.retryable:
                raise
            raise NodeError(f"the search failed: {error.message}", field="search", retryable=False) from error
        return sorted(int(uid) for uid in found)

    async def fetch(self, uids: Sequence[int], *what: str) -> dict[int, dict[bytes, Any]]:
        """Data of mails by UID."""
        if not uids:
            return {}
        return await self.call(lambda client: {uid: dict(data) for uid, data in client.fetch(uids, what).items()})

    async def flag(self, uids: Sequence[int], add: Sequence[str], remove: Sequence[str]) -> None:
        """Set and clear flags."""
        if uids and add:
            await self.call(lambda client: client.add_flags(uids, add, silent=True))
        if uids and remove:
            await self.call(lambda client: client.remove_flags(uids, remove, silent=True))

    async def move(self, uids: Sequence[int], folder: str, *, create: bool = False) -> None:
        """Move mails of the open folder to another; where the server cannot, copy them and delete the originals.

        Raises NodeError that names `to` where the other folder is not there.
        """
        checked(folder, "to")
        if not uids:
            return
        if create and not await self.call(lambda client: client.folder_exists(folder)):
            await self.call(lambda client: client.create_folder(folder))
        try:
            if await self.can("MOVE"):
                await self.call(lambda client: client.move(uids, folder))
                return
            await self.call(lambda client: client.copy(uids, folder))
        except NodeError as error:
            if error.retryable:
                raise
            text = f"the mail cannot be moved to {folder!r}: {error.message}"
            raise NodeError(text, field="to", retryable=False) from error
        await self.delete(uids)

    async def delete(self, uids: Sequence[int]) -> None:
        """Delete mails for good; on a server without UIDPLUS they stay, marked as deleted."""
        if not uids:
            return
        await self.call(lambda client: client.delete_messages(uids, silent=True))
        if await self.can("UIDPLUS"):  # else EXPUNGE would take the marked mails of others, too
            await self.call(lambda client: client.uid_expunge(uids))

    async def idle(self, seconds: float) -> bool:
        """Wait until the server tells of something, for so long at most; whether it did."""

        return await self.call(partial(_idled, seconds=seconds))


@asynccontextmanager
async def opened(account: ImapAccount, reach: Reach) -> AsyncIterator[Mailbox]:
    """A mailbox, signed in to. Raises NodeError."""
    address = await reach(account.host, account.port)
    context = account.tls() if account.security != "none" else None
    thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
    holder: list[Any] = []

    async def run(what: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(thread, what)

    try:
        try:
            client = await run(lambda: _connected(account, address, context, holder))
        except Exception as error:
            raise explained(account, error) from error
        yield Mailbox(client, run, account)
        with suppress(Exception):
            await run(client.logout)
    finally:
        for one in holder:  # ends whatever the thread is waiting for
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                one.close()
        thread.shutdown(wait=False, cancel_futures=True)


def _connected(account: ImapAccount, address: str, context: ssl.SSLContext | None, holder: list[Any]) -> Any:
    from imapclient import IMAPClient, SocketTimeout
    from imapclient.exceptions import LoginError

    class Line(imaplib.IMAP4):
        """Connects to the checked address; the certificate is that of the name."""

        def _create_socket(self, timeout: float | None) -> socket.socket:
            sock = socket.create_connection((address, account.port), CONNECTING)
            holder.append(sock)
            if account.security == "tls":
                assert context is not None
                sock = context.wrap_socket(sock, server_hostname=account.host)
                holder[:] = [sock]
            return sock

    class Client(IMAPClient):  # type: ignore[misc]
        """IMAPClient on that line."""

        def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802
            return Line(account.host, account.port)

    client = Client(account.host, account.port, ssl=False, timeout=SocketTimeout(CONNECTING, PATIENCE))
    client.normalise_times = False
    if account.security == "starttls":
        client.starttls(context)
        holder[:] = [client.socket()]
    if account.username:
        try:
            if client.has_capability("AUTH=PLAIN"):  # which takes other letters than ASCII (RFC 4616)
                client.plain_login(account.username, account.password.get_secret_value())
            else:
                client.login(account.username, account.password.get_secret_value())
        except LoginError as error:
            text = f"{account.host} does not accept the user name and password: {_said(error)}"
            hint = "check the IMAP account; many services want an app password"
            raise NodeError(text, hint=hint, retryable="[UNAVAILABLE]" in str(error)) from None
    return client


def _idled(client: Any, seconds: float) -> bool:
    """Idle until the server says something. The library's own `idle_check` trips over lines that come in pieces."""
    import select

    client.idle()
    line, arrived = client.socket(), client._imap.file  # what came with the answer to IDLE is in its buffer
    deadline, readable, told = time.monotonic() + seconds, False, False
    line.settimeout(0)
    try:
        while not told:
            with suppress(ssl.SSLWantReadError):
                told = bool(arrived.peek(1))
                if readable and not told:
                    raise imaplib.IMAP4.abort("the server hung up")
            if told or (left := deadline - time.monotonic()) <= 0:
                break
            poll = select.poll()
            poll.register(line, select.POLLIN)
            readable = bool(poll.poll(left * 1000))
    finally:
        line.settimeout(PATIENCE)
    client.idle_done()
    return told


def explained(account: ImapAccount, error: Exception) -> NodeError:
    """What went wrong, for a person, and whether trying again may help."""
    from imapclient import exceptions

    if isinstance(error, NodeError):
        return error
    host = account.host
    if isinstance(error, ssl.SSLCertVerificationError):
        return NodeError(f"the certificate of {host} is not to be trusted: {_said(error)}", retryable=False)
    if isinstance(error, TimeoutError):
        return NodeError(f"{host} did not answer in time")
    if isinstance(error, exceptions.CapabilityError):
        return NodeError(f"{host} cannot do this: {_said(error)}", retryable=False)
    if isinstance(error, imaplib.IMAP4.abort):
        return NodeError(f"the connection to {host} was lost: {_said(error)}")
    if isinstance(error, ConnectionError | OSError):
        return NodeError(f"cannot connect to {host}:{account.port}: {_said(error)}")
    if isinstance(error, imaplib.IMAP4.error | exceptions.IMAPClientError):
        again = any(code in str(error).upper() for code in ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]"))
        return NodeError(f"{host} refused: {_said(error)}", retryable=again)
    text = f"{host} gave an answer that cannot be read: {type(error).__name__}: {_said(error)}"
    return NodeError(text, retryable=False)


def checked(text: str, where: str) -> str:
    """Text for a command. Raises NodeError for line breaks, which would begin another command."""
    if not text or any(ord(mark) < 32 or ord(mark) == 127 for mark in text):
        raise NodeError(f"{text[:80]!r} cannot stand here", field=where, retryable=False)
    return text


def _said(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__
