"""Credential kinds by which callers of a webhook prove who they are."""

from __future__ import annotations

from typing import Any, Literal

from a8n import Credential, Field, NodeError, Secret

Algorithm = Literal[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
]  # fmt: skip


class WebhookBasic(Credential):
    """A user name and a password that callers send (RFC 7617)."""

    key = "webhook.basic"
    icon = "lock-keyhole"
    title = "Webhook: basic authentication"

    username: str = Field(description="User name; a colon cannot be part of it.", min_length=1, pattern="^[^:]+$")
    password: Secret = Field(description="Password.", min_length=1)


class WebhookHeader(Credential):
    """A secret that callers send in a header."""

    key = "webhook.header"
    icon = "lock-keyhole"
    title = "Webhook: secret header"

    name: str = Field("X-Webhook-Token", description="Name of the header.", pattern=r"^[A-Za-z0-9_-]+$")
    value: Secret = Field(description="The secret.", min_length=1)


class WebhookJwt(Credential):
    """A key that proves the signed tokens (JWT, RFC 7519) that callers send.

    The algorithm is fixed here and never taken from the token.
    """

    key = "webhook.jwt"
    icon = "lock-keyhole"
    title = "Webhook: signed tokens"

    algorithm: Algorithm = Field("HS256", description="The one algorithm that is accepted.")
    verification_key: Secret = Field(
        description="For HS algorithms the shared secret, for all others the public key as PEM.", min_length=1
    )
    audience: str = Field("", description="What the token's aud must name; empty accepts any.")
    issuer: str = Field("", description="What the token's iss must be; empty accepts any.")

    async def check(self, http: Any) -> str:
        """Read the key."""
        from a8n_webhook.tokens import key_of

        try:
            key_of(self)
        except ValueError as error:
            raise NodeError(f"the key cannot be read: {error}", retryable=False) from None
        return f"the key can be read; {self.algorithm} tokens are accepted"


class WebhookHmac(Credential):
    """A secret shared with a service that signs its requests."""

    key = "webhook.hmac"
    icon = "signature"
    title = "Webhook: signing secret"

    secret: Secret = Field(description="The secret, as the service shows it.", min_length=1)
