"""The forms of waiting steps, found by the tokens of their resume URLs."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from a8n.forms import Form
from a8n.runtime.database import Database
from a8n.runtime.journal import Journals
from a8n.runtime.records import decode, unpage
from a8n.runtime.schema import steps, waits
from a8n.runtime.waits import digest

_w = waits.c


class WaitingForm(NamedTuple):
    """A form, and whether it can still be sent."""

    form: Form
    open: bool


async def find(database: Database, journals: Journals, token: str) -> WaitingForm | None:
    """The form that a step waits for at this token; None where the token is unknown or waits for something else.

    Raises NodeError when the step's record is no longer in the blob store.
    """
    query = select(_w.execution_id, _w.node, _w.path, _w.resumed_at)
    query = query.where(_w.token_hash == digest(token), _w.kind == "form")
    async with database.read() as connection:
        wait = (await connection.execute(query)).one_or_none()
        if wait is None:
            return None
        found = select(steps.c.data).where(steps.c.execution_id == wait.execution_id).order_by(steps.c.page.desc())
        pages = (await connection.execute(found)).scalars().all()
    for step in (step for page in pages for step in reversed(unpage(page))):
        if (step.node, step.path, step.status) == (wait.node, wait.path, "waiting"):
            record = decode(await journals.data(step))[3]
            if record is not None and record.form is not None:
                return WaitingForm(record.form, wait.resumed_at is None)
    return None
