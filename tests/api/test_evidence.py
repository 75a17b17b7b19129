"""Pictures, the whole finding, contests, the private look-up and the model card."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analysis.finding import Finding, Outcome
from detector_service.checks.models import Address, Contest
from detector_service.checks.overrides import set_override
from tests.api.conftest import BUNDLE, WEBP, seen


def test_a_picture_is_served_so_that_a_browser_can_do_nothing_else_with_it(
    api: Any, finished: Any
) -> None:
    check = finished()
    url = api.get(f"/api/v1/checks/{check.public_id}").json()["verdict"]["tracks"][0]["strip"][0]
    response = api.get(url["url"].removeprefix("http://localhost:8000"))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == WEBP
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "immutable" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize(
    "name",
    [
        "nothing.webp",
        "track-1-face-1.png",
        "..%2f..%2fservice.sqlite3",
        "..%5c..%5csettings.webp",
        "%2e%2e",
        ".webp",
        "a%00.webp",
        "a%0d%0aX-Evil:%201.webp",
        "x" * 300 + ".webp",
        "track-1-face-1.webp%0a",
    ],
)
def test_no_other_name_leads_to_a_file(api: Any, finished: Any, name: str) -> None:
    response = api.get(f"/api/v1/checks/{finished().public_id}/evidence/{name}")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert "X-Evil" not in response


def test_pictures_of_a_check_under_way_are_not_there_yet(api: Any, queued: Any) -> None:
    response = api.get(f"/api/v1/checks/{queued().public_id}/evidence/track-1-face-1.webp")
    assert (response.status_code, response.json()["code"]) == (409, "verdict.not_yet")


def test_the_finding_is_told_as_it_was_written(api: Any, finished: Any) -> None:
    document = api.get(f"/api/v1/checks/{finished().public_id}/finding").json()
    assert Finding.from_document(document) == seen()


# -- contests --------------------------------------------------------------------------------


def contest(api: Any, check: Any, **fields: Any) -> Any:
    body = {"reason": "not_manipulated", **fields}
    return api.post(f"/api/v1/checks/{check.public_id}/contests", body, "application/json")


def test_a_verdict_can_be_contested(api: Any, finished: Any) -> None:
    check = finished()
    response = contest(
        api, check, words="I filmed it.", start_s=1.5, end_s=2, contact="a@b.example"
    )
    assert response.status_code == 201
    made = Contest.objects.get(public_id=response.json()["number"])
    assert (made.video, made.check_asked) == (check.video, check)
    assert (made.words, made.start_s, made.end_s) == ("I filmed it.", 1.5, 2.0)
    assert made.told_outcome == "likely_manipulated"
    assert "127.0.0.1" not in made.person_sha256


def test_one_person_contests_a_video_once(api: Any, finished: Any) -> None:
    check = finished()
    contest(api, check)
    again = contest(api, check)
    assert (again.status_code, again.json()["code"]) == (409, "contest.already_made")
    other = api.post(
        f"/api/v1/checks/{check.public_id}/contests",
        {"reason": "other"},
        "application/json",
        REMOTE_ADDR="203.0.113.9",
    )
    assert other.status_code == 201


def test_only_what_was_told_can_be_contested(api: Any, finished: Any, queued: Any) -> None:
    under_way = contest(api, queued("https://videos.example.org/watch/2"))
    assert (under_way.status_code, under_way.json()["code"]) == (409, "verdict.not_yet")
    check = finished()
    set_override(check.video, outcome=None, withheld=True)
    withheld = contest(api, check)
    assert (withheld.status_code, withheld.json()["code"]) == (409, "verdict.withheld")


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "because"},
        {"reason": None},
        {"words": "x" * 2001},
        {"words": "\x00"},
        {"words": ["a"]},
        {"start_s": -1},
        {"start_s": "1e400"},
        {"start_s": 5, "end_s": 4},
        {"contact": "x" * 300},
        {"told_outcome": "inconclusive"},
    ],
)
def test_a_contest_that_makes_no_sense_is_refused(
    api: Any, finished: Any, fields: dict[str, Any]
) -> None:
    response = contest(api, finished(), **fields)
    assert (response.status_code, response.json()["code"]) == (400, "request.invalid")
    assert Contest.objects.count() == 0


# -- the private look-up ---------------------------------------------------------------------


def test_every_verdict_with_the_prefix_is_told(api: Any, finished: Any) -> None:
    finished()
    key = Address.objects.get().key_sha256
    told = api.get(f"/api/v1/verdicts/{key[:4]}").json()
    assert told == {
        "prefix": key[:4],
        "verdicts": [
            {
                "key_sha256": key,
                "outcome": "likely_manipulated",
                "reason": None,
                "fake_probability": 0.93,
                "bundle": BUNDLE,
                "decided_by": "model",
            }
        ],
    }


def test_the_look_up_leads_to_nobodys_check(api: Any, finished: Any) -> None:
    check = finished()
    prefix = Address.objects.get().key_sha256[:4]
    told = api.get(f"/api/v1/verdicts/{prefix}").content.decode()
    assert check.public_id not in told
    assert "videos.example.org" not in told


def test_a_decision_is_told_there_too(api: Any, finished: Any) -> None:
    check = finished()
    set_override(check.video, outcome=Outcome.NO_MANIPULATION_FOUND)
    prefix = Address.objects.get().key_sha256[:4]
    (told,) = api.get(f"/api/v1/verdicts/{prefix}").json()["verdicts"]
    assert (told["outcome"], told["decided_by"]) == ("no_manipulation_found", "moderator")


def test_other_prefixes_and_uploads_tell_nothing(api: Any, finished: Any) -> None:
    check = finished()
    prefix = Address.objects.get().key_sha256[:4]
    other = f"{(int(prefix, 16) + 1) % 65536:04x}"
    assert api.get(f"/api/v1/verdicts/{other}").json()["verdicts"] == []
    check.address = None
    check.upload_sha256 = "1" * 64
    check.save()
    assert api.get(f"/api/v1/verdicts/{prefix}").json()["verdicts"] == []


def test_old_verdicts_are_not_told(api: Any, finished: Any, settings: Any) -> None:
    finished()
    prefix = Address.objects.get().key_sha256[:4]
    Address.objects.update(
        fetched_at=timezone.now() - timedelta(seconds=settings.VERDICT_CURRENT_FOR_S + 60)
    )
    assert api.get(f"/api/v1/verdicts/{prefix}").json()["verdicts"] == []


@pytest.mark.parametrize(
    "prefix", ["", "0", "00f", "00fff", "00FF", "zzzz", "%25%25%25%25", "0%000"]
)
def test_no_other_prefix_is_answered(api: Any, prefix: str) -> None:
    response = api.get(f"/api/v1/verdicts/{prefix}")
    assert response.status_code in (400, 404)
    assert response["Content-Type"] == "application/problem+json"


def test_the_look_up_takes_one_query(
    api: Any, finished: Any, django_assert_num_queries: Any
) -> None:
    finished()
    finished("https://videos.example.org/watch/2", sha256="2" * 64)
    prefix = Address.objects.all()[0].key_sha256[:4]
    with django_assert_num_queries(1):
        api.get(f"/api/v1/verdicts/{prefix}")


def test_the_model_card_is_told(api: Any) -> None:
    card = api.get("/api/v1/bundles/current").json()
    assert card["version"] == BUNDLE
    assert card["measured"]["outcome_rates"]["genuine"]["likely_manipulated"] == 0.05
