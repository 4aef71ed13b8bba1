"""Clearing sheets."""

from __future__ import annotations

from typing import Any

from a8n import Context, Example, Field, Node
from a8n_google.api import call
from a8n_google.cells import area, values_path
from a8n_google.credentials import Account
from a8n_google.sheets import FOUND, SheetChoices, Spreadsheet


class ClearRows(SheetChoices, Node):
    """Clear the rows of a sheet. Formats stay, and the header row unless it shall go, too."""

    key = "google.sheets_clear"
    title = "Clear a sheet"
    group = "app"
    subtitle = "{sheet}"
    effect = "idempotent"
    examples = (Example("All orders", FOUND, needs=("google.account",)),)

    account: Account = Field(description="Account that clears.")
    spreadsheet: Spreadsheet = Field(min_length=1, description="Spreadsheet: its id or its address.")
    sheet: str = Field(min_length=1, max_length=200, description="Name of the sheet.")
    header: bool = Field(False, description="Clear the header row, too.")

    async def run(self, ctx: Context) -> Any:
        """Clear it; the item goes on."""
        path = values_path(self.spreadsheet, area(self.sheet, "" if self.header else "A2:ZZZ")) + ":clear"
        await call(ctx.http, self.account, "POST", "sheets", path, json={}, where="sheet")
        return ctx.item
