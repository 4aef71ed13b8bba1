"""Signed bearer tokens (JWT). The library is imported at the first request that needs it."""

from __future__ import annotations

import warnings
from typing import Any

from a8n import UnauthorizedError
from a8n_webhook.credentials import WebhookJwt

LEEWAY = 30
"""Seconds that clocks may differ."""
MAX_LENGTH = 16_384


def key_of(credential: WebhookJwt) -> Any:
    """The key in the form of the library. Raises ValueError when it is none for the credential's algorithm."""
    from joserfc.errors import JoseError, SecurityWarning
    from joserfc.jwk import ECKey, OctKey, RSAKey

    text = credential.verification_key.get_secret_value()
    kinds: dict[str, Any] = {"HS": OctKey, "RS": RSAKey, "PS": RSAKey, "ES": ECKey}
    kind = kinds[credential.algorithm[:2]]
    pem = text.lstrip().startswith("-----BEGIN")
    if kind is OctKey and pem:
        raise ValueError(f"{credential.algorithm} takes a shared secret, and this is a PEM key")
    if kind is not OctKey and not pem:
        raise ValueError(f"{credential.algorithm} takes a public key as PEM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # a short secret is the caller's choice, not an event
        try:
            return kind.import_key(text)
        except (JoseError, TypeError, ValueError) as error:
            raise ValueError(f"it is no key for {credential.algorithm}: {type(error).__name__}") from None


def verify(text: str, credential: WebhookJwt) -> None:
    """Check signature, algorithm, `exp` (required), `nbf`, `iat`, and `aud` and `iss` where the credential has them.

    Raises UnauthorizedError that does not say which.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        key = key_of(credential)
    except ValueError:
        raise UnauthorizedError("the key of this webhook cannot be read: test its credential") from None
    claims: dict[str, Any] = {"exp": {"essential": True}}
    for name, wanted in (("aud", credential.audience), ("iss", credential.issuer)):
        if wanted:
            claims[name] = {"essential": True, "value": wanted}
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError("too long")
        token = jwt.decode(text, key, algorithms=[credential.algorithm])
        jwt.JWTClaimsRegistry(leeway=LEEWAY, **claims).validate(token.claims)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        what = "the token is not valid, or no longer"
        raise UnauthorizedError(what, challenge='Bearer error="invalid_token"') from None
