"""Searching workflows, favourites, shared credentials, and the tokens of OAuth2"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workflows", sa.Column("search", sa.Text(), server_default="", nullable=False))
    op.add_column("workflows", sa.Column("uses", sa.Text(), server_default="", nullable=False))
    _index_drafts()
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("workflow_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_favourites_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_favourites_workflow_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "workflow_id", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_workflow_id"), "favourites", ["workflow_id"])

    op.add_column("credentials", sa.Column("last_used_at", sa.BigInteger()))
    op.create_table(
        "credential_shares",
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_credential_shares_credential_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_credential_shares_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("credential_id", "project_id", name=op.f("pk_credential_shares")),
    )
    op.create_index(op.f("ix_credential_shares_project_id"), "credential_shares", ["project_id"])
    op.create_table(
        "oauth_tokens",
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("scopes", sa.Text(), server_default="", nullable=False),
        sa.Column("account", sa.String(length=320), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("refresh_until", sa.BigInteger()),
        sa.Column("connected_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_oauth_tokens_credential_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_oauth_tokens")),
    )
    op.create_table(
        "oauth_states",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("session", sa.String(length=36), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_oauth_states_credential_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_oauth_states_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_states")),
    )
    op.create_index(op.f("ix_oauth_states_expires_at"), "oauth_states", ["expires_at"])


def downgrade() -> None:
    for table in ("oauth_states", "oauth_tokens", "credential_shares", "favourites"):
        op.drop_table(table)
    op.drop_column("credentials", "last_used_at")
    for column in ("uses", "search"):
        op.drop_column("workflows", column)


def _index_drafts() -> None:
    """Fill in what workflows are searched by, as it was computed when these columns came."""
    table = sa.table("workflows", *(sa.column(name) for name in ("id", "draft", "tags", "search", "uses")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table.c.id, table.c.draft, table.c.tags)).all():
        draft = json.loads(bytes(row.draft))
        words, uses = [draft.get("name", ""), draft.get("description", ""), *row.tags.split("\n")], []
        for node in draft.get("nodes", ()):
            params = node.get("params", {})
            words += [node["name"], node["type"], params.get("path", "")]
            uses += [node["type"], *_credentials(params)]
        text = "\n".join(dict.fromkeys(word.casefold() for word in words if isinstance(word, str) and word))
        framed = "".join(f"\n{use}" for use in dict.fromkeys(uses)) + "\n" if uses else ""
        changed = sa.update(table).where(table.c.id == row.id).values(search=text, uses=framed)
        connection.execute(changed)


def _credentials(value: object) -> list[str]:
    if isinstance(value, dict):
        reference = value.get("$credential")
        if len(value) == 1 and isinstance(reference, str):
            return [reference]
        return [found for child in value.values() for found in _credentials(child)]
    if isinstance(value, list):
        return [found for child in value for found in _credentials(child)]
    return []
