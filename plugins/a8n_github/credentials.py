"""Accounts at GitHub, and the secret of its webhooks."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import field_validator

from a8n import Credential, Field, OAuth2, Secret, hint

CLOUD = "https://api.github.com"


class GitHubAccount(Credential):
    """What all accounts share: where the API is."""

    base_url: Annotated[str, hint(advanced=True)] = Field(
        CLOUD, max_length=500, description="Where the API is; https://HOST/api/v3 for GitHub Enterprise Server."
    )

    @field_validator("base_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("this is no address such as https://api.github.com")
        return url.rstrip("/")

    def bearer(self) -> str:
        """The token that requests bear."""
        raise NotImplementedError

    async def check(self, http: Any) -> str:
        """Ask who the token belongs to."""
        from a8n_github.api import call

        me = (await call(http, self, "GET", "/user")).json()
        return f"signed in as {me.get('login', '')}"


class GitHubToken(GitHubAccount):
    """A personal access token, fine-grained or classic."""

    key = "github.token"
    icon = "icon.svg"
    title = "GitHub token"
    docs = (
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/"
        "managing-your-personal-access-tokens"
    )

    token: Secret = Field(min_length=1, description="Token made under Settings, Developer settings.")

    def bearer(self) -> str:
        """The token."""
        return self.token.get_secret_value().strip()


class GitHubOAuth2(GitHubAccount):
    """A person who signs in at GitHub, by an OAuth app of yours.

    Register the redirect URL that a8n shows as the app's callback URL first.
    """

    key = "github.oauth2"
    icon = "icon.svg"
    title = "GitHub sign-in"
    docs = "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app"

    client_id: str = Field(min_length=1, description="Client id of the app.")
    client_secret: Secret = Field(min_length=1, description="Client secret of the app.")
    scope: str = Field("repo admin:repo_hook workflow", description="Scopes to ask for, with spaces between them.")

    def oauth(self) -> OAuth2:
        """Where to sign in: at the web site that the API belongs to."""
        parts = urlsplit(self.base_url)
        site = "https://github.com" if self.base_url == CLOUD else f"{parts.scheme}://{parts.netloc}"
        return OAuth2(
            authorize_url=f"{site}/login/oauth/authorize",
            token_url=f"{site}/login/oauth/access_token",
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            scopes=tuple(self.scope.split()),
            client_auth="body",
        )

    def bearer(self) -> str:
        """The access token."""
        return self.oauth_token


AnyAccount = GitHubToken | GitHubOAuth2


class GitHubWebhookSecret(Credential):
    """The secret that GitHub signs its deliveries with: any long random text."""

    key = "github.webhook_secret"
    icon = "icon.svg"
    title = "GitHub webhook secret"
    docs = "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"

    secret: Secret = Field(min_length=16, description="At least 16 characters, chosen at random.")
