"""The Redis of the tests: empty for each test, emptied and restarted where a test wants that."""

from __future__ import annotations

import pytest
import redis

from tests.redis_server import RedisServer


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_it_empty(redis_url: str, turn: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", turn)


def test_a_restart_forgets(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("kept", "no")
        redis_server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("kept")
        redis_server.start()
        assert client.get("kept") is None
        client.set("kept", "no")
        redis_server.flush()
        assert client.get("kept") is None
