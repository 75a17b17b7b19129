"""How much one key or address may ask for in a minute.

Asking makes work for the workers, and a try to sign in may be a guess at a password: both are
counted for all processes where they share a cache. Reading is cheap and counted in each process
alone, so that a read costs no round trip.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from detector_service.checks.problems import Refused

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Spent:
    policy: str
    limit: int
    used: int
    resets_in_s: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    def refuse_if_exceeded(self) -> None:
        if self.used > self.limit:
            raise Refused("service.rate_limited", retry_after_s=self.resets_in_s)


def spend_read(who: str) -> Spent:
    return _spend("read", who, limit=settings.READS_PER_MINUTE, shared=False)


def spend_ask(who: str) -> Spent:
    return _spend("ask", who, limit=settings.ASKS_PER_MINUTE, shared=bool(settings.REDIS_URL))


def spend_for_site(who: str, *, per_minute: int) -> Spent:
    """A site has budgets of its own: all who post in its pages share one, its server has one."""
    return _spend("site", who, limit=per_minute, shared=bool(settings.REDIS_URL))


def spend_sign_in(who: str) -> Spent:
    return _spend(
        "sign-in", who, limit=settings.SIGN_INS_PER_MINUTE, shared=bool(settings.REDIS_URL)
    )


def _spend(policy: str, who: str, *, limit: int, shared: bool) -> Spent:
    window, into_it_s = divmod(time.time(), WINDOW_S)
    count = _count_for_all if shared else _count_here
    return Spent(
        policy=policy,
        limit=limit,
        used=count(f"{policy}:{who}", int(window)),
        resets_in_s=max(1, round(WINDOW_S - into_it_s)),
    )


class _Window:
    """The counts of one minute in this process; the next minute begins with none."""

    def __init__(self) -> None:
        self.number = 0
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()


_here = _Window()


def _count_here(what: str, window: int) -> int:
    with _here.lock:
        if _here.number != window:
            _here.number = window
            _here.counts.clear()
        _here.counts[what] += 1
        return _here.counts[what]


def _count_for_all(what: str, window: int) -> int:
    key = f"quota:{window}:{what}"
    cache.add(key, 0, WINDOW_S)
    try:
        return int(cache.incr(key))
    except ValueError:  # the window ended between the two
        return 1
