"""Bots of a workspace, and the secret that Slack signs its requests with."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import field_validator

from a8n import Credential, Field, OAuth2, Secret, hint

SCOPES = "chat:write channels:read groups:read channels:history reactions:write files:write users:read users:read.email"


class SlackAccount(Credential):
    """What all accounts share: where the API is."""

    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://slack.com/api", max_length=500, description="Where the API is; https://slack-gov.com/api for GovSlack."
    )

    @field_validator("base_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("this is no address such as https://slack.com/api")
        return url.rstrip("/")

    def bearer(self) -> str:
        """The token that requests bear."""
        raise NotImplementedError

    async def check(self, http: Any) -> str:
        """Ask who the bot is."""
        from a8n_slack.api import call

        me = await call(http, self, "auth.test")
        return f"signed in as {me.get('user', '')} in {me.get('team', '')}"


class SlackBot(SlackAccount):
    """The bot token of a Slack app."""

    key = "slack.bot"
    icon = "icon.svg"
    title = "Slack bot"
    docs = "https://docs.slack.dev/authentication/tokens"

    token: Secret = Field(min_length=1, description="Token under OAuth & Permissions; it begins with xoxb-.")

    def bearer(self) -> str:
        """The token."""
        return self.token.get_secret_value().strip()


class SlackOAuth2(SlackAccount):
    """A bot that somebody adds to their workspace by signing in.

    Add the redirect URL that a8n shows to the app under OAuth & Permissions first.
    """

    key = "slack.oauth2"
    icon = "icon.svg"
    title = "Slack sign-in"
    docs = "https://docs.slack.dev/authentication/installing-with-oauth"

    client_id: str = Field(min_length=1, description="Client id, under Basic Information.")
    client_secret: Secret = Field(min_length=1, description="Client secret, under Basic Information.")
    scope: str = Field(SCOPES, description="Scopes of the bot to ask for, with spaces between them.")

    def oauth(self) -> OAuth2:
        """Where to sign in."""
        parts = urlsplit(self.base_url)
        return OAuth2(
            authorize_url=f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize",
            token_url=f"{self.base_url}/oauth.v2.access",
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            scopes=(",".join(self.scope.split()),),  # Slack puts commas between them
        )

    def bearer(self) -> str:
        """The access token."""
        return self.oauth_token


AnyAccount = SlackBot | SlackOAuth2


class SlackSigningSecret(Credential):
    """The secret that Slack signs its requests to us with."""

    key = "slack.signing_secret"
    icon = "icon.svg"
    title = "Slack signing secret"
    docs = "https://docs.slack.dev/authentication/verifying-requests-from-slack"

    secret: Secret = Field(min_length=8, description="Signing Secret, under Basic Information of the app.")
