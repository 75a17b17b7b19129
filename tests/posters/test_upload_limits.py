"""How much a site may send: every limit is looked at before a byte is taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from detector_service.checks.models import Check
from detector_service.posters import uploads
from detector_service.posters.models import Posting, Site
from detector_service.posters.sweeping import sweep
from tests.posters.conftest import Asking
from tests.posters.contents import a_video

VIDEO = a_video(20_000)

Page = Callable[..., Asking]
Ask = Callable[[Asking], Any]


@pytest.mark.parametrize(
    ("quota", "limit"), [("uploads_at_once", 2), ("uploads_per_day", 2), ("bytes_per_day", 45_000)]
)
def test_a_site_cannot_send_more_than_it_may(
    server: Asking, site: Site, quota: str, limit: int
) -> None:
    Site.objects.update(**{quota: limit})
    assert server.announce(a_video(20_000, fill=b"1")).status_code == 201
    assert server.announce(a_video(20_000, fill=b"2")).status_code == 201
    refused = server.announce(a_video(20_000, fill=b"3"))
    assert (refused.status_code, refused.json()["code"]) == (429, "quota.used_up")
    assert refused["Retry-After"]
    assert Posting.objects.count() == 2


def go_quiet() -> None:
    """As if every sender had left six minutes ago."""
    Posting.objects.update(expires_at=F("expires_at") - timedelta(minutes=6))


@pytest.mark.parametrize(
    ("quota", "limit"), [("uploads_at_once", 2), ("uploads_per_day", 2), ("bytes_per_day", 45_000)]
)
def test_who_begins_uploads_and_leaves_them_keeps_nobody_out_for_a_day(
    server: Asking, quota: str, limit: int
) -> None:
    Site.objects.update(**{quota: limit})
    left = [server.announce(a_video(20_000, fill=fill)) for fill in (b"1", b"2")]
    assert server.announce(VIDEO).status_code == 429
    go_quiet()
    assert server.announce(VIDEO).status_code == 201
    # It comes back all the same: nothing that was begun is lost.
    assert server.patch(left[0]["Location"], 0, a_video(20_000, fill=b"1")).status_code == 204


@pytest.mark.parametrize(("quota", "limit"), [("uploads_per_day", 2), ("bytes_per_day", 45_000)])
def test_what_was_announced_and_given_up_costs_nothing(
    server: Asking, quota: str, limit: int
) -> None:
    Site.objects.update(**{quota: limit})
    for fill in (b"1", b"2", b"3", b"4"):
        announced = server.announce(a_video(20_000, fill=fill))
        assert announced.status_code == 201
        server.delete(announced["Location"])


@pytest.mark.parametrize(("quota", "limit"), [("uploads_per_day", 2), ("bytes_per_day", 45_000)])
def test_what_came_counts_for_a_day_whatever_became_of_it(
    server: Asking, quota: str, limit: int
) -> None:
    Site.objects.update(**{quota: limit})
    for fill in (b"1", b"2"):
        content = a_video(20_000, fill=fill)
        where = server.announce(content)["Location"]
        server.patch(where, 0, content[:19_000])
        server.delete(where)
    go_quiet()
    assert server.announce(VIDEO).status_code == 429


def test_an_upload_that_is_fed_with_nothing_holds_no_place(server: Asking) -> None:
    Site.objects.update(uploads_at_once=1)
    where = server.announce(a_video(20_000, fill=b"1"))["Location"]
    go_quiet()
    of_nothing = {"Content-Type": "application/offset+octet-stream", "Content-Length": "0"}
    assert server.patch(where, 0, b"", **of_nothing).status_code == 204
    assert server.announce(VIDEO).status_code == 201


def test_a_file_that_is_too_large_is_refused_before_any_byte(server: Asking, settings: Any) -> None:
    settings.MAX_VIDEO_BYTES = 19_999
    refused = server.announce(VIDEO)
    assert (refused.status_code, refused.json()["code"]) == (413, "content.too_large")
    Site.objects.update(max_file_bytes=999)
    assert server.announce(a_video(1000)).status_code == 413
    assert not Posting.objects.exists()


def test_what_was_let_in_must_still_fit_on_the_disk(
    server: Asking, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("usage", (), {"free": 50_000})
    monkeypatch.setattr("detector_service.posters.postings.shutil.disk_usage", lambda _: usage)
    settings.MIN_FREE_DISK_BYTES = 5_000
    assert server.announce(a_video(20_000, fill=b"1")).status_code == 201
    assert server.announce(a_video(20_000, fill=b"2")).status_code == 201
    refused = server.announce(a_video(20_000, fill=b"3"))
    assert (refused.status_code, refused.json()["code"]) == (503, "service.busy")
    go_quiet()
    assert server.announce(a_video(20_000, fill=b"3")).status_code == 201


# -- the minute's budget ----------------------------------------------------------------------


@pytest.fixture
def two_a_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a minute that does not end."""
    monkeypatch.setattr("detector_service.checks.quota.time.time", lambda: 1_800_000_010.0)
    Site.objects.filter(pk=site.pk).update(asks_per_minute=2)


