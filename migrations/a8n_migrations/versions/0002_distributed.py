"""Child executions, concurrency slots, kinds of waits, and the ticks of schedules"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("executions", sa.Column("parent_node", sa.String(length=64)))
    op.add_column("executions", sa.Column("parent_path", sa.String(length=200)))
    op.add_column("executions", sa.Column("slot", sa.String(length=100)))
    op.add_column("executions", sa.Column("slot_limit", sa.Integer()))
    op.add_column("executions", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_executions_parent_id",
        "executions",
        ["parent_id"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_executions_slot",
        "executions",
        ["slot", "held", "id"],
        sqlite_where=sa.text("slot IS NOT NULL AND finished_at IS NULL"),
        postgresql_where=sa.text("slot IS NOT NULL AND finished_at IS NULL"),
    )

    op.create_index(
        "ix_executions_queued",
        "executions",
        ["held", "project_id", "priority", "id"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "ix_executions_running",
        "executions",
        ["project_id"],
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )

    op.add_column("waits", sa.Column("kind", sa.String(length=16), server_default="", nullable=False))
    op.add_column("waits", sa.Column("key_hash", sa.String(length=64)))
    op.create_index("ix_waits_key_hash", "waits", ["key_hash"])

    op.add_column("schedules", sa.Column("kind", sa.String(length=16), server_default="", nullable=False))
    op.add_column("schedules", sa.Column("fired_at", sa.BigInteger()))
    op.add_column("schedules", sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("schedules", sa.Column("error", sa.Text(), server_default="", nullable=False))
    op.add_column("schedules", sa.Column("type", sa.String(length=200), server_default="", nullable=False))
    op.add_column("schedules", sa.Column("wanted_by", sa.String(length=36)))

    op.create_table(
        "ticks",
        sa.Column("workflow_id", sa.String(length=36), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("execution_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "node", "at", name=op.f("pk_ticks")),
    )
    op.create_index(op.f("ix_ticks_created_at"), "ticks", ["created_at"])


def downgrade() -> None:
    op.drop_table("ticks")
    for column in ("wanted_by", "type", "error", "failures", "fired_at", "kind"):
        op.drop_column("schedules", column)
    op.drop_index("ix_waits_key_hash", "waits")
    for column in ("key_hash", "kind"):
        op.drop_column("waits", column)
    for name in ("ix_executions_running", "ix_executions_queued", "ix_executions_slot"):
        op.drop_index(name, "executions")
    op.drop_index("ix_executions_parent_id", "executions")
    for column in ("held", "slot_limit", "slot", "parent_path", "parent_node"):
        op.drop_column("executions", column)
