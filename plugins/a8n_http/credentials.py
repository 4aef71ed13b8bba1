"""Credential kinds of plain HTTP, and what they add to a request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from a8n import Credential, Field, HttpClient, NodeError, Secret

HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
"""What the name of a header may hold (RFC 9110 section 5.6.2)."""


class Signature(NamedTuple):
    """What a credential adds to a request."""

    headers: Mapping[str, str] = {}
    query: Sequence[tuple[str, str]] = ()
    secrets: Sequence[str] = ()
    """What must not be seen in an error, beside the values of headers and query."""

    def mask(self, text: str) -> str:
        """The text without the values of this signature."""
        values = (*self.headers.values(), *(value for _, value in self.query), *self.secrets)
        for value in values:
            for secret in (value, value.rpartition(" ")[2], quote(value, safe="")):
                text = text.replace(secret, "•••") if len(secret) > 3 else text
        return text


class HttpCredential(Credential):
    """What all of them share: a URL to try them on."""

    test_url: str = Field("", description="A URL that answers only to whom it knows; the Test button calls it.")

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """What to add to a request of this project."""
        raise NotImplementedError

    def renewable(self, http: HttpClient, project: str) -> bool:
        """Called when a signature was refused: True when the next one will be another."""
        return False

    async def check(self, http: Any) -> str:
        """Call the test URL."""
        if not self.test_url:
            return "saved; give a test URL to try it"
        signature = await self.sign(http, "")
        answer = await http.request("GET", self.test_url, headers=signature.headers, params=signature.query)
        host = urlsplit(self.test_url).hostname
        if answer.status >= 400:
            raise NodeError(f"{host} answered {answer.status}", retryable=answer.status >= 500)
        return f"{host} answered {answer.status}"


class HttpBasic(HttpCredential):
    """A user name and a password (RFC 7617)."""

    key = "http.basic"
    icon = "lock-keyhole"
    title = "Basic authentication"

    username: str = Field("", description="User name; a colon cannot be part of it.", pattern="^[^:]*$")
    password: Secret = Field(description="Password, or the token that stands in for one.")

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """The Authorization header."""
        password = self.password.get_secret_value()
        both = b64encode(f"{self.username}:{password}".encode()).decode()
        return Signature({"authorization": f"Basic {both}"}, secrets=(password,))


class HttpBearer(HttpCredential):
    """A token that is sent as it is (RFC 6750)."""

    key = "http.bearer"
    icon = "key-round"
    title = "Bearer token"

    token: Secret = Field(description="The token, without the word Bearer.")

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """The Authorization header."""
        return Signature({"authorization": f"Bearer {self.token.get_secret_value()}"})


class HttpHeader(HttpCredential):
    """An API key that is sent in a header."""

    key = "http.header"
    icon = "key-round"
    title = "API key in a header"

    name: str = Field("X-API-Key", description="Name of the header.", pattern=HEADER_NAME)
    value: Secret = Field(description="The key.")

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """The header."""
        return Signature({self.name.lower(): self.value.get_secret_value()})


class HttpQuery(HttpCredential):
    """An API key that is sent as a query parameter."""

    key = "http.query"
    icon = "key-round"
    title = "API key in the query"

    name: str = Field("api_key", description="Name of the query parameter.", min_length=1)
    value: Secret = Field(description="The key.")

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """The parameter."""
        return Signature(query=((self.name, self.value.get_secret_value()),))
