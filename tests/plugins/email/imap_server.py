"""A real IMAP server (pymap), in a process of its own. A test puts mails in as a delivering server would."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from imapclient import IMAPClient
from tests.plugins.certificates import Certificate
from tests.plugins.email.conftest import PASSWORD, USER

from a8n.testing import credential
from a8n_email.credentials import ImapAccount


@dataclass
class Server:
    """Where it listens, and what tests do there by a client of their own."""

    port: int

    def account(self, **values: Any) -> ImapAccount:
        given = {"host": "localhost", "port": self.port, "security": "none", "username": USER, "password": PASSWORD}
        account = credential(ImapAccount, **{**given, **values})
        assert isinstance(account, ImapAccount)
        return account

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[Any]:
        with IMAPClient("127.0.0.1", self.port, ssl=False) as client:
            client.plain_login(USER, PASSWORD)
            client.select_folder(folder)
            yield client

    def deliver(self, mail: bytes | EmailMessage, folder: str = "INBOX") -> None:
        data = mail if isinstance(mail, bytes) else mail.as_bytes()
        with self.client() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, data)

    def empty(self) -> None:
        with self.client() as client:
            client.delete_messages(client.search("ALL"))
            client.expunge()

    def subjects(self, folder: str = "INBOX") -> list[str]:
        with self.client(folder) as client:
            found = client.fetch(client.search("ALL"), ["ENVELOPE"])
            return [found[uid][b"ENVELOPE"].subject.decode() for uid in sorted(found)]

    def flags(self, folder: str = "INBOX") -> list[set[bytes]]:
        with self.client(folder) as client:
            found = client.get_flags(client.search("ALL"))
            return [set(found[uid]) - {b"\\Recent"} for uid in sorted(found)]


@contextmanager
def serve(certificate: Certificate | None = None) -> Iterator[Server]:
    """An IMAP server with one account; with STARTTLS where it has a certificate."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secured = ["--cert", str(certificate.cert), "--key", str(certificate.key)] if certificate else ["--no-tls"]
    start = "import sys; from pymap.main import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "--no-service", "admin", "--no-service", "managesieve", "--host"]
    command += ["127.0.0.1", "--port", str(port), *secured, "dict", "--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, "the IMAP server has ended"
                time.sleep(0.05)
        yield Server(port)
    finally:
        process.kill()
        process.wait()
