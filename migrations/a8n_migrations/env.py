"""Runs the scripts over the connection, and inside the transaction, that `a8n.runtime.revisions` opened."""

from alembic import context

from a8n.runtime.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
)
context.run_migrations()
