"""The video itself: only where the operator allows it, and in pieces, so that a player can seek."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from detector_service.checks.models import Check, Video
from tests.pages.checks import finished_check

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256)) * 4


@pytest.fixture
def check(settings: Any) -> Check:
    check = finished_check()
    (settings.STORE_DIR / "kept").mkdir(parents=True)
    (settings.STORE_DIR / "kept" / "one").write_bytes(BYTES)
    Video.objects.update(kept_file="kept/one")
    settings.SHOW_VIDEO = True
    return check


def read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_report_has_a_player_with_the_boxes(client: Client, check: Check) -> None:
    page = client.get(f"/checks/{check.public_id}").content.decode()
    assert f'src="/checks/{check.public_id}/video"' in page
    assert '"at_s": 0.0, "high": ' in page


def test_it_is_not_shown_where_the_operator_does_not_allow_it(
    client: Client, check: Check, settings: Any
) -> None:
    settings.SHOW_VIDEO = False
    assert "<video" not in client.get(f"/checks/{check.public_id}").content.decode()
    assert client.get(f"/checks/{check.public_id}/video").status_code == 404


def test_a_video_that_is_kept_no_longer_has_no_player(client: Client, check: Check) -> None:
    assert "<video" in client.get(f"/checks/{check.public_id}").content.decode()
    Video.objects.update(kept_file="")
    assert "<video" not in client.get(f"/checks/{check.public_id}").content.decode()
    assert client.get(f"/checks/{check.public_id}/video").status_code == 404


def test_a_picture_that_was_kept_has_no_player(client: Client, check: Check) -> None:
    assert check.finding is not None
    check.finding.document["media"] |= {"kind": "picture", "container": "jpeg_pipe"}
    check.finding.save()
    assert "<video" not in client.get(f"/checks/{check.public_id}").content.decode()
    assert client.get(f"/checks/{check.public_id}/video").status_code == 404


def test_the_whole_file(client: Client, check: Check) -> None:
    answer = client.get(f"/checks/{check.public_id}/video")
    assert (answer.status_code, answer["Content-Type"]) == (200, "video/mp4")
    assert read(answer) == BYTES
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=1000-", 1000, 1023), ("bytes=10-99999", 10, 1023)],
)
def test_a_piece_of_it(client: Client, check: Check, asked: str, first: int, last: int) -> None:
    answer = client.get(f"/checks/{check.public_id}/video", headers={"range": asked})
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/1024"
    assert read(answer) == BYTES[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=5000-", "bytes=9-3"])
def test_a_piece_that_it_has_not(client: Client, check: Check, asked: str) -> None:
    answer = client.get(f"/checks/{check.public_id}/video", headers={"range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */1024"
