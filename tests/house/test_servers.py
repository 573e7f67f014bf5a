"""The servers tests start for themselves."""

import redis

from tests.support.requires import requires_redis


@requires_redis
def test_private_redis_is_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as server:
        assert server.dbsize() == 0
