"""Which video is behind an address is known once it was fetched; from then on they are one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from detector_service.checks.asker import Asker
from detector_service.checks.models import Address, Check
from detector_service.checks.same_video import name_of
from detector_service.checks.submit import submit_address
from tests.checks.engine import Engine

pytestmark = pytest.mark.django_db

POST, REPOST = "https://x.com/someone/status/1111111", "https://x.com/another/status/2222222"
PAGE = "https://news.example/an-article"

Ask = Callable[..., Check]


@pytest.fixture
def ask(engine: Engine, asker: Asker, run: Any) -> Ask:
    """What becomes of an address behind which the fetch finds these bytes, under this name."""

    def ask(
        url: str, data: bytes = b"bytes", platform: str = "twitter", number: str = "7"
    ) -> Check:
        engine.data, engine.platform, engine.platform_id = data, platform, number
        return run(submit_address(url=url, asker=asker).check)

    return ask


def old() -> Any:
    return timezone.now() - timedelta(days=365)


def test_two_addresses_of_one_video_have_one_verdict(engine: Engine, ask: Ask) -> None:
    first = ask(POST)
    again = ask(REPOST, b"the same video in another size")
    assert again.finding == first.finding
    assert engine.looked == 1


def test_a_video_that_changed_changed_at_all_its_addresses(
    engine: Engine, ask: Ask, asker: Asker
) -> None:
    for url in (POST, REPOST, PAGE):
        ask(url)
    Address.objects.filter(url__contains="1111111").update(fetched_at=old())
    newer = ask(POST, b"its author replaced the video")
    assert engine.looked == 2
    for url in (REPOST, PAGE):
        told = submit_address(url=url, asker=asker).check
        assert (told.state, told.finding) == (Check.State.DONE, newer.finding)


def test_a_page_that_shows_a_video_is_told_what_is_known_of_it(engine: Engine, ask: Ask) -> None:
    assert ask(PAGE).finding == ask(POST).finding
    engine.looked = 0
    assert ask("https://short.example/abc", b"other bytes").finding == ask(POST).finding
    assert engine.looked == 0


def test_a_page_elsewhere_says_nothing_about_a_platform_s_video(engine: Engine, ask: Ask) -> None:
    claimed = ask("https://hostile.example/", b"bytes of its own")
    post = ask(POST)
    assert post.finding != claimed.finding
    Address.objects.filter(platform="hostile.example").update(fetched_at=old())
    Address.objects.filter(platform="twitter").update(fetched_at=old())
    ask("https://hostile.example/", b"other bytes of its own")
    assert Address.objects.get(platform="twitter").video == post.video


def test_an_old_verdict_speaks_for_no_other_address(engine: Engine, ask: Ask) -> None:
    ask(POST)
    Address.objects.update(fetched_at=old())
    ask(REPOST, b"the same video in another size")
    assert engine.looked == 2


def test_numbers_that_need_a_host_join_nothing(engine: Engine, ask: Ask) -> None:
    """Anybody can run a PeerTube and give any number to any video."""
    uuid = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
    ask("https://tube.example/w/1", b"one", "peertube", uuid)
    ask("https://hostile.example/w/1", b"another", "peertube", uuid)
    assert engine.looked == 2
    assert set(Address.objects.values_list("found_as", flat=True)) == {""}


@pytest.mark.parametrize("number", ["", "x" * 101])
def test_a_name_without_a_number_is_none(number: str) -> None:
    assert name_of("youtube", number) == ""
    assert name_of("youtube", "dQw4w9WgXcQ") == "youtube:dQw4w9WgXcQ"
