"""One server for the tests of a module, signed in as its owner."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.live.server import Server
from tests.live.site import SlowSite


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("a8n")).start()
    server.sign_up()
    yield server
    server.close()


@pytest.fixture
def site() -> Iterator[SlowSite]:
    site = SlowSite()
    with contextlib.closing(site.socket):
        yield site
