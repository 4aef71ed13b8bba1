"""`a8n keys`: the ring of keys that seal credentials."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
from typing import TYPE_CHECKING

import click

from a8n_web.cli.environment import kernel_of, settings_of, store
from a8n_web.cli.failures import Failure

if TYPE_CHECKING:
    from a8n.runtime.settings import Settings


@click.group()
def keys() -> None:
    """Manage the keys that seal credentials.

    To change the key: `a8n keys add` (or put a new one in front in A8N_ENCRYPTION_KEYS), restart a8n so that it
    knows both, then `a8n keys rotate`, while everything runs.
    """


@keys.command()
def add() -> None:
    """Put a new key in front of those in the data folder. The old ones stay, and still open what they sealed."""
    settings = settings_of()
    if settings.encryption_keys:
        raise Failure("the keys come from A8N_ENCRYPTION_KEYS: put the new one in front there")
    _add(settings)
    click.echo("added; restart a8n, then run `a8n keys rotate`")


@keys.command()
def rotate() -> None:
    """Seal every credential with the newest key, while everything runs."""
    count = asyncio.run(_rotated())
    click.echo(f"{count} credential{'' if count == 1 else 's'} sealed anew; the older keys are not needed any more")


@keys.command("show-ids")
def show_ids() -> None:
    """Show a fingerprint of each key, newest first; a fingerprint tells nothing about its key."""
    from a8n.runtime.keys import load_or_create_keys

    for key in load_or_create_keys(settings_of()).encryption:
        click.echo(hashlib.sha256(b"a8n key fingerprint\0" + key).hexdigest()[:16])


def _add(settings: Settings) -> None:
    """Write the file anew, whole or not at all."""
    from a8n.runtime.keys import FILE, load_or_create_keys
    from a8n.runtime.settings import KEY_BYTES

    load_or_create_keys(settings)  # makes the file at the first start, and refuses a damaged one
    path = settings.data_dir / FILE
    document = json.loads(path.read_bytes())
    document["encryption"].insert(0, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    draft = path.with_name(f".{FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


async def _rotated() -> int:
    from a8n.runtime.audit import Audit
    from a8n.runtime.credentials import Credentials
    from a8n.runtime.keys import load_or_create_keys
    from a8n.runtime.vault import Vault

    settings = settings_of()
    ring = load_or_create_keys(settings)
    async with store(settings) as database:
        kinds = kernel_of(settings).catalogue.credentials
        count = await Credentials(database, Vault(ring.encryption), kinds).rotate()
        await Audit(database).record("keys.rotate", details={"by": "command line", "credentials": count})
        return count
