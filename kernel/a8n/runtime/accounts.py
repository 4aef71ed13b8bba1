"""People: their accounts, sessions and API keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.journal import now
from a8n.runtime.access import Actor
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.locks import serialize
from a8n.runtime.refusals import ConflictError, ForbiddenError, NotFoundError
from a8n.runtime.schema import api_keys, members, projects, sessions, users

SECOND = 1_000_000
SESSION_SECONDS = 30 * 86_400
"""How long a refresh token is good for."""
KEY_PREFIX = "a8n_"

User = Row[Any]


@dataclass(frozen=True, slots=True)
class Grant:
    """A session that was opened or renewed, with the refresh token that nobody can read again."""

    user: User
    session: str
    """The family's id: it stays the same when the refresh token is renewed."""
    refresh_token: str


class Accounts:
    """The repository of people."""

    def __init__(self, db: Database):
        self._db = db

    # --- people ----------------------------------------------------------------------------------------------

    async def found(self, email: str, name: str, password: str) -> User | None:
        """Make the instance's owner, once in its life; None when somebody was faster. `password` is hashed."""
        async with self._db.begin() as connection:
            await serialize(connection, "users")
            if (await connection.execute(select(func.count()).select_from(users))).scalar_one():
                return None
            return await _add(connection, email, name, password, "owner")

    async def create(self, email: str, name: str, password: str | None, role: str = "member") -> User:
        """Make an account and its personal project. Raises ConflictError where the address has one."""
        try:
            async with self._db.begin() as connection:
                return await _add(connection, email, name, password, role)
        except IntegrityError:
            raise ConflictError("there is an account with this e-mail address", path="email") from None

    async def any(self) -> bool:
        """Whether anybody has an account."""
        async with self._db.read() as connection:
            return (await connection.execute(select(users.c.id).limit(1))).first() is not None

    async def by_email(self, email: str) -> User | None:
        """The account with this address, in whatever case it was typed."""
        async with self._db.read() as connection:
            found = await connection.execute(select(users).where(users.c.email == folded(email)))
            return found.one_or_none()

    async def get(self, user_id: str) -> User:
        """Raises NotFoundError."""
        async with self._db.read() as connection:
            return await _user(connection, user_id)

    async def list(self) -> Sequence[User]:
        """Everybody, oldest first."""
        async with self._db.read() as connection:
            return (await connection.execute(select(users).order_by(users.c.id))).all()

    async def update(self, user_id: str, **values: Any) -> User:
        """Change `name`, `password`, `role` or `disabled`. A new password and a disabled account end all sessions.

        The last owner can be neither demoted nor disabled.
        """
        async with self._db.begin() as connection:
            await serialize(connection, "users")
            user = await _user(connection, user_id)
            if user.role == "owner" and (values.get("role", "owner") != "owner" or values.get("disabled")):
                await _another_owner(connection, user_id)
            if values:
                await connection.execute(update(users).where(users.c.id == user_id).values(**values))
            if "password" in values or values.get("disabled"):
                await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
            return await _user(connection, user_id)

    async def delete(self, user_id: str) -> None:
        """Remove an account with its keys and sessions. Its personal project must be empty or given away first."""
        async with self._db.begin() as connection:
            await serialize(connection, "users")
            user = await _user(connection, user_id)
            if user.role == "owner":
                await _another_owner(connection, user_id)
            await connection.execute(delete(users).where(users.c.id == user_id))

    # --- sessions --------------------------------------------------------------------------------------------

    async def open_session(self, user: User, agent: str, address: str) -> Grant:
        """A new session of this person."""
        async with self._db.begin() as connection:
            family = new_id()
            return Grant(user, family, await _session(connection, user.id, family, agent, address))

    async def renew(self, refresh_token: str, agent: str, address: str) -> Grant | None:
        """Take a refresh token, which is then used up, and give a new one.

        A token that comes a second time was stolen or replayed: its whole family ends. None in that case, and for
        one that is unknown or too old.
        """
        digest = hashed(refresh_token)
        async with self._db.begin() as connection:
            at = now()
            query = select(sessions).where(sessions.c.refresh_hash == digest)
            session = (await connection.execute(query)).one_or_none()
            if session is None:
                return None
            taken = await connection.execute(
                update(sessions).where(sessions.c.id == session.id, sessions.c.used_at.is_(None)).values(used_at=at)
            )
            if taken.rowcount != 1:
                await connection.execute(delete(sessions).where(sessions.c.family == session.family))
                return None
            user = (await connection.execute(select(users).where(users.c.id == session.user_id))).one()
            if session.expires_at <= at or user.disabled:
                return None
            token = await _session(connection, user.id, session.family, agent, address)
            return Grant(user, session.family, token)

    async def session_of(self, refresh_token: str) -> str | None:
        """The session that a refresh token belongs to, used up or not."""
        async with self._db.read() as connection:
            query = select(sessions.c.family).where(sessions.c.refresh_hash == hashed(refresh_token))
            return (await connection.execute(query)).scalar_one_or_none()

    async def sessions_of(self, user_id: str) -> Sequence[Any]:
        """The live sessions of a person, latest use first: `id, agent, address, started_at, used_at, expires_at`."""
        newest = sessions.alias("newest")
        first = select(func.min(sessions.c.created_at)).where(sessions.c.family == newest.c.family).scalar_subquery()
        query = (
            select(
                newest.c.family.label("id"),
                newest.c.agent,
                newest.c.address,
                first.label("started_at"),
                newest.c.created_at.label("used_at"),
                newest.c.expires_at,
            )
            .where(newest.c.user_id == user_id, newest.c.used_at.is_(None), newest.c.expires_at > now())
            .order_by(newest.c.created_at.desc())
        )
        async with self._db.read() as connection:
            return (await connection.execute(query)).all()

    async def end_session(self, family: str, user_id: str | None = None) -> bool:
        """End a session, of this person alone where one is named. False when there was none."""
        condition = sessions.c.family == family
        if user_id is not None:
            condition = and_(condition, sessions.c.user_id == user_id)
        async with self._db.begin() as connection:
            return (await connection.execute(delete(sessions).where(condition))).rowcount > 0

    async def actor(self, user_id: str, family: str) -> Actor | None:
        """Who stands behind an access token, if the account is in order and the session was not ended."""
        alive = exists().where(sessions.c.family == family, sessions.c.user_id == users.c.id)
        query = select(users.c.role).where(users.c.id == user_id, users.c.disabled.is_(False), alive)
        async with self._db.read() as connection:
            role = (await connection.execute(query)).scalar_one_or_none()
        return None if role is None else Actor(user_id, role, session=family)

    async def still(self, actor: Actor) -> Actor | None:
        """The same as they are now, for what takes long; None once session, key or account has ended."""
        if actor.session is not None:
            return await self.actor(actor.user_id, actor.session)
        return await self._actor_of_key(api_keys.c.id == actor.key_id)

    # --- API keys --------------------------------------------------------------------------------------------

    async def create_key(
        self, user_id: str, name: str, scopes: Iterable[str], expires_at: int | None
    ) -> tuple[Row[Any], str]:
        """A new key: its row, and the key itself, which is not kept."""
        secret = KEY_PREFIX + secrets.token_urlsafe(32)
        values = {
            "id": new_id(), "user_id": user_id, "name": name, "hash": hashed(secret),
            "scopes": " ".join(sorted(set(scopes))), "created_at": now(), "expires_at": expires_at,
        }  # fmt: skip
        async with self._db.begin() as connection:
            await connection.execute(insert(api_keys).values(**values))
            row = (await connection.execute(select(api_keys).where(api_keys.c.id == values["id"]))).one()
        return row, secret

    async def keys_of(self, user_id: str) -> Sequence[Row[Any]]:
        """The keys of a person, newest first."""
        async with self._db.read() as connection:
            query = select(api_keys).where(api_keys.c.user_id == user_id).order_by(api_keys.c.id.desc())
            return (await connection.execute(query)).all()

    async def delete_key(self, user_id: str, key_id: str) -> None:
        """Raises NotFoundError, also for a key of somebody else."""
        async with self._db.begin() as connection:
            condition = and_(api_keys.c.id == key_id, api_keys.c.user_id == user_id)
            if (await connection.execute(delete(api_keys).where(condition))).rowcount != 1:
                raise NotFoundError("API key")

    async def actor_of_key(self, secret: str) -> Actor | None:
        """Who stands behind an API key, with its scopes; None for one that is unknown, expired, or of a disabled
        account. Notes the use at most once a minute."""
        return await self._actor_of_key(api_keys.c.hash == hashed(secret))

    async def _actor_of_key(self, condition: ColumnElement[bool]) -> Actor | None:
        at = now()
        query = (
            select(api_keys.c.id, api_keys.c.user_id, api_keys.c.scopes, api_keys.c.used_at, users.c.role)
            .join(users, users.c.id == api_keys.c.user_id)
            .where(condition, users.c.disabled.is_(False))
            .where(or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > at))
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.used_at is None or row.used_at < at - 60 * SECOND:
            async with self._db.begin() as connection:
                await connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(used_at=at))
        return Actor(row.user_id, row.role, frozenset(row.scopes.split()), key_id=row.id)


