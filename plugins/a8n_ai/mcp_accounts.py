"""MCP servers: where they are, and how they know us."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from a8n import Credential, Field, OAuth2, Secret, hint

Url = Annotated[str, Field(pattern="^https?://", max_length=2_000)]


class McpAccount(Credential):
    """What all of them share."""

    docs = "https://modelcontextprotocol.io/docs/learn/server-concepts"

    url: Url = Field(description="Address of the server's MCP endpoint, such as https://example.com/mcp.")

    def headers(self) -> dict[str, str]:
        """What proves to the server who we are."""
        raise NotImplementedError

    async def check(self, http: Any) -> str:
        """Connect, and count the tools."""
        from a8n_ai.mcp_client import listed

        tools = await listed(http, self)
        return f"{len(tools)} tools" + (f", such as {tools[0].name}" if tools else "")


class McpServer(McpAccount):
    """An MCP server that is open, or knows us by a token."""

    key = "ai.mcp"
    title = "MCP server"

    token: Annotated[Secret | None, hint(widget="password", expr=False)] = Field(
        None, description="Token or key. Leave it empty where the server is open."
    )
    header: Annotated[str, hint(advanced=True)] = Field(
        "Authorization",
        description="Header that carries the token: after the word Bearer in Authorization, as it is in any other.",
        pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$",
    )

    def headers(self) -> dict[str, str]:
        """The token, if there is one."""
        token = self.token.get_secret_value() if self.token is not None else ""
        if not token:
            return {}
        return {self.header: f"Bearer {token}" if self.header.lower() == "authorization" else token}


class McpSignIn(McpAccount):
    """An MCP server that a person signs in to (OAuth 2.1)."""

    key = "ai.mcp_oauth2"
    title = "MCP server with sign-in"

    authorize_url: Url = Field(description="Where people sign in: the authorization endpoint of the server.")
    token_url: Url = Field(description="Where tokens are given out: its token endpoint.")
    client_id: str = Field(description="Id under which a8n is registered there.", min_length=1, max_length=500)
    client_secret: Annotated[Secret | None, hint(widget="password", expr=False)] = Field(
        None, description="Secret of that registration, where it has one."
    )
    scopes: list[str] = Field(default_factory=list, max_length=50, description="What to ask for.")

    def oauth(self) -> OAuth2:
        """The endpoints, with the server as the resource that the token is for (RFC 8707)."""
        secret = self.client_secret.get_secret_value() if self.client_secret is not None else ""
        return OAuth2(
            self.authorize_url, self.token_url, self.client_id, secret, tuple(self.scopes),
            client_auth="body", extra={"resource": self.url},
        )  # fmt: skip

    def headers(self) -> dict[str, str]:
        """The access token."""
        return {"Authorization": f"Bearer {self.oauth_token}"}


AnyMcp: TypeAlias = McpServer | McpSignIn
