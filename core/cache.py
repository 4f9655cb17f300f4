"""The cache on Redis, which the shop goes on without while Redis is away or does not answer.

What is cached is counters of allauth and marks that spare work, so each process then keeps its own, in its memory: a
brake on guessing that counts for each process by itself is better than none, and better than a log-in that nobody can
use. One caller every few seconds asks Redis again, so that not every request waits for a connection that hangs. What
was written meanwhile is taken out of Redis before it is read again: there stands what was true before.

Sessions and the limits of core.limits are in the database alone, where log-outs and stock have to be right at once.
"""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.retry import Retry

from core.outages import Outage

# Nothing that was kept here in an outage is believed for longer.
_KEPT_SECONDS = 300
# More keys than an outage of hours has; beyond, the values in Redis end by their own time.
_MOST_MISSED = 100_000


class CacheOutage(Outage):
    """The outage of a cache's Redis: what takes its place, and what Redis was not told."""

    def __init__(self, server: str) -> None:
        super().__init__("cache")
        self.own = LocMemCache(f"outage of {server}", {"OPTIONS": {"MAX_ENTRIES": 10_000}})
        self._missed: set[str] = set()

    def begin(self, error: Exception) -> bool:
        is_news = super().begin(error)
        if is_news:
            self.own.clear()
        return is_news

    def miss(self, *keys: str) -> None:
        """Remember what Redis was not told."""
        if len(self._missed) < _MOST_MISSED:
            self._missed.update(keys)

    def take_missed(self) -> list[str]:
        """What Redis was not told; the caller tells it now."""
        keys, self._missed = list(self._missed), set()
        return keys


# One for each server and the whole process: Django makes a cache for each thread.
_outages: dict[str, CacheOutage] = {}


class _Client(RedisCacheClient):
    """Asks Redis, or the process's own memory while Redis is away. Its methods are those that Django 5.2 calls."""

    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        self.outage = _outages.setdefault(servers[0], CacheOutage(servers[0]))

    def get(self, key: Any, default: Any) -> Any:
        return self._ask(lambda: super(_Client, self).get(key, default), lambda own: own.get(key, default))

    def get_many(self, keys: Any) -> Any:
        keys = list(keys)
        return self._ask(lambda: super(_Client, self).get_many(keys), lambda own: own.get_many(keys))

    def has_key(self, key: Any) -> bool:
        return bool(self._ask(lambda: super(_Client, self).has_key(key), lambda own: own.has_key(key)))

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return bool(
            self._ask(
                lambda: super(_Client, self).add(key, value, timeout),
                lambda own: own.add(key, value, _short(timeout)),
                key,
            )
        )

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._ask(
            lambda: super(_Client, self).set(key, value, timeout), lambda own: own.set(key, value, _short(timeout)), key
        )

    def set_many(self, data: Any, timeout: Any) -> None:
        self._ask(
            lambda: super(_Client, self).set_many(data, timeout), lambda own: own.set_many(data, _short(timeout)), *data
        )

    def touch(self, key: Any, timeout: Any) -> bool:
        return bool(
            self._ask(
                lambda: super(_Client, self).touch(key, timeout), lambda own: own.touch(key, _short(timeout)), key
            )
        )

    def incr(self, key: Any, delta: Any) -> int:
        return int(self._ask(lambda: super(_Client, self).incr(key, delta), lambda own: own.incr(key, delta), key))

    def delete(self, key: Any) -> bool:
        return bool(self._ask(lambda: super(_Client, self).delete(key), lambda own: own.delete(key), key))

    def delete_many(self, keys: Any) -> None:
        keys = list(keys)
        self._ask(lambda: super(_Client, self).delete_many(keys), lambda own: own.delete_many(keys), *keys)

    def clear(self) -> bool:
        return bool(self._ask(super().clear, lambda own: own.clear()))

    def _ask(self, redis: Callable[[], Any], own: Callable[[LocMemCache], Any], *written: str) -> Any:
        outage = self.outage
        if outage.may_ask():
            try:
                if missed := outage.take_missed() if outage.is_on else []:
                    self._forget(missed)
                answer = redis()
            except (RedisError, OSError) as error:
                outage.begin(error)
            else:
                outage.end()
                return answer
        outage.miss(*written)
        return own(outage.own)

    def _forget(self, keys: list[str]) -> None:
        try:
            super().delete_many(keys)
        except (RedisError, OSError):
            self.outage.miss(*keys)
            raise


def _short(timeout: float | None) -> float:
    return _KEPT_SECONDS if timeout is None else min(timeout, _KEPT_SECONDS)


class FallbackRedisCache(RedisCache):
    """Django's cache on Redis, with this module's client."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
        # One more try for a connection that Redis closed meanwhile; none for an answer that does not come.
        retry = Retry(NoBackoff(), retries=1, supported_errors=(NoConnection,))
        seconds = settings.REDIS_TIMEOUT_SECONDS
        timeouts = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": retry}
        self._options: dict[str, Any] = timeouts | params.get("OPTIONS", {})

    @property
    def is_degraded(self) -> bool:
        """Whether this process goes on without Redis at the moment."""
        return cast(_Client, self._cache).outage.is_on
