from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from analysis.errors import VideoProblem
from analysis.fetch.address import CanonicalAddress
from analysis.fetch.breaker import CircuitBreaker
from analysis.fetch.tool import tool_age


class Shelf:
    """A store whose clock is turned by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._kept: dict[str, tuple[Any, float]] = {}

    def get(self, key: str, default: Any = None) -> Any:
        value, until_s = self._kept.get(key, (default, self.now_s + 1))
        return value if self.now_s < until_s else default

    def set(self, key: str, value: Any, timeout: float | None = None) -> None:
        self._kept[key] = (value, self.now_s + (timeout or 1e9))

    def add(self, key: str, value: Any, timeout: float | None = None) -> bool:
        if self.get(key) is not None:
            return False
        self.set(key, value, timeout)
        return True

    def incr(self, key: str, delta: int = 1) -> int:
        value, until_s = self._kept[key]
        if self.now_s >= until_s:
            raise ValueError(key)
        self._kept[key] = (value + delta, until_s)
        return value + delta

    def delete(self, key: str) -> None:
        self._kept.pop(key, None)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def breaker(shelf: Shelf) -> CircuitBreaker:
    return CircuitBreaker(shelf, failures_to_open=3, window_s=60, open_s=30)


def at(number: int, platform: str = "youtube") -> CanonicalAddress:
    return CanonicalAddress(
        url=f"https://{platform}.example/{number}", key=f"{platform}:{number}", platform=platform
    )


A_VIDEO, ELSEWHERE = at(-1), at(-1, "vimeo")
_numbers = itertools.count()


def fail(breaker: CircuitBreaker, times: int, code: str = "platform.bot_check") -> None:
    """Each time at another address."""
    for number in itertools.islice(_numbers, times):
        breaker.failed(at(number), VideoProblem(code))


def test_it_opens_after_enough_failures_and_says_why(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    breaker.check(A_VIDEO)
    fail(breaker, 1)

    with pytest.raises(VideoProblem) as caught:
        breaker.check(A_VIDEO)
    assert caught.value.code == "platform.bot_check"
    assert caught.value.retry_after_s == 30
    breaker.check(ELSEWHERE)


def test_failures_far_apart_do_not_add_up(breaker: CircuitBreaker, shelf: Shelf) -> None:
    fail(breaker, 2)
    shelf.now_s = 61
    fail(breaker, 2)

    breaker.check(A_VIDEO)


def test_one_video_that_is_tried_again_and_again_closes_nobody_out(
    breaker: CircuitBreaker, shelf: Shelf
) -> None:
    for _ in range(3):
        for number in (1, 2):
            breaker.failed(at(number), VideoProblem("platform.changed"))
        shelf.now_s += 15

    breaker.check(A_VIDEO)


def test_what_a_video_is_says_nothing_about_its_platform(breaker: CircuitBreaker) -> None:
    fail(breaker, 50, code="content.private")

    breaker.check(A_VIDEO)


def test_after_a_rest_one_fetch_tries_and_the_others_wait(
    breaker: CircuitBreaker, shelf: Shelf
) -> None:
    fail(breaker, 3)
    shelf.now_s = 31

    breaker.check(A_VIDEO)
    with pytest.raises(VideoProblem):
        breaker.check(A_VIDEO)


def test_its_failure_opens_again_at_once_and_its_success_closes(
    breaker: CircuitBreaker, shelf: Shelf
) -> None:
    fail(breaker, 3)
    shelf.now_s = 100
    breaker.check(A_VIDEO)
    fail(breaker, 1)
    with pytest.raises(VideoProblem):
        breaker.check(A_VIDEO)

    shelf.now_s = 140
    breaker.check(A_VIDEO)
    breaker.succeeded(A_VIDEO)
    breaker.check(A_VIDEO)
    breaker.check(A_VIDEO)


def test_the_tool_knows_its_age() -> None:
    age = tool_age(today=date(2099, 1, 1))

    assert age.version.startswith(str(age.released_on.year))
    assert age.age_days == (date(2099, 1, 1) - age.released_on).days
    assert age.is_old