@pytest.mark.usefixtures("two_a_minute")
def test_asking_too_often_is_refused_and_leaves_nothing(server: Asking) -> None:
    told = server.announce(VIDEO)
    assert (told.status_code, told["RateLimit"]) == (201, '"site";r=1;t=50')
    assert server.post("postings", {"url": "https://v.example/1"}).status_code == 202
    for refused in (
        server.announce(a_video(999)),
        server.post("postings", {"url": "https://v.example/2"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (429, "service.rate_limited")
        assert (refused["Retry-After"], refused["RateLimit"]) == ("50", '"site";r=0;t=50')
    assert Posting.objects.count() == 2
    assert Check.objects.count() == 1


@pytest.mark.usefixtures("two_a_minute")
@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda visitor: visitor.announce(VIDEO), 201),  # its own answer, once more
        (lambda visitor: visitor.announce(a_video(999)), 409),
        (lambda visitor: visitor.post("postings", {"url": "https://v.example/1"}), 409),
        (lambda visitor: visitor.announce(VIDEO, reference="draft 18"), 403),
    ],
)
def test_a_spent_token_uses_up_nothing_more(page: Page, ask: Ask, status: int) -> None:
    visitor = page(reference="draft 17")
    assert visitor.announce(VIDEO).status_code == 201
    assert [ask(visitor).status_code for _ in range(3)] == [status] * 3
    assert page().announce(a_video(9_000)).status_code == 201


@pytest.mark.usefixtures("two_a_minute")
@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda visitor: visitor.announce(VIDEO, media_type="text/html"), 415),
        (lambda visitor: visitor.announce(VIDEO, size_bytes=10**12), 413),
        (lambda visitor: visitor.announce(VIDEO, callback_url="https://evil.example/"), 400),
        (lambda visitor: visitor.post("postings", {"url": "ftp://v.example/1"}), 422),
    ],
)
def test_a_token_that_asks_for_what_is_refused_uses_up_nothing(
    page: Page, ask: Ask, status: int
) -> None:
    visitor = page()
    assert [ask(visitor).status_code for _ in range(3)] == [status] * 3
    assert page().announce(VIDEO).status_code == 201


@pytest.mark.usefixtures("two_a_minute")
def test_a_token_that_is_too_old_uses_up_nothing(page: Page, settings: Any) -> None:
    visitor, another = page(), page()
    settings.PAGE_TOKEN_S = -1
    assert [visitor.announce(VIDEO).status_code for _ in range(3)] == [401] * 3
    settings.PAGE_TOKEN_S = 600
    assert another.announce(VIDEO).status_code == 201


@pytest.mark.usefixtures("two_a_minute")
@pytest.mark.parametrize("quota", ["uploads_at_once", "uploads_per_day"])
def test_what_there_is_no_quota_for_uses_up_nothing(page: Page, quota: str) -> None:
    Site.objects.update(**{quota: 0})
    assert [page().announce(VIDEO).status_code for _ in range(3)] == [429] * 3
    assert page().post("postings", {"url": "https://v.example/1"}).status_code == 202


@pytest.mark.usefixtures("two_a_minute")
def test_of_many_that_use_a_token_at_once_one_is_charged(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detector_service.posters.postings._asked_before", lambda *_, **__: None)
    visitor = page()
    assert [visitor.announce(VIDEO).status_code for _ in range(3)] == [201, 409, 409]
    assert page().announce(VIDEO).status_code == 201


@pytest.mark.usefixtures("two_a_minute")
def test_what_visitors_use_up_is_not_the_servers(page: Page, server: Asking) -> None:
    contents = [a_video(9_000, fill=fill) for fill in (b"1", b"2", b"3")]
    assert [page().announce(content).status_code for content in contents] == [201, 201, 429]
    assert [server.announce(content).status_code for content in contents] == [201, 201, 429]


# -- a full queue -----------------------------------------------------------------------------


def test_a_full_queue_keeps_the_bytes_until_there_is_room(server: Asking, settings: Any) -> None:
    settings.MAX_WAITING_CHECKS = 0
    announced = server.announce(VIDEO)
    assert server.patch(announced["Location"], 0, VIDEO).status_code == 503
    settings.MAX_WAITING_CHECKS = 10
    assert server.head(announced["Location"]).status_code == 200
    assert server.get(f"postings/{announced.json()['id']}").json()["state"] == "checking"


def test_what_waits_for_room_does_not_keep_others_from_expiring(
    server: Asking, settings: Any
) -> None:
    settings.MAX_WAITING_CHECKS = 0
    whole, left = server.announce(VIDEO), server.announce(a_video(20_000, fill=b"1"))
    assert server.patch(whole["Location"], 0, VIDEO).status_code == 503
    Posting.objects.filter(received_bytes=0).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    sweep()
    assert server.head(left["Location"]).status_code == 410
    settings.MAX_WAITING_CHECKS = 10
    sweep()
    assert server.get(f"postings/{whole.json()['id']}").json()["state"] == "checking"


def test_an_upload_that_breaks_its_sweep_does_not_keep_others_from_theirs(
    server: Asking, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_WAITING_CHECKS = 0
    contents = [a_video(20_000, fill=fill) for fill in (b"1", b"2")]
    broken, other = [server.announce(content) for content in contents]
    for announced, content in zip((broken, other), contents, strict=True):
        server.patch(announced["Location"], 0, content)
    settings.MAX_WAITING_CHECKS = 10
    copy = uploads.files.copy_for_work

    def breaks_one(posting: Posting) -> str:
        if posting.public_id == broken.json()["id"]:
            raise OSError("no space")
        return copy(posting)

    monkeypatch.setattr(uploads.files, "copy_for_work", breaks_one)
    sweep()
    states = {posting.public_id: posting.state for posting in Posting.objects.all()}
    assert states == {broken.json()["id"]: "uploading", other.json()["id"]: "checking"}
