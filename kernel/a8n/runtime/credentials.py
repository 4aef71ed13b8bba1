"""Credentials: written, used, and never read back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Row, delete, insert, literal, not_, select, update
from sqlalchemy.exc import IntegrityError

from a8n.credential import Credential, OAuth2
from a8n.errors import InvalidError, NodeError, Problem
from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.access import Actor, Permission, require, visible
from a8n.runtime.cursors import Page, after, page
from a8n.runtime.database import Database
from a8n.runtime.egress_guard import guarded
from a8n.runtime.errors import StoreError
from a8n.runtime.ids import new_id
from a8n.runtime.kept import Kept, kept_of
from a8n.runtime.oauth import SignIns, same_place, token_identity
from a8n.runtime.refusals import ConflictError, ForbiddenError, NotFoundError
from a8n.runtime.schema import credential_shares, credentials, oauth_states, oauth_tokens, workflows
from a8n.runtime.shares import Shares, may_use, usable, usable_in
from a8n.runtime.uses import using
from a8n.runtime.vault import Vault, VaultError
from a8n.services import HttpClient

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.credentials")

NOTED = 300 * 1_000_000
"""Microseconds within which a further use of a credential is not noted."""

Kinds = Mapping[str, type[Credential]]


class Credentials:
    """The repository. Values go in and, through `opened`, reach the process that uses them; no method lists them."""

    def __init__(
        self, db: Database, vault: Vault, kinds: Kinds, opened: Callable[[Credential], None] | None = None,
        http: HttpClient | None = None,
    ):  # fmt: skip
        """`opened` is told of every credential that is opened, so that its secrets stay out of the log. Through
        `http`, people sign in at services and their tokens are renewed."""
        self._db = db
        self._vault = vault
        self._kinds = kinds
        self._told = opened
        self.shares = Shares(db)
        self.sign_ins = SignIns(db, vault, http)

    # --- for people ------------------------------------------------------------------------------------------

    async def create(
        self, actor: Actor, project_id: str, *, name: str, kind: str, values: Mapping[str, JSON],
        hosts: Sequence[str] = (),
    ) -> Row[Any]:  # fmt: skip
        """Raises InvalidError for values that do not fit the kind, ConflictError for a name that is taken."""
        self._validated(kind, values)
        at, credential_id = now(), new_id()
        sealed = self._vault.seal(values, identity(credential_id, project_id, kind))
        try:
            async with self._db.begin() as connection:
                await require(connection, actor, project_id, Permission.CREDENTIAL_EDIT)
                await connection.execute(
                    insert(credentials).values(
                        id=credential_id, project_id=project_id, name=name, kind=kind, sealed=sealed,
                        hosts=" ".join(hosts), created_at=at, updated_at=at,
                    )
                )  # fmt: skip
                return (await connection.execute(_by_id(credential_id))).one()
        except IntegrityError:
            raise _taken(name) from None

    async def get_for(self, actor: Actor, credential_id: str, permission: Permission) -> Row[Any]:
        """The row. Raises NotFoundError or ForbiddenError."""
        async with self._db.read() as connection:
            row = (await connection.execute(_by_id(credential_id))).one_or_none()
            if row is None:
                raise NotFoundError("credential")
            try:
                await require(connection, actor, row.project_id, permission, "credential")
            except (NotFoundError, ForbiddenError):
                if permission is not Permission.CREDENTIAL_USE or not await may_use(connection, actor, row.id):
                    raise
            return row

    async def list_for(
        self, actor: Actor, *, project: str | None = None, kind: str | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Row[Any]]:  # fmt: skip
        """What somebody sees, newest first. `shared` tells the rows that are another project's, to be used only."""
        if project is None:
            seen, own = usable(actor), visible(actor, credentials.c.project_id)
        else:
            seen, own = visible(actor, literal(project)) & usable_in(project), credentials.c.project_id == project
        query = select(credentials, not_(own).label("shared")).where(seen)
        if kind is not None:
            query = query.where(credentials.c.kind == kind)
        query = after(query.limit(limit + 1), [credentials.c.id], cursor, [str])
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return page(rows, limit, lambda row: [row.id])

    async def usable_in(self, project_id: str, ids: Sequence[str]) -> dict[str, str]:
        """Which of these a project may use, because they are its own or shared with it: id to kind."""
        table = credentials.c
        query = select(table.id, table.kind).where(table.id.in_(ids), usable_in(project_id))
        async with self._db.read() as connection:
            return {row.id: row.kind for row in (await connection.execute(query)).all()}

    async def usable_pairs(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these pairs of a project and a credential are such that the project may use the credential."""
        if not pairs:
            return set()
        ids = list({credential_id for _, credential_id in pairs})
        own = select(credentials.c.project_id, credentials.c.id).where(credentials.c.id.in_(ids))
        shares = credential_shares.c
        shared = select(shares.project_id, shares.credential_id).where(shares.credential_id.in_(ids))
        async with self._db.read() as connection:
            return {(row[0], row[1]) for row in await connection.execute(own.union_all(shared))}

    async def names_in(self, project_id: str) -> dict[str, str]:
        """The names of what a project's workflows may use, by id; its own last, so that they win over shared ones."""
        query = select(credentials.c.id, credentials.c.name, credentials.c.project_id).where(usable_in(project_id))
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return {row.id: row.name for row in sorted(rows, key=lambda row: row.project_id == project_id)}

    async def update(
        self, row: Row[Any], *, name: str | None = None, values: Mapping[str, JSON] | None = None,
        hosts: Sequence[str] | None = None,
    ) -> Row[Any]:  # fmt: skip
        """Change a credential. Values that are not mentioned stay; None for a value removes it.

        Letting it go to other hosts asks for its secrets again, so that nobody who may only edit can send a
        secret they never knew to a place of their own. Raises InvalidError, ConflictError, VaultError.
        """
        changed: dict[str, Any] = {"updated_at": now()}
        if name is not None:
            changed["name"] = name
        self._within(row, values or {}, hosts)
        if hosts is not None:
            changed["hosts"] = " ".join(hosts)
        elsewhere = False
        if values is not None:
            merged, elsewhere = self._merged(row, values)
            changed["sealed"] = self._vault.seal(merged, identity(row.id, row.project_id, row.kind))
        try:
            async with self._db.begin() as connection:
                await connection.execute(update(credentials).where(credentials.c.id == row.id).values(**changed))
                if elsewhere:  # no service gets the tokens of another
                    for table in (oauth_tokens, oauth_states):
                        await connection.execute(delete(table).where(table.c.credential_id == row.id))
                found = (await connection.execute(_by_id(row.id))).one_or_none()
        except IntegrityError:
            raise _taken(name or row.name) from None
        if found is None:
            raise NotFoundError("credential")
        return found

    async def delete(self, row: Row[Any]) -> None:
        """Remove it; nodes that refer to it say so from then on."""
        async with self._db.begin() as connection:
            await connection.execute(delete(credentials).where(credentials.c.id == row.id))

    async def used_by(self, actor: Actor, row: Row[Any]) -> Sequence[Row[Any]]:
        """`id, name, project_id, active` of the workflows that somebody sees whose drafts refer to it."""
        shared = (await self.shares.projects([row.id])).get(row.id, [])
        table = workflows.c
        may = table.project_id.in_([row.project_id, *shared]) & visible(actor, table.project_id)
        query = select(table.id, table.name, table.project_id, table.active).where(may, using(row.id))
        async with self._db.read() as connection:
            found: Sequence[Any] = (await connection.execute(query.order_by(table.name, table.id))).all()
        return found

    async def tried(
        self, kind: str, values: Mapping[str, JSON], saved: Row[Any] | None = None, hosts: Sequence[str] | None = None
    ) -> Credential:
        """A credential that is not saved, to try it. Values and hosts that are not mentioned are those of the `saved`
        one, and so is the token as long as the service and the application are the same.

        Raises InvalidError, VaultError, and NodeError where the token cannot be renewed.
        """
        if saved is not None:
            self._within(saved, values, hosts)
            hosts = saved.hosts.split() if hosts is None else hosts
        merged, elsewhere = self._merged(saved, values) if saved is not None else (values, True)
        credential = self._validated(kind, merged)
        if self._told is not None:
            self._told(credential)
        credential.opened_from(Kept(saved.name if saved is not None else credential.title or kind, tuple(hosts or ())))
        if saved is not None and not elsewhere:
            await self._sign(credential, saved.id)
        return credential

    def _within(self, row: Row[Any], values: Mapping[str, JSON], hosts: Sequence[str] | None) -> None:
        """Raise InvalidError where a saved secret that is not entered again shall go to more hosts than it may."""
        if not row.hosts or hosts is None or (hosts and set(hosts) <= set(row.hosts.split())):
            return
        before = self._vault.open(row.sealed, identity(row.id, row.project_id, row.kind))
        missing = (set(self._secret_fields(row.kind)) - set(values)) & set(before)
        if missing:
            text = "enter the secret again to let it go to other hosts"
            raise InvalidError([Problem(f"values.{field}", text, "missing") for field in sorted(missing)])

    def _merged(self, row: Row[Any], values: Mapping[str, JSON]) -> tuple[dict[str, JSON], bool]:
        """What is saved with some values changed, None removes one; and whether that sends its secrets elsewhere.

        Raises InvalidError where it does and they are not entered again: whoever may only edit never knew them.
        """
        before = self._vault.open(row.sealed, identity(row.id, row.project_id, row.kind))
        merged = {field: value for field, value in {**before, **values}.items() if value is not None}
        elsewhere = self._moved(row.kind, before, self._validated(row.kind, merged))
        missing = (set(self._secret_fields(row.kind)) - set(values)) & set(merged)
        if elsewhere and missing:
            text = "enter the secret again to send it to another place"
            raise InvalidError([Problem(f"values.{name}", text, "missing") for name in sorted(missing)])
        return merged, elsewhere

    # --- for nodes -------------------------------------------------------------------------------------------

    async def open(self, row: Row[Any]) -> Credential:
        """The credential itself, with a token that lasts where its kind signs in at a service.

        Raises what `opened` raises, and NodeError where the token cannot be renewed.
        """
        credential = self.opened(row)
        await self._sign(credential, row.id)
        return credential

    async def _sign(self, credential: Credential, credential_id: str) -> None:
        declared = credential.oauth()
        token = await self.sign_ins.token(credential_id, declared) if declared is not None else None
        if token is not None:
            credential.holding(token)
            if self._told is not None:
                self._told(credential)
        kept = kept_of(credential)
        if token is not None and declared is not None and kept is not None:
            kept.renew = partial(self._renewed, credential, credential_id, declared)

    async def _renewed(self, credential: Credential, credential_id: str, declared: OAuth2, refused: str) -> None:
        credential.holding(await self.sign_ins.renewed(credential_id, declared, refused))
        if self._told is not None:
            self._told(credential)

    def opened(self, row: Row[Any]) -> Credential:
        """The credential without its token. Raises VaultError, or InvalidError where its kind has changed since."""
        values = self._vault.open(row.sealed, identity(row.id, row.project_id, row.kind))
        credential = self._validated(row.kind, values)
        if self._told is not None:
            self._told(credential)
        credential.opened_from(Kept(row.name, tuple(row.hosts.split())))
        return credential

    async def open_in(self, project_id: str, credential_id: str) -> Credential:
        """The credential, if this project's workflows may use it. Raises NodeError with what to do."""
        query = _by_id(credential_id).where(usable_in(project_id))
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            hint = "choose another in the node, or share the credential with the workflow's project"
            raise NodeError("the credential does not exist in this project", hint=hint, retryable=False)
        await self._note_use(row)
        try:
            return await self.open(row)
        except VaultError as error:
            raise NodeError(f"the credential {row.name!r} cannot be opened: {error}", retryable=False) from None
        except InvalidError as error:
            text = f"the credential {row.name!r} does not fit its kind any more: {error}"
            raise NodeError(text, hint="open it and fill in what is missing", retryable=False) from None

    async def _note_use(self, row: Row[Any]) -> None:
        at = now()
        if row.last_used_at is not None and row.last_used_at > at - NOTED:
            return
        noting = update(credentials).where(credentials.c.id == row.id).values(last_used_at=at)
        try:
            async with self._db.begin() as connection:
                await connection.execute(noting)
        except StoreError as error:  # the node can do its work without this
            log.warning("the use of credential %s is not noted: %s", row.id, error)

    # --- for the operator ------------------------------------------------------------------------------------

    async def rotate(self) -> int:
        """Wrap every credential's key with the newest key of the ring, while everything runs. Gives how many.

        Raises VaultError at the first that no key of the ring opens; those before it are done.
        """
        rotated, seen = 0, ""
        while True:
            query = select(credentials).where(credentials.c.id > seen).order_by(credentials.c.id).limit(100)
            async with self._db.read() as connection:
                batch = (await connection.execute(query)).all()
            if not batch:
                return rotated
            for row in batch:
                seen = row.id
                await self._rotate_token(row.id)
                sealed = self._vault.rewrap(row.sealed, identity(row.id, row.project_id, row.kind))
                if sealed is None:
                    continue
                unchanged = (credentials.c.id == row.id) & (credentials.c.sealed == row.sealed)
                async with self._db.begin() as connection:
                    done = await connection.execute(update(credentials).where(unchanged).values(sealed=sealed))
                rotated += done.rowcount

    async def _rotate_token(self, credential_id: str) -> None:
        mine = oauth_tokens.c.credential_id == credential_id
        async with self._db.begin() as connection:
            row = (await connection.execute(select(oauth_tokens).where(mine).with_for_update())).one_or_none()
            sealed = self._vault.rewrap(row.sealed, token_identity(credential_id)) if row is not None else None
            if sealed is not None:
                await connection.execute(update(oauth_tokens).where(mine).values(sealed=sealed))

    # --- kinds -----------------------------------------------------------------------------------------------

    def _validated(self, kind: str, values: Mapping[str, JSON]) -> Credential:
        cls = self._kinds.get(kind)
        if cls is None:
            text = f"no installed plugin has the credential kind {kind!r}"
            raise InvalidError([Problem("kind", text, "unknown_kind")])
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            entries = error.errors(include_url=False, include_context=False, include_input=False)
            raise InvalidError(
                Problem(".".join(("values", *map(str, e["loc"]))), e["msg"], e["type"]) for e in entries
            ) from None

    def _moved(self, kind: str, before: Mapping[str, JSON], after: Credential) -> bool:
        """Whether a credential of an OAuth2 kind now speaks of another service or application."""
        if not after.signs_in():
            return False
        try:
            return not same_place(self._validated(kind, before).oauth(), after.oauth())
        except InvalidError:
            return True

    def signs_in(self, kind: str) -> bool:
        """Whether somebody has to sign in at a service for credentials of this kind."""
        cls = self._kinds.get(kind)
        return cls is not None and cls.signs_in()

    def _secret_fields(self, kind: str) -> list[str]:
        cls = self._kinds.get(kind)
        return secret_fields(cls) if cls is not None else []


class Opener:
    """`a8n.services.CredentialOpener` for the workflows of one project."""

    __slots__ = ("_instance", "_project_id")

    def __init__(self, instance: Instance, project_id: str):
        self._instance = instance
        self._project_id = project_id

    async def open(self, credential_id: str) -> Credential:
        """Open it for a node, if the workflow's project may use it. Raises NodeError."""
        return await repository(self._instance).open_in(self._project_id, credential_id)

    def guard(self, http: HttpClient, opened: Collection[Credential]) -> HttpClient:
        """The client that takes these credentials to no host they are not meant for, and renews refused tokens."""
        return guarded(http, opened)


def repository(instance: Instance) -> Credentials:
    """The credentials of an instance."""
    kinds = instance.kernel.catalogue.credentials
    return Credentials(instance.db, instance.vault, kinds, instance.secrets.hide_in, instance.http)


def identity(credential_id: str, project_id: str, kind: str) -> str:
    """What a sealed value is tied to: it opens in no other row, project or kind."""
    return f"a8n.credential\n{credential_id}\n{project_id}\n{kind}"


def secret_fields(cls: type[Credential]) -> list[str]:
    """The fields of a kind whose values nobody may see."""
    properties = cls.model_json_schema()["properties"] if cls.model_fields else {}
    return [name for name, schema in properties.items() if _is_secret(schema)]


def _is_secret(schema: Mapping[str, Any]) -> bool:
    branches = schema.get("anyOf", ())
    return schema.get("format") == "password" or any(_is_secret(branch) for branch in branches)


def _by_id(credential_id: str) -> Any:
    return select(credentials).where(credentials.c.id == credential_id)


def _taken(name: str) -> ConflictError:
    return ConflictError(f"the project has a credential named {name!r}", path="name")
