"""Credential kinds: typed secrets that nodes use and nobody reads back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr
from pydantic.json_schema import JsonSchemaValue

from a8n.errors import NodeError

REFERENCE = "$credential"
"""A saved credential field holds `{"$credential": "<id>"}`."""


@dataclass(frozen=True, slots=True)
class OAuth2:
    """Where a person signs in so that a credential acts for them: the code flow (RFC 6749 section 4.1) with PKCE.

    A kind whose `oauth` gives this leaves the sign-in, the keeping and the renewal of tokens to the runtime.
    """

    authorize_url: str
    """Where the browser goes. Its query, if any, is kept."""
    token_url: str
    """Where codes and refresh tokens are exchanged."""
    client_id: str
    client_secret: str = field(default="", repr=False)
    """Empty for public clients."""
    scopes: tuple[str, ...] = ()
    client_auth: Literal["basic", "body"] = "basic"
    """How id and secret are sent: in the Authorization header, or as fields of the form."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """More parameters of the authorization URL, such as `access_type=offline`."""


class Credential(BaseModel):
    """Base of credential kinds. Its fields are the form; type the confidential ones as `Secret`.

    Subclasses set `key` (`telegram.bot`), and may override `check` (the Test button). A node declares a slot
    with a field of this type: `bot: TelegramBot`, or a union of kinds, or `| None`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    docs: ClassVar[str] = ""
    """A URL that tells how to get one."""

    _oauth_token: SecretStr | None = PrivateAttr(None)
    _origin: object = PrivateAttr(None)

    def oauth(self) -> OAuth2 | None:
        """Where to sign in. Kinds of OAuth2 override it; `oauth_token` then is the access token."""
        return None

    @property
    def oauth_token(self) -> str:
        """The access token, renewed where needed when the credential was opened. Raises NodeError where none is."""
        if self._oauth_token is None:
            hint = "open the credential and sign in at its service"
            raise NodeError("nobody has signed in for this credential", hint=hint, retryable=False)
        return self._oauth_token.get_secret_value()

    @classmethod
    def signs_in(cls) -> bool:
        """Whether somebody has to sign in at the service before it can be used."""
        return cls.oauth is not Credential.oauth

    def holding(self, token: str) -> None:
        """The runtime's: make this the access token."""
        self._oauth_token = SecretStr(token)

    @property
    def origin(self) -> object:
        """The runtime's: what it noted when it opened the credential."""
        return self._origin

    def opened_from(self, origin: object) -> None:
        """The runtime's: note where it comes from."""
        self._origin = origin

    async def check(self, http: Any) -> str:
        """Try the credential and say who we are signed in as. Raise `NodeError` with what is wrong.

        `http` is the guarded client (`a8n.HttpClient`); kinds that speak another protocol connect to the address
        that `await http.reach(host, port)` gives.
        """
        return "saved; this kind has no test"


def slot_schema(kinds: list[str]) -> JsonSchemaValue:
    """The JSON Schema of a field that takes a credential: a reference, and never the secret's own fields."""
    return {
        "type": "object",
        "properties": {REFERENCE: {"type": "string"}},
        "required": [REFERENCE],
        "additionalProperties": False,
        "x-a8n": {"widget": "credential", "types": kinds, "expr": False},
    }


def kinds_in(annotation: Any) -> dict[str, type[Credential]]:
    """The credential kinds that a type mentions, in the fields of models too, by class name."""
    found: dict[str, type[Credential]] = {}
    seen: set[type] = set()
    pending = [annotation]
    while pending:
        current = pending.pop()
        if isinstance(current, type) and issubclass(current, Credential):
            found[current.__name__] = current
        elif isinstance(current, type) and issubclass(current, BaseModel) and current not in seen:
            seen.add(current)
            pending += [field.annotation for field in current.model_fields.values()]
        else:
            pending += [argument for argument in get_args(current) if not isinstance(argument, str)]
    return found
