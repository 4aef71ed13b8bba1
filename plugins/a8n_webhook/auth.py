"""How a webhook knows its callers. Nothing here takes an expression: what is saved is what is enforced."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64decode
from typing import Annotated, Literal

from a8n import Field, Parameters, Request, UnauthorizedError, hint
from a8n_webhook.credentials import WebhookBasic, WebhookHeader, WebhookHmac, WebhookJwt
from a8n_webhook.replays import REPLAYS
from a8n_webhook.signatures import WINDOW, Claim, Generic, Scheme

Fixed = hint(expr=False)
BASIC = 'Basic realm="webhook", charset="UTF-8"'


class Auth(Parameters):
    """What all kinds share."""

    def verify(self, request: Request) -> None:
        """Raise UnauthorizedError unless the request proves who it is from."""

    def hidden(self) -> frozenset[str]:
        """Headers that hold a secret and must not become data, in lower case."""
        return frozenset()

    def fingerprint(self, request: Request) -> str | None:
        """What is the same only for a repeat of the same signed request."""
        return None

    def release(self, request: Request) -> None:
        """Let a request come again that was verified and not accepted."""


class NoAuth(Auth):
    """Everybody who knows the URL may call it."""

    kind: Annotated[Literal["none"], Fixed] = Field("none", description="How callers prove who they are.")


class BasicAuth(Auth):
    """User name and password."""

    kind: Annotated[Literal["basic"], Fixed] = Field("basic", description="How callers prove who they are.")
    credential: WebhookBasic = Field(description="User name and password that callers send.")

    def verify(self, request: Request) -> None:
        """Compare both, in the same time whatever is wrong."""
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except ValueError:
            given = b""
        wanted = f"{self.credential.username}:{self.credential.password.get_secret_value()}".encode()
        if not _same(given, wanted):
            raise UnauthorizedError("user name or password is wrong", challenge=BASIC)

    def hidden(self) -> frozenset[str]:
        """Authorization."""
        return frozenset(("authorization",))


class HeaderAuth(Auth):
    """A secret in a header."""

    kind: Annotated[Literal["header"], Fixed] = Field("header", description="How callers prove who they are.")
    credential: WebhookHeader = Field(description="The header and its secret.")

    def verify(self, request: Request) -> None:
        """Compare the header."""
        given = request.headers.get(self.credential.name.lower(), "").encode("latin-1", "replace")
        if not _same(given, self.credential.value.get_secret_value().encode()):
            raise UnauthorizedError(f"the header {self.credential.name} is missing or wrong")

    def hidden(self) -> frozenset[str]:
        """The header."""
        return frozenset((self.credential.name.lower(),))


class JwtAuth(Auth):
    """A signed token in the Authorization header."""

    kind: Annotated[Literal["jwt"], Fixed] = Field("jwt", description="How callers prove who they are.")
    credential: WebhookJwt = Field(description="The key that proves the tokens.")

    def verify(self, request: Request) -> None:
        """Check the token."""
        from a8n_webhook.tokens import verify

        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise UnauthorizedError("a bearer token is missing", challenge="Bearer")
        verify(token.strip(), self.credential)

    def hidden(self) -> frozenset[str]:
        """Authorization."""
        return frozenset(("authorization",))


class HmacAuth(Auth):
    """A signature over the request, so that nobody can change or repeat it."""

    kind: Annotated[Literal["hmac"], Fixed] = Field("hmac", description="How callers prove who they are.")
    credential: WebhookHmac = Field(description="The secret shared with the service.")
    scheme: Annotated[Scheme, Fixed] = Field(default_factory=Generic, description="What is signed, and how.")

    def verify(self, request: Request) -> None:
        """Compare the signature, then its time, then whether it came before."""
        claim = self.scheme.read(request)
        expected = self._signature(claim)
        if True not in [hmac.compare_digest(signature, expected) for signature in claim.signatures]:
            raise UnauthorizedError("the signature is wrong")
        if claim.at is not None and abs(time.time() - claim.at) > WINDOW:
            raise UnauthorizedError(f"the signature is older or newer than {WINDOW} seconds")
        if not REPLAYS.first(self._scope(), expected, 2 * WINDOW):
            raise UnauthorizedError("this signed request was delivered before")

    def fingerprint(self, request: Request) -> str:
        """The right signature."""
        return "signed-" + self._signature(self.scheme.read(request)).hex()

    def release(self, request: Request) -> None:
        """Forget the signature."""
        REPLAYS.forget(self._scope(), self._signature(self.scheme.read(request)))

    def _signature(self, claim: Claim) -> bytes:
        return hmac.digest(self.credential.secret.get_secret_value().encode(), claim.message, claim.algorithm)

    def _scope(self) -> bytes:
        return hashlib.sha256(self.credential.secret.get_secret_value().encode()).digest()


AnyAuth = Annotated[NoAuth | BasicAuth | HeaderAuth | JwtAuth | HmacAuth, Field(discriminator="kind")]


def _same(given: bytes, wanted: bytes) -> bool:
    """Compare in constant time, whatever the lengths."""
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted).digest())
