"""A slow service for nodes that call one."""

from __future__ import annotations

import socket


class SlowSite:
    """An HTTP server that answers when it is told to."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(20)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"

    def taken(self) -> socket.socket:
        """The next request, unanswered."""
        connection, _ = self.socket.accept()
        connection.recv(65_536)
        return connection

    def answer(self, connection: socket.socket, status: str = "200 OK") -> None:
        """Answer one that was taken."""
        connection.sendall(f"HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok".encode())
        connection.close()
