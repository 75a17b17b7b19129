"""The file of a case: kept until it is decided, played by those who decide, learnt from after."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from detector_service.checks import keeping
from detector_service.checks.models import Video
from detector_service.review.models import Case
from tests.review.conftest import let_time_pass, opened, overturn, signed_in, someone

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256))


@pytest.fixture
def case(settings: Any) -> Case:
    settings.KEEP_VIDEOS = "reviewed"
    settings.KEEP_UNREVIEWED_S = 0
    (settings.STORE_DIR / "kept").mkdir(parents=True)
    (settings.STORE_DIR / "kept" / "one").write_bytes(BYTES)
    case = opened()
    Video.objects.update(kept_file="kept/one")
    case.video.refresh_from_db()
    return case


def is_kept() -> bool:
    keeping.sweep()
    return bool(Video.objects.get().kept_file)


def test_it_stays_until_the_case_is_decided_and_told(case: Case) -> None:
    assert is_kept()
    overturn(case, someone())
    assert is_kept()  # it can still be undone
    let_time_pass()
    assert not is_kept()


def test_what_was_decided_stays_where_the_deployment_learns_from_it(
    case: Case, settings: Any
) -> None:
    settings.KEEP_VIDEOS = "decided"
    overturn(case, someone())
    let_time_pass()
    assert is_kept()


def test_nothing_is_learnt_from_a_person_who_objects(case: Case, settings: Any) -> None:
    settings.KEEP_VIDEOS = "decided"
    overturn(case, someone(), policy="person_shown")
    let_time_pass()
    assert not is_kept()


def test_a_piece_of_it_for_a_player_that_seeks(case: Case) -> None:
    client = signed_in(someone())
    page = client.get(f"/admin/review/case/{case.pk}/").content.decode()
    where = f"/admin/review/case/{case.pk}/video/"
    assert f'src="{where}"' in page and "data-duration" in page
    piece: Any = client.get(where, headers={"Range": "bytes=10-19"})
    assert (piece.status_code, b"".join(piece.streaming_content)) == (206, BYTES[10:20])
    assert piece["Content-Type"] == "video/mp4"
    assert piece["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in piece["Content-Security-Policy"]
    assert "no-store" in piece["Cache-Control"]


@pytest.mark.parametrize(
    ("role", "status"),
    [("reader", 403), ("moderator", 200), ("senior", 200), ("administrator", 200)],
)
def test_only_those_who_decide_can_play_it(case: Case, role: str, status: int) -> None:
    where = f"/admin/review/case/{case.pk}/video/"
    assert signed_in(someone(role)).get(where).status_code == status
    assert Client().get(where).status_code == 302


def test_a_reader_has_no_player(case: Case) -> None:
    page = signed_in(someone("reader")).get(f"/admin/review/case/{case.pk}/")
    assert b"<video" not in page.content


def test_what_is_not_kept_is_not_there(case: Case) -> None:
    Video.objects.update(kept_file="")
    client = signed_in(someone())
    assert client.get(f"/admin/review/case/{case.pk}/video/").status_code == 404
    assert b"<video" not in client.get(f"/admin/review/case/{case.pk}/").content