def folded(email: str) -> str:
    """The form of an e-mail address by which accounts are found."""
    return email.strip().lower()


def hashed(secret: str) -> str:
    """SHA-256 of a random token, in hex: enough for what has 256 bits of its own."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def _user(connection: AsyncConnection, user_id: str) -> User:
    user = (await connection.execute(select(users).where(users.c.id == user_id))).one_or_none()
    if user is None:
        raise NotFoundError("account")
    return user


async def _add(connection: AsyncConnection, email: str, name: str, password: str | None, role: str) -> User:
    at, user_id, project_id = now(), new_id(), new_id()
    values = {"id": user_id, "email": folded(email), "name": name, "password": password, "role": role}
    await connection.execute(insert(users).values(**values, created_at=at))
    owner = name or folded(email).partition("@")[0]
    await connection.execute(insert(projects).values(id=project_id, name=owner[:200], personal=True, created_at=at))
    await connection.execute(insert(members).values(project_id=project_id, user_id=user_id, role="owner"))
    return await _user(connection, user_id)


async def _another_owner(connection: AsyncConnection, user_id: str) -> None:
    query = select(func.count()).where(users.c.role == "owner", users.c.disabled.is_(False), users.c.id != user_id)
    if not (await connection.execute(query)).scalar_one():
        raise ForbiddenError("this is the only owner; make somebody else owner first")


async def _session(connection: AsyncConnection, user_id: str, family: str, agent: str, address: str) -> str:
    token = secrets.token_urlsafe(32)
    at = now()
    await connection.execute(
        insert(sessions).values(
            id=new_id(), user_id=user_id, family=family, refresh_hash=hashed(token), created_at=at,
            expires_at=at + SESSION_SECONDS * SECOND, agent=agent[:300], address=address[:64],
        )
    )  # fmt: skip
    return token
