"""A person shown in a video asks to be forgotten: nothing that a site sent names them any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from detector_service.checks import overrides
from detector_service.checks.models import Check, Video
from detector_service.posters import answering, callbacks, charts
from detector_service.posters.models import Callback, Posting, Site
from detector_service.review import erasing
from tests.posters.callbacks.conftest import put_news
from tests.posters.conftest import Asking
from tests.posters.contents import a_video
from tests.review.conftest import someone

VIDEO = a_video()
NAME = "Ada Example.mp4"
ADDRESS = "https://video.example/watch?v=ada-example"

Finish = Callable[..., Check]


@pytest.fixture
def asked(server: Asking, finish: Finish) -> list[dict[str, Any]]:
    """Once with a file and once with an address: the one was told, the other is still to be."""
    Site.objects.update(callback_url="https://site.example/hook")
    postings = [
        server.upload(VIDEO, file_name=NAME, reference="draft 17"),
        server.post("postings", {"url": ADDRESS}).json(),
    ]
    told = [finish(posting) for posting in postings]
    answering.settle_due()
    Check.objects.update(video=told[0].video, finding=told[0].finding)  # the same bytes lie there
    Callback.objects.filter(posting__url="").update(
        next_attempt_at=None, delivered_at=timezone.now()
    )
    assert Callback.objects.count() == 2
    return postings


def erase() -> None:
    video = Check.objects.latest("pk").video
    assert video is not None
    erasing.erase(video=video, by=someone("administrator"), reason="She asked.")


def test_neither_a_name_nor_an_accusation_is_left(asked: list[dict[str, Any]]) -> None:
    erase()
    assert not Callback.objects.exists()
    assert set(Posting.objects.values_list("url", "file_name")) == {("", "")}
    assert Posting.objects.get(reference="draft 17").site is not None


def test_a_courier_on_its_round_tells_no_name_that_was_erased_meanwhile(
    asked: list[dict[str, Any]], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def send(url: str, *, body: str, headers: Any) -> int:
        told.append(body)
        if len(told) == 1:
            erase()
        return 204

    monkeypatch.setattr(callbacks, "send", send)
    put_news(site, "https://site.example/hook")
    Callback.objects.update(next_attempt_at=timezone.now(), delivered_at=None)
    first = Callback.objects.latest("pk")
    Callback.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() - timedelta(hours=1))
    callbacks.deliver(site.pk)
    assert told == [first.body]


def test_its_site_hears_that_nothing_is_said_any_more(
    asked: list[dict[str, Any]], server: Asking
) -> None:
    erase()
    assert answering.settle_changed() == 2
    assert answering.settle_changed() == 0
    for callback in Callback.objects.all():
        news = json.loads(callback.body)
        assert callback.kind == Callback.Kind.CHANGED
        assert (news["data"]["state"], news["data"]["label"]) == ("failed", None)
        assert news["data"]["problem"]["code"] == "video.erased"
        assert NAME not in callback.body and ADDRESS not in callback.body
    for posting, kind in zip(asked, ("upload", "address"), strict=True):
        told = server.get(f"postings/{posting['id']}").json()
        assert told["problem"]["code"] == "video.erased"
        assert told["source"]["kind"] == kind


def test_an_address_that_was_forgotten_is_no_file_that_was_known(
    asked: list[dict[str, Any]], site: Site
) -> None:
    before = charts.usage_of(site)
    erase()
    after = charts.usage_of(site)
    assert (after.asked, after.known_at_once) == (before.asked, before.known_at_once) == (2, 0)


def test_who_asks_for_a_site_anew_is_told_the_same(
    asked: list[dict[str, Any]], server: Asking, finish: Finish
) -> None:
    erase()
    posting = server.upload(VIDEO)
    if posting["state"] == "checking":
        finish(posting)
    told = server.get(f"postings/{posting['id']}").json()
    assert (told["state"], told["problem"]["code"]) == ("failed", "video.erased")


def test_it_goes_with_the_rest_or_not_at_all(
    asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(overrides, "set_override", breaks)
    with pytest.raises(RuntimeError):
        erase()
    assert Callback.objects.count() == 2
    assert Posting.objects.filter(file_name=NAME).exists()
    assert Video.objects.filter(findings__isnull=False).exists()
