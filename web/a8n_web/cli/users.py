"""`a8n user`: accounts, by whoever can reach the store."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from a8n_web.cli.environment import settings_of, store
from a8n_web.cli.failures import Failure, Misuse

if TYPE_CHECKING:
    from a8n.runtime.accounts import Accounts

ROLES = click.Choice(["owner", "admin", "member"])
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
password_option = click.option("--password-stdin", is_flag=True, help="Read the password from stdin, not by asking.")


@click.group()
def user() -> None:
    """Manage accounts."""


@user.command()
@click.argument("email")
@click.option("--name", help="By default the part of the address before the @.")
@click.option("--role", type=ROLES, help="By default member; the first account is the owner.")
@password_option
def create(email: str, name: str | None, role: str | None, password_stdin: bool) -> None:
    """Make an account. Prints its id."""
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise Misuse(f"{email!r} is no e-mail address")
    name = name or email.partition("@")[0]
    password = _password(password_stdin, email, name)
    click.echo(asyncio.run(_created(email, name, role, password)))


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show all accounts."""
    rows = asyncio.run(_listed())
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("e-mail", "name", "role", ""):
        table.add_column(title)
    for row in rows:
        table.add_row(row["email"], row["name"], row["role"], "disabled" if row["disabled"] else "")
    Console(highlight=False, markup=False).print(table)


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Keep somebody out, from now on and in all sessions."""
    asyncio.run(_changed(email, "disable", disabled=True))


@user.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let somebody in again."""
    asyncio.run(_changed(email, "enable", disabled=False))


@user.command()
@click.argument("email")
@click.argument("role", type=ROLES)
def role(email: str, role: str) -> None:
    """Give somebody another ROLE in the instance."""
    asyncio.run(_changed(email, "role", role=role))


@user.command()
@click.argument("email")
@password_option
def password(email: str, password_stdin: bool) -> None:
    """Set somebody's password. All their sessions end."""
    asyncio.run(_changed(email, "password", password=_password(password_stdin, email)))


def _password(from_stdin: bool, *others: str) -> str:
    from a8n.runtime.passwords import weakness

    if from_stdin:
        text = sys.stdin.readline().rstrip("\n")
    else:
        text = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    reason = weakness(text, *others)
    if reason is not None:
        raise Failure(reason)
    return text


async def _created(email: str, name: str, role: str | None, password: str) -> str:
    from a8n.runtime.accounts import Accounts
    from a8n.runtime.passwords import Passwords

    async with store(settings_of()) as database:
        accounts = Accounts(database)
        kept = await Passwords().hash(password)
        user = await accounts.found(email, name, kept) if role in (None, "owner") else None
        if user is None:
            if role != "owner" and not await accounts.any():
                raise Failure("the first account is the owner's; leave --role out")
            user = await accounts.create(email, name, kept, role or "member")
        await _recorded(database, "user.create", user.id, role=user.role)
        return str(user.id)


async def _listed() -> list[dict[str, Any]]:
    from a8n.runtime.accounts import Accounts

    async with store(settings_of()) as database:
        fields = ("id", "email", "name", "role", "disabled")
        return [{name: getattr(user, name) for name in fields} for user in await Accounts(database).list()]


async def _changed(email: str, action: str, **values: Any) -> None:
    from a8n.runtime.accounts import Accounts
    from a8n.runtime.passwords import Passwords

    async with store(settings_of()) as database:
        accounts = Accounts(database)
        user = await _known(accounts, email)
        if "password" in values:
            values["password"] = await Passwords().hash(values["password"])
        await accounts.update(user.id, **values)
        shown = {name: value for name, value in values.items() if name != "password"}
        await _recorded(database, f"user.{action}", user.id, **shown)


async def _known(accounts: Accounts, email: str) -> Any:
    user = await accounts.by_email(email)
    if user is None:
        raise Failure(f"there is no account with the address {email!r}")
    return user


async def _recorded(database: Any, action: str, user_id: str, **details: Any) -> None:
    from a8n.runtime.audit import Audit

    await Audit(database).record(action, user_id, details={"by": "command line", **details})
