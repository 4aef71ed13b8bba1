"""Who acts at Google: a person who signed in, or a service account."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import field_validator

from a8n import Credential, Field, HttpClient, NodeError, OAuth2, Secret, hint

AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKENS = "https://oauth2.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/"
MARGIN = 60.0
"""Seconds before its end at which a token is no longer used."""
KEPT = 200
SCOPES = {
    "sheets": {"read": ("spreadsheets.readonly",), "write": ("spreadsheets",)},
    "drive": {
        "names": ("drive.metadata.readonly",), "own": ("drive.file",), "read": ("drive.readonly",), "write": ("drive",),
    },
    "gmail": {"send": ("gmail.send",), "read": ("gmail.readonly",), "modify": ("gmail.modify",)},
    "calendar": {"read": ("calendar.readonly",), "write": ("calendar",)},
}  # fmt: skip
_held: dict[str, tuple[str, float]] = {}
"""Tokens of service accounts with their end on the monotonic clock, in memory only, by the credential's content."""


class GoogleCredential(Credential):
    """What both kinds of account share: what they may do, and where the APIs are."""

    sheets: Literal["none", "read", "write"] = Field("none", description="What it may do with spreadsheets.")
    drive: Literal["none", "names", "own", "read", "write"] = Field(
        "none", description="What it may do in Drive: see names (enough to choose spreadsheets from a list), work with "
        "files that a8n made, read all, or change all.",
    )  # fmt: skip
    gmail: Literal["none", "send", "read", "modify"] = Field("none", description="What it may do with mails.")
    calendar: Literal["none", "read", "write"] = Field("none", description="What it may do with calendars.")
    api_url: Annotated[str, hint(advanced=True)] = Field(
        "", max_length=500, description="Address of a proxy that all calls of the APIs go to; empty for Google's own."
    )

    @field_validator("api_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("this is no address such as https://proxy.example.com")
        return url.rstrip("/")

    def scopes(self) -> tuple[str, ...]:
        """The least that what was chosen needs."""
        chosen = {"sheets": self.sheets, "drive": self.drive, "gmail": self.gmail, "calendar": self.calendar}
        return tuple(SCOPE + one for name, level in chosen.items() for one in SCOPES[name].get(level, ()))

    async def bearer(self, http: HttpClient) -> str:
        """An access token. Raises NodeError."""
        raise NotImplementedError


class GoogleAccount(GoogleCredential):
    """A person's Google account: somebody signs in, and workflows act for them within what is chosen here.

    Make an OAuth client of the type *Web application* in the Google Cloud console, enable the APIs, and register the
    redirect URL that a8n shows. After a change of what it may do, sign in again.
    """

    key = "google.account"
    icon = "icon.svg"
    title = "Google account"
    docs = "https://developers.google.com/identity/protocols/oauth2/web-server"

    client_id: str = Field(min_length=1, description="Client id of the OAuth client.")
    client_secret: Secret = Field(description="Client secret of the OAuth client.")

    def oauth(self) -> OAuth2:
        """Google's sign-in; `offline` and `consent` make it give a refresh token."""
        return OAuth2(
            authorize_url=AUTHORIZE,
            token_url=f"{TOKENS}/token",
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            scopes=("openid", "email", *self.scopes()),
            client_auth="body",
            extra={"access_type": "offline", "prompt": "consent"},
        )

    async def bearer(self, http: HttpClient) -> str:
        """The token that the runtime keeps and renews."""
        return self.oauth_token

    async def check(self, http: Any) -> str:
        """Ask who signed in."""
        from a8n_google.api import call

        me = await call(http, self, "GET", "www", "/oauth2/v3/userinfo")
        return f"signed in as {me.get('email', '')}"


class GoogleServiceAccount(GoogleCredential):
    """A service account: a machine's own account. Share spreadsheets, folders and calendars with its address.

    With domain-wide delegation it acts for a person of the organisation, which Gmail needs.
    """

    key = "google.service_account"
    icon = "icon.svg"
    title = "Google service account"
    docs = "https://developers.google.com/identity/protocols/oauth2/service-account"

    key_json: Secret = Field(description="The key as Google gave it for download: a JSON object.")
    subject: str = Field("", max_length=320, description="Person it acts for, by domain-wide delegation.")

    async def bearer(self, http: HttpClient) -> str:
        """A token that still lasts, else a new one for a signed assertion (RFC 7523)."""
        where = hashlib.sha256(self.model_dump_json().encode() + self.key_json.get_secret_value().encode()).hexdigest()
        token, until = _held.get(where, ("", 0.0))
        if until > time.monotonic():
            return token
        asked = time.monotonic()
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion()}
        answer = await http.request(
            "POST", f"{self.api_url or TOKENS}/token", data=form, follow_redirects=False, max_bytes=2**20
        )
        try:
            given = answer.json()
            assert isinstance(given, dict)
        except (ValueError, AssertionError):
            raise NodeError("Google's answer to the sign-in is no JSON object", field="account") from None
        if answer.status != 200 or not isinstance(given.get("access_token"), str):
            said = str(given.get("error_description") or given.get("error") or f"status {answer.status}")[:300]
            advice = "check the key, and for a subject the domain-wide delegation of exactly these scopes"
            raise NodeError(f"Google refused the service account: {said}", field="account", hint=advice,
                            retryable=answer.status == 429 or answer.status >= 500)  # fmt: skip
        life = given.get("expires_in")
        while len(_held) >= KEPT:
            del _held[next(iter(_held))]
        _held[where] = (given["access_token"], asked + (life if isinstance(life, int) else 300) - MARGIN)
        return str(given["access_token"])

    async def check(self, http: Any) -> str:
        """Get a token."""
        await self.bearer(http)
        return f"got a token for {self.subject or self._key()['client_email']}"

    def _key(self) -> dict[str, str]:
        try:
            key = json.loads(self.key_json.get_secret_value())
            return {name: str(key[name]) for name in ("client_email", "private_key", "private_key_id")}
        except (ValueError, KeyError, TypeError):
            text = "this is no key of a service account: a JSON object with client_email and private_key"
            raise NodeError(text, field="key_json", retryable=False) from None

    def _assertion(self) -> str:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import RSAKey

        if not self.scopes():
            raise NodeError("the credential allows nothing yet: choose what it may do", field="sheets", retryable=False)
        key, now = self._key(), int(time.time())
        claims: dict[str, Any] = {
            "iss": key["client_email"], "scope": " ".join(self.scopes()), "aud": f"{TOKENS}/token",
            "iat": now, "exp": now + 3600,
        }  # fmt: skip
        if self.subject:
            claims["sub"] = self.subject
        try:
            signer = RSAKey.import_key(key["private_key"])
            return jwt.encode({"alg": "RS256", "kid": key["private_key_id"]}, claims, signer)
        except (ValueError, JoseError):
            raise NodeError("the private key in the JSON cannot be read", field="key_json", retryable=False) from None


Account = GoogleAccount | GoogleServiceAccount
