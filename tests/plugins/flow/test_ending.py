"""Stop with error, and No operation."""

from __future__ import annotations

import pytest

from a8n import FileRef, Item, StopError
from a8n.testing import run_sync
from a8n_flow import NoOperation, StopWithError


def test_it_stops_with_the_message() -> None:
    with pytest.raises(StopError, match="Order 7 has no lines"):
        run_sync(StopWithError, {"message": {"$t": "Order {{ json.id }} has no lines"}}, [{"id": 7}])


@pytest.mark.parametrize("on_error", ["continue", "output"])
def test_it_stops_whatever_the_settings_say(on_error: str) -> None:
    with pytest.raises(StopError, match="Stopped"):
        run_sync(StopWithError, {"message": " "}, settings={"on_error": on_error})


def test_nothing_is_done_to_items_and_files() -> None:
    item = Item({"a": None}, {"f": FileRef(hash="a" * 64)})
    assert run_sync(NoOperation, {}, [item])["main"] == [item]
