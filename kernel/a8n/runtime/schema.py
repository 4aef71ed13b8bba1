"""The tables, one schema for SQLite and PostgreSQL.

Ids are UUIDv7 as text, so rows of one time lie together. Times are microseconds since 1970 UTC in 64-bit
integers: exact, comparable in both databases, and cheap on the hot path. JSON that is only kept and given back
is stored as bytes (already encoded); JSON that is asked for in parts is not stored here at all.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(36), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, delete: str = "CASCADE") -> Column[str]:
    return Column(name, String(36), ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable)


users = Table(
    "users",
    metadata,
    _id(),
    Column("email", String(320), nullable=False, unique=True),  # lower case
    Column("name", String(200), nullable=False, server_default=""),
    Column("password", String(200)),  # bcrypt over SHA-256; NULL for accounts that sign in elsewhere
    Column("role", String(16), nullable=False),  # owner | admin | member
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    _ref("user_id", "users"),
    Column("family", String(36), nullable=False, index=True),
    Column("refresh_hash", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),  # a used refresh token that comes again ends its family
    Column("agent", String(300), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    _ref("user_id", "users"),
    Column("name", String(200), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),  # words, separated by blanks
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("used_at", BigInteger),
)

projects = Table(
    "projects",
    metadata,
    _id(),
    Column("name", String(200), nullable=False),
    Column("personal", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("project_id", String(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),  # owner | editor | viewer
)

workflows = Table(
    "workflows",
    metadata,
    _id(),
    _ref("project_id", "projects"),
    Column("name", String(200), nullable=False),
    Column("active", Boolean, nullable=False, server_default=false()),
    Column("revision", Integer, nullable=False),  # of the draft; the ETag
    Column("draft", LargeBinary, nullable=False),  # the document as JSON
    Column("published", Integer),  # the version that live triggers run
    Column("tags", Text, nullable=False, server_default=""),  # words, separated by line feeds
    Column("folder", String(500), nullable=False, server_default=""),
    Column("archived", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("search", Text, nullable=False, server_default=""),  # what a list is searched by, see a8n.runtime.searching
    Column("uses", Text, nullable=False, server_default=""),  # node types and credentials, framed by line feeds
    Index(None, "project_id", "updated_at"),
)

favourites = Table(
    "favourites",
    metadata,
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("workflow_id", String(36), ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, index=True),
)

workflow_versions = Table(
    "workflow_versions",
    metadata,
    Column("workflow_id", String(36), ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("name", String(200), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_by", String(36)),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "workflow_id", "hash"),
)

workflow_checkpoints = Table(
    "workflow_checkpoints",
    metadata,
    _id(),
    _ref("workflow_id", "workflows"),
    Column("revision", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("created_by", String(36)),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "workflow_id", "id"),
)

credentials = Table(
    "credentials",
    metadata,
    _id(),
    _ref("project_id", "projects"),
    Column("name", String(200), nullable=False),
    Column("kind", String(200), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # see a8n.runtime.vault
    Column("hosts", Text, nullable=False, server_default=""),  # bound to these hosts, separated by blanks
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),  # by a node; to some minutes
    UniqueConstraint("project_id", "name"),
)

credential_shares = Table(
    "credential_shares",
    metadata,
    Column("credential_id", String(36), ForeignKey("credentials.id", ondelete="CASCADE"), primary_key=True),
    Column("project_id", String(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("created_at", BigInteger, nullable=False),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("credential_id", String(36), ForeignKey("credentials.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),  # the tokens, see a8n.runtime.vault
    Column("serial", Integer, nullable=False),  # counts up with every new token: who refreshes names the one he saw
    Column("expires_at", BigInteger),  # of the access token; NULL where the server does not say
    Column("scopes", Text, nullable=False, server_default=""),  # granted; separated by blanks
    Column("account", String(320), nullable=False, server_default=""),  # who signed in, where the server says
    Column("error", Text, nullable=False, server_default=""),  # why somebody has to connect anew
    Column("refresh_until", BigInteger),  # set while a process refreshes
    Column("connected_at", BigInteger, nullable=False),
)

oauth_states = Table(
    "oauth_states",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the state
    Column("credential_id", String(36), ForeignKey("credentials.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", String(36), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("session", String(36), nullable=False),
    Column("browser", String(64), nullable=False),  # SHA-256 of what the browser holds in a cookie
    Column("sealed", LargeBinary, nullable=False),  # the PKCE verifier, and where the code is sent back to
    Column("expires_at", BigInteger, nullable=False, index=True),
)

variables = Table(
    "variables",
    metadata,
    Column("project_id", String(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),  # JSON
)

kept_values = Table(  # what workflows keep by key
    "kept_values",
    metadata,
    Column("project_id", String(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("workflow_id", String(36), primary_key=True),  # empty for what the project's workflows share
    Column("key", String(300), primary_key=True),
    Column("value", LargeBinary, nullable=False),  # JSON
    Column("expires_at", BigInteger, index=True),
    Column("updated_at", BigInteger, nullable=False),
)

data_tables = Table(
    "data_tables",
    metadata,
    _id(),
    _ref("project_id", "projects"),
    Column("name", String(100), nullable=False),
    Column("columns", LargeBinary, nullable=False),  # JSON: id, name and kind of each
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
)

data_rows = Table(
    "data_rows",
    metadata,
    Column("table_id", String(36), ForeignKey("data_tables.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("place", BigInteger, nullable=False),  # rows stand in the order in which they came
    Column("data", JSON().with_variant(JSONB(), "postgresql"), nullable=False),  # values by the id of their column
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "table_id", "place"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _id(),
    _ref("workflow_id", "workflows"),
    Column("node", String(64), nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(500), nullable=False),  # as written: `orders/{id}`
    Column("shape", String(500), nullable=False),  # with every parameter as `{}`: two of one shape clash
    UniqueConstraint("method", "shape"),
    Index(None, "workflow_id"),
)

executions = Table(
    "executions",
    metadata,
    _id(),
    Column("workflow_id", String(36), nullable=False),  # no foreign key: the hot path pays for none
    Column("project_id", String(36), nullable=False),
    Column("version", Integer, nullable=False),  # 0: the draft in `document`
    Column("trigger", String(64), nullable=False),  # node id
    Column("mode", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("error", LargeBinary),  # JSON
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("parent_id", String(36)),
    Column("retry_of", String(36)),
    Column("depth", Integer, nullable=False, server_default=text("0")),
    Column("priority", Integer, nullable=False, server_default=text("1")),  # 0 interactive, 1 usual, 2 bulk
    Column("options", LargeBinary),  # JSON: document of a draft run, pins, `from`, `to`
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("claims", Integer, nullable=False, server_default=text("0")),  # since a step was last recorded
    Column("recorded", Integer, nullable=False, server_default=text("0")),  # steps at the last claim
    Column("lease_until", BigInteger),  # set while a process runs it
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("parent_node", String(64)),  # the step of the parent that waits for this one; NULL where none does
    Column("parent_path", String(200)),
    Column("slot", String(100)),  # what a concurrency limit counts by; NULL where there is no limit
    Column("slot_limit", Integer),  # how many of its slot may be active for this one to go
    Column("held", Boolean, nullable=False, server_default=false()),  # queued until its slot has room
    Index(None, "workflow_id", "id"),
    Index(
        "ix_executions_parent_id",
        "parent_id",
        sqlite_where=text("parent_id IS NOT NULL"),
        postgresql_where=text("parent_id IS NOT NULL"),
    ),
    Index(
        "ix_executions_slot",
        "slot",
        "held",
        "id",
        sqlite_where=text("slot IS NOT NULL AND finished_at IS NULL"),
        postgresql_where=text("slot IS NOT NULL AND finished_at IS NULL"),
    ),
    Index(
        "ix_executions_due",
        "status",
        "lease_until",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index(
        "ix_executions_queued",
        "held",
        "project_id",
        "priority",
        "id",
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
    Index(
        "ix_executions_running",
        "project_id",
        sqlite_where=text("status = 'running'"),
        postgresql_where=text("status = 'running'"),
    ),
    CheckConstraint(
        "status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled', 'crashed')", name="status"
    ),
)

steps = Table(
    "steps",
    metadata,
    Column("execution_id", String(36), primary_key=True),  # no foreign key, as above
    Column("page", BigInteger, primary_key=True),  # counts up; steps of later pages count more than earlier ones
    Column("recorded", Integer, nullable=False),  # how many of its steps are more than the intent to start
    Column("data", LargeBinary, nullable=False),  # JSON: a list of steps, see a8n.runtime.records.STEP
)

waits = Table(
    "waits",
    metadata,
    Column("execution_id", String(36), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("until", BigInteger),  # when the step goes on; a resume makes that now
    Column("token_hash", String(64), unique=True),  # SHA-256 of the token; NULL where only time ends the wait
    Column("resumed_at", BigInteger),  # once set, nothing else can end the wait
    Column("payload", LargeBinary),  # JSON; NULL where time ended it
    Column("kind", String(16), nullable=False, server_default=""),  # time, call, form, children, decision, retry
    Column("key_hash", String(64)),  # SHA-256 of what a reply is recognised by
    Index("ix_waits_due", "until"),
    Index("ix_waits_key_hash", "key_hash"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(100), primary_key=True),  # webhook id, or workflow id for the API
    Column("key", String(300), primary_key=True),
    Column("execution_id", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)

schedules = Table(
    "schedules",
    metadata,
    Column("workflow_id", String(36), ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("next_at", BigInteger, index=True),
    Column("cursor", LargeBinary),  # JSON: of a polling trigger
    Column("state", LargeBinary),  # JSON: what `activate` kept
    Column("owner", String(36)),
    Column("lease_until", BigInteger),
    Column("kind", String(16), nullable=False, server_default=""),  # schedule, poll, listen, webhook
    Column("fired_at", BigInteger),  # when it last started an execution, or looked
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    Column("error", Text, nullable=False, server_default=""),  # of the last failure
    Column("type", String(200), nullable=False, server_default=""),  # of the node: who lacks its plugin leaves it
    Column("wanted_by", String(36)),  # a process that holds fewer connections, and asks for this one
)

ticks = Table(
    "ticks",
    metadata,
    Column("workflow_id", String(36), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("at", BigInteger, primary_key=True),  # the time by the rule; whoever inserts the row starts the execution
    Column("execution_id", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)

files = Table(
    "files",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("execution_id", String(36), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "execution_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("user_id", String(36)),
    Column("address", String(64), nullable=False, server_default=""),
    Column("action", String(100), nullable=False),
    Column("object", String(200), nullable=False, server_default=""),
    Column("result", String(16), nullable=False),
    Column("details", Text, nullable=False, server_default="{}"),
    Column("hash", String(64), nullable=False),  # SHA-256 over the row and its predecessor's hash
)
