"""What commands work on: the settings, the plugins and the store of this instance."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from a8n_web.cli.failures import Failure

if TYPE_CHECKING:
    from a8n import Kernel
    from a8n.runtime.access import Actor
    from a8n.runtime.database import Database
    from a8n.runtime.settings import Settings


def settings_of(**given: object) -> Settings:
    """The settings from the environment, with those that were given as options. Raises SettingsError."""
    from a8n.runtime.settings import Settings

    options = {f"A8N_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    return Settings.from_env({**os.environ, **options})


def kernel_of(settings: Settings) -> Kernel:
    """The plugins that this instance loads."""
    from a8n import Kernel

    lock = settings.data_dir / "a8n.plugins.lock"
    return Kernel.discover(lock if lock.exists() else None)


@asynccontextmanager
async def store(settings: Settings) -> AsyncIterator[Database]:
    """The open database, with the tables of this version."""
    from a8n.runtime.database import Database

    database = await Database.open(settings)
    try:
        await database.prepare()
        yield database
    finally:
        await database.close()


async def operator(database: Database) -> Actor:
    """Whoever may call this command may do what the instance's owner may. Raises Failure before there is one."""
    from a8n.runtime.access import Actor
    from a8n.runtime.accounts import Accounts

    for user in await Accounts(database).list():
        if user.role == "owner" and not user.disabled:
            return Actor(user.id, "owner")
    raise Failure("nobody owns this instance yet; make an account with `a8n user create`")
