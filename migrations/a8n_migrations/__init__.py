"""Alembic scripts for the tables of a8n. Run by `a8n db upgrade`, and by itself when the embedded mode starts."""

HEAD = "0005"
"""The last revision. A start-up compares it with the database's before it imports Alembic."""
