"""The routes of the API, one module for each area; `table` is all of them."""

from __future__ import annotations

from a8n_web.routes import Route, checked


def table() -> list[Route]:
    """The one route table. Raises RouteError where it is not sound."""
    from a8n_web.api import (
        bulk,
        catalogue,
        credentials,
        data,
        executions,
        expressions,
        filing,
        health,
        keys,
        mcp,
        oauth,
        parts,
        projects,
        recorded,
        runs,
        sharing,
        tables,
        transfer,
        triggers,
        users,
        versions,
        workflows,
    )

    areas = (
        users, keys, projects, workflows, filing, transfer, parts, versions, triggers, runs, executions, bulk, data,
        recorded, expressions, credentials, oauth, sharing, tables, catalogue, mcp, health,
    )  # fmt: skip
    return checked(route for area in areas for route in area.routes)
