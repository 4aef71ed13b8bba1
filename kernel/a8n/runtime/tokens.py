"""Access tokens: short-lived JWTs (RFC 7519) signed by our own ring of keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from a8n.errors import A8nError

ALGORITHM = "HS256"
TYPE = "at+jwt"
"""RFC 9068: tells an access token from every other kind of JWT."""
AUDIENCE = "a8n-api"
ISSUER = "a8n"
LIFETIME = 600
"""Seconds."""
LEEWAY = 5
MAX_CHARACTERS = 4096


class TokenError(A8nError):
    """The access token is not ours, was changed, or is too old."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    user_id: str
    session: str
    expires_at: int
    """Seconds since 1970."""


class Tokens:
    """Issues tokens with the newest key of the ring, and reads those of any."""

    def __init__(self, keys: Mapping[str, bytes]):
        """`keys` by their ids (`kid`), newest first, of at least 32 bytes."""
        if not keys or any(len(key) < 32 for key in keys.values()):
            raise ValueError("signing keys have at least 32 bytes")
        self._keys = dict(keys)
        self._newest = next(iter(keys))

    def issue(self, user_id: str, session: str) -> str:
        """An access token for a session of somebody."""
        from joserfc import jwt

        at = int(time.time())
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._newest}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "sid": session, "iat": at, "exp": at + LIFETIME}
        return jwt.encode(header, claims, self._loaded[self._newest], algorithms=[ALGORITHM])

    def read(self, token: str) -> Claims:
        """What a token says. Raises TokenError unless it is one of ours and still good."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if len(token) > MAX_CHARACTERS:
            raise TokenError("the access token is too long")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            if decoded.header.get("typ") != TYPE:
                raise TokenError("this is no access token")
            self._rules.validate(decoded.claims)
            claims: Any = decoded.claims
            return Claims(str(claims["sub"]), str(claims["sid"]), int(claims["exp"]))
        except (JoseError, ValueError, TypeError) as error:
            raise TokenError("the access token is not valid or has expired") from error

    @cached_property
    def _loaded(self) -> dict[str, Any]:
        from joserfc.jwk import OctKey

        return {kid: OctKey.import_key(key, {"kid": kid}) for kid, key in self._keys.items()}

    @cached_property
    def _rules(self) -> Any:
        from joserfc.jwt import JWTClaimsRegistry

        return JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            sid={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )

    def _key(self, token: Any) -> Any:
        key = self._loaded.get(token.headers().get("kid"))
        if key is None:
            raise TokenError("the access token is signed by no key of ours")
        return key
