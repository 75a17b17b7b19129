"""A cache that is away, full or read-only is one that remembers nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache.backends.redis import RedisCacheClient
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisSilent

from detector_service.spare_cache import SpareFileCache, SpareRedisCache


class Redis:
    """It can be read, and holds nothing; what would be written is refused."""

    def __init__(self, *, refusal: RedisError) -> None:
        self.refusal = refusal

    def get(self, key: str) -> None:
        return None

    def mget(self, keys: list[str]) -> list[None]:
        return [None for _ in keys]

    def exists(self, key: str) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        def refused(*args: Any, **kwargs: Any) -> None:
            raise self.refusal

        return refused


@pytest.fixture(
    params=[
        RedisAway("Connection refused."),
        RedisSilent("Timeout reading from socket"),
        OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        ReadOnlyError("You can't write against a read only replica."),
    ],
    ids=lambda refusal: type(refusal).__name__,
)
def spare(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SpareRedisCache:
    redis = Redis(refusal=request.param)
    monkeypatch.setattr(RedisCacheClient, "get_client", lambda self, key=None, write=False: redis)
    return SpareRedisCache("redis://cache.example", {})


def test_nothing_is_remembered_and_nothing_breaks(spare: SpareRedisCache) -> None:
    spare.set("a", 1)
    assert spare.get("a", "nothing") == "nothing"
    assert spare.set_many({"a": 1}) == ["a"]
    assert spare.get_many(["a"]) == {}
    assert not spare.touch("a")
    assert not spare.delete("a")
    spare.delete_many(["a"])
    assert not spare.has_key("a")


def test_what_is_counted_begins_again_each_time(spare: SpareRedisCache) -> None:
    for _ in range(2):
        assert spare.add("count", 0)
        assert spare.incr("count") == 1


def test_nothing_breaks_where_no_file_can_be_written_or_read(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    spare = SpareFileCache(str(folder), {})
    folder.rmdir()
    folder.touch()
    spare.set("a", 1)
    assert spare.get("a", "nothing") == "nothing"
    assert spare.get_many(["a"]) == {}
    assert not spare.touch("a") and not spare.has_key("a") and not spare.delete("a")
    for _ in range(2):
        assert spare.add("count", 0)
        assert spare.incr("count") == 1
