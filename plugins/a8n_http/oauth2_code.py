"""OAuth2 by the authorization code grant (RFC 6749 section 4.1): a person signs in, and requests act for them."""

from __future__ import annotations

from typing import Any, Literal

from a8n import Field, HttpClient, OAuth2, Secret
from a8n_http.credentials import HttpCredential, Signature

URL = r"^https?://"


class HttpOAuth2Code(HttpCredential):
    """OAuth2 for people: somebody signs in at the service, and requests act for them until that is taken back.

    Register the redirect URL that a8n shows at the service first. Tokens are renewed by themselves.
    """

    key = "http.oauth2_code"
    icon = "user-check"
    title = "OAuth2 sign-in"

    authorize_url: str = Field(
        description="Where people sign in, such as https://login.example.com/oauth/authorize.", pattern=URL
    )
    token_url: str = Field(
        description="Where tokens are issued, such as https://login.example.com/oauth/token.", pattern=URL
    )
    client_id: str = Field(description="The application's id.", min_length=1)
    client_secret: Secret | None = Field(None, description="The application's secret, where it has one.")
    scope: str = Field("", description="Scopes to ask for, with spaces between them.")
    client_auth: Literal["basic", "body"] = Field(
        "basic", description="How id and secret are sent: in the Authorization header, or as fields of the form."
    )

    def oauth(self) -> OAuth2:
        """Where to sign in."""
        return OAuth2(
            authorize_url=self.authorize_url,
            token_url=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value() if self.client_secret is not None else "",
            scopes=tuple(self.scope.split()),
            client_auth=self.client_auth,
        )

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """The Authorization header."""
        return Signature({"authorization": f"Bearer {self.oauth_token}"})

    async def check(self, http: Any) -> str:
        """Call the test URL; without one, make sure that there is a token."""
        await self.sign(http, "")
        return await super().check(http) if self.test_url else "signed in; give a test URL to try it"
