"""A circuit breaker per platform: when a site turns the service away, stop knocking for a while.

Closed: every fetch goes through. After ``failures_to_open`` failures of the platform's own within
``window_s`` it opens, and checks are refused with the reason that opened it. After ``open_s`` one
fetch is let through to try; its success closes the breaker, its failure opens it again. An address
counts once in that time, however often it is tried: one odd video says little about its platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from analysis.errors import VideoProblem
from analysis.fetch.address import CanonicalAddress, url_hash

_PLATFORMS_OWN = frozenset(
    {"platform.bot_check", "platform.rate_limited", "platform.changed", "platform.unreachable"}
)


class Store(Protocol):
    """What Django's cache offers, and no more. ``add`` is false where the key exists."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any, timeout: float | None = None) -> Any: ...

    def add(self, key: str, value: Any, timeout: float | None = None) -> bool: ...

    def incr(self, key: str, delta: int = 1) -> int: ...

    def delete(self, key: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    store: Store
    failures_to_open: int = 5
    window_s: int = 300
    open_s: int = 120

    def check(self, address: CanonicalAddress) -> None:
        """Raise the problem that opened the breaker, unless it is closed or may be tried."""
        platform = address.platform
        reason = self.store.get(self._key("reason", platform))
        if reason is None or self._may_try(platform):
            return
        raise VideoProblem(
            reason, f"circuit of {platform} is open", retry_after_s=float(self.open_s)
        )

    def succeeded(self, address: CanonicalAddress) -> None:
        for name in ("reason", "resting", "failures"):
            self.store.delete(self._key(name, address.platform))

    def failed(self, address: CanonicalAddress, problem: VideoProblem) -> None:
        """A private or removed video says nothing about the platform and counts for nothing."""
        platform = address.platform
        counted = self._key("counted", url_hash(address.key))
        if problem.code not in _PLATFORMS_OWN or not self.store.add(
            counted, 1, timeout=self.window_s
        ):
            return
        failures = self._key("failures", platform)
        self.store.add(failures, 0, timeout=self.window_s)
        try:
            count = self.store.incr(failures)
        except ValueError:  # it expired in between
            count = 1
        was_open = self.store.get(self._key("reason", platform)) is not None
        if was_open or count >= self.failures_to_open:
            # The reason outlives the rest, so that the first fetch after it is a trial.
            self.store.set(self._key("resting", platform), 1, timeout=self.open_s)
            self.store.set(self._key("reason", platform), problem.code, timeout=10 * self.open_s)

    def _may_try(self, platform: str) -> bool:
        """True for one caller each time a rest is over: whoever sets the next rest."""
        return self.store.add(self._key("resting", platform), 1, timeout=self.open_s)

    def _key(self, name: str, platform: str) -> str:
        return f"fetch-breaker:{name}:{platform}"
