"""Promises of a credential kind."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from pydantic import SecretStr

from a8n.credential import Credential
from a8n.testing.contract.fields import undescribed
from a8n.testing.contract.steps import KEY

CONFIDENTIAL = ("password", "secret", "token", "private_key", "api_key", "passphrase")
PUBLIC_ENDINGS = ("_url", "_uri", "_type", "_name", "_id", "_endpoint", "_field", "_method")


def describes_itself(kind: type[Credential]) -> Iterator[str]:
    """It has a key and a docstring."""
    if not KEY.fullmatch(kind.key):
        yield f"the key {kind.key!r} is not of the form plugin.name"
    if not inspect.cleandoc(kind.__doc__ or ""):
        yield "it has no docstring"


def describes_fields(kind: type[Credential]) -> Iterator[str]:
    """Each field says what it is for."""
    yield from undescribed(kind)


def hides_secrets(kind: type[Credential]) -> Iterator[str]:
    """A field whose name says that it is confidential is typed as one, so that nothing prints it."""
    for name, field in kind.model_fields.items():
        secret = "SecretStr" in str(field.annotation) or field.annotation is SecretStr
        if name.endswith(CONFIDENTIAL) and not name.endswith(PUBLIC_ENDINGS) and not secret:
            yield f"{name} is not typed as Secret"
