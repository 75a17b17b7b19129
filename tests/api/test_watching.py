"""GET and DELETE /api/v1/checks/{id}."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analysis.finding import Outcome, Reason
from detector_service.api import answers
from detector_service.checks import lifecycle, words
from detector_service.checks.asker import Asker
from detector_service.checks.models import Check, Override
from detector_service.checks.overrides import set_override
from detector_service.checks.steps import Step
from detector_service.checks.submit import submit_known
from tests.api.conftest import MEASURED

NOBODYS = "A" * 22


def read(api: Any, check: Any, query: str = "", **headers: str) -> Any:
    number = check.public_id if isinstance(check, Check) else check
    return api.get(f"/api/v1/checks/{number}{query}", headers=headers)


def test_a_verdict_tells_what_was_seen_and_what_that_means(api: Any, finished: Any) -> None:
    check = finished()
    told = read(api, check).json()
    verdict = told["verdict"]
    assert verdict["headline"] == "Likely manipulated"
    assert verdict["fake_probability"] == 0.93
    assert verdict["decided_by"] == "model"
    assert verdict["tracks"][0]["timeline"][0]["box"]["left"] == 0.1
    assert verdict["tracks"][0]["strip"][0]["url"].endswith("/evidence/track-1-face-1.webp")
    assert verdict["not_judged"] == [
        {
            "track": 2,
            "reason": "face_too_small",
            "sentence": "This face is too small to be judged.",
        }
    ]
    # 0.05 * 0.99 of 0.05 * 0.99 + 0.8 * 0.01
    assert verdict["meaning"]["share_wrong"] == pytest.approx(0.861, abs=0.001)
    assert "about 86 in 100" in verdict["meaning"]["sentence"]
    assert told["problem"] is None
    assert told["links"]["report"].endswith(f"/checks/{check.public_id}")


@pytest.mark.parametrize(
    ("faces", "called"), [(1, 0.8), (2, 0.4), (3, 0.1), (4, 0.1), (5, None), (9, None)]
)
def test_among_more_faces_a_manipulated_one_is_called_less_often(
    api: Any, finished: Any, serve: Any, faces: int, called: float | None
) -> None:
    """So the same verdict is worth less, or nobody knows what."""
    among = {"1": 0.8, "2": 0.4, "4": 0.1, "6": 0.0}
    told = {number: {"manipulated_called": share} for number, share in among.items()}
    serve(measured={**MEASURED, "among_faces": told})
    check = finished()
    judged, refused = check.finding.document["tracks"]
    check.finding.document["tracks"] = [judged] * faces + [refused]
    check.finding.save()

    meaning = read(api, check).json()["verdict"]["meaning"]
    if called:
        assert meaning["share_wrong"] == pytest.approx(0.0495 / (0.0495 + called * 0.01))
    else:
        assert meaning["share_wrong"] is None
        assert "has not been measured" in meaning["sentence"]


@pytest.mark.parametrize(
    ("faces", "genuine"), [(1, 0.05), (2, 0.06), (3, 0.09), (4, 0.09), (6, 0.09)]
)
def test_among_more_faces_genuine_ones_are_called_as_often_as_was_measured(
    api: Any, finished: Any, serve: Any, faces: int, genuine: float
) -> None:
    """Where none was called, too few were there to say never."""
    called = {"1": 0.05, "2": 0.06, "4": 0.09, "6": 0.0}
    told = {
        number: {"genuine_called": share, "manipulated_called": 0.4}
        for number, share in called.items()
    }
    serve(measured={**MEASURED, "among_faces": told})
    check = finished()
    check.finding.document["tracks"] = check.finding.document["tracks"][:1] * faces
    check.finding.save()

    meaning = read(api, check).json()["verdict"]["meaning"]
    wrong = genuine * 0.99
    assert meaning["share_wrong"] == pytest.approx(wrong / (wrong + 0.4 * 0.01))


def test_no_manipulation_found_is_wrong_about_the_missed_ones(api: Any, finished: Any) -> None:
    check = finished(outcome=Outcome.NO_MANIPULATION_FOUND, fake_probability=0.02)
    meaning = read(api, check).json()["verdict"]["meaning"]
    assert meaning["share_wrong"] == pytest.approx(0.001 / (0.001 + 0.85 * 0.99))
    assert "fewer than 1 in 100" in meaning["sentence"]


def test_a_card_without_measured_rates_tells_no_share(api: Any, finished: Any, serve: Any) -> None:
    serve()
    meaning = read(api, finished()).json()["verdict"]["meaning"]
    assert meaning["share_wrong"] is None
    assert "has not been measured" in meaning["sentence"]


def test_an_inconclusive_verdict_says_why(api: Any, finished: Any) -> None:
    check = finished(outcome=Outcome.INCONCLUSIVE, reason=Reason.TOO_DARK, fake_probability=None)
    verdict = read(api, check).json()["verdict"]
    assert verdict["reason"] == "too_dark"
    assert "too dark" in verdict["explanation"]
    assert verdict["meaning"]["share_wrong"] is None


def test_a_failed_check_has_a_problem_and_no_verdict(api: Any, queued: Any) -> None:
    check = queued(state="failed", problem_code="content.private", finished_at=timezone.now())
    told = read(api, check).json()
    assert told["verdict"] is None
    assert told["problem"]["code"] == "content.private"
    assert told["problem"]["type"].endswith("/api/v1/problems/content.private")
    assert told["problem"]["transient"] is False


def test_the_place_in_the_queue_and_the_time_are_told(api: Any, queued: Any, finished: Any) -> None:
    finished()
    queued("https://videos.example.org/watch/2")
    told = read(api, queued("https://videos.example.org/watch/3")).json()
    assert told["queue_position"] == 2
    assert told["expected_wait_s"] == 16


def test_the_time_until_the_next_attempt_is_told_and_holds_up_nobody_else(
    api: Any, queued: Any, finished: Any
) -> None:
    finished()
    later = timezone.now() + timedelta(minutes=10)
    resting = queued("https://videos.example.org/watch/2", not_before=later)
    told = read(api, resting).json()
    assert told["queue_position"] is None
    assert 500 < told["expected_wait_s"] <= 608
    told = read(api, queued("https://videos.example.org/watch/3")).json()
    assert (told["queue_position"], told["expected_wait_s"]) == (1, 8)


def test_what_was_answered_at_once_shortens_nobodys_time(
    api: Any, queued: Any, finished: Any
) -> None:
    video = finished().video
    for _ in range(3):
        submit_known(
            sha256=video.sha256, size_bytes=video.size_bytes, name="known.mp4", asker=Asker()
        )
    assert Check.objects.filter(state="done").count() == 4
    told = read(api, queued("https://videos.example.org/watch/2")).json()
    assert told["expected_wait_s"] == 8


def test_without_earlier_checks_no_time_is_promised(api: Any, queued: Any) -> None:
    assert read(api, queued()).json()["expected_wait_s"] is None


def test_what_is_unchanged_is_not_sent_again(api: Any, finished: Any) -> None:
    check = finished()
    etag = read(api, check)["ETag"]
    again = read(api, check, **{"If-None-Match": etag})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == etag


def test_a_decision_changes_what_is_told_at_once(api: Any, finished: Any) -> None:
    check = finished()
    before = read(api, check)
    set_override(
        check.video, outcome=Outcome.NO_MANIPULATION_FOUND, public_reason="The source was found."
    )
    after = read(api, check, **{"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    verdict = after.json()["verdict"]
    assert verdict["outcome"] == "no_manipulation_found"
    assert verdict["decided_by"] == "moderator"
    assert verdict["public_reason"] == "The source was found."
    assert verdict["decided_at"]
    assert verdict["fake_probability"] == 0.93
    assert verdict["meaning"]["share_wrong"] is None


def test_a_withheld_verdict_is_told_nowhere(api: Any, finished: Any) -> None:
    check = finished()
    read(api, check)
    set_override(check.video, outcome=None, withheld=True)
    told = read(api, check).json()
    assert told["state"] == "done"
    assert told["verdict"] is None
    assert told["problem"]["code"] == "verdict.withheld"
    base = f"/api/v1/checks/{check.public_id}"
    for path in (f"{base}/finding", f"{base}/evidence/track-1-face-1.webp"):
        response = api.get(path)
        assert (response.status_code, response.json()["code"]) == (409, "verdict.withheld")
    prefix = check.address.key_sha256[:4]
    assert api.get(f"/api/v1/verdicts/{prefix}").json()["verdicts"] == []


def test_a_finished_check_costs_one_query(
    api: Any, finished: Any, django_assert_num_queries: Any
) -> None:
    check = finished()
    read(api, check)
    with django_assert_num_queries(1):
        read(api, check)


def test_the_name_of_a_file_is_told_by_no_memory_for_long(
    api: Any, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = finished().video
    known = submit_known(
        sha256=video.sha256, size_bytes=video.size_bytes, name="my child.mp4", asker=Asker()
    )
    assert known is not None
    assert read(api, known.check).json()["source"]["file_name"] == "my child.mp4"
    Check.objects.update(upload_name="")  # as the sweep does after FORGET_ASKERS_AFTER_DAYS

    hours_later = time.time() + 2 * 3600
    monkeypatch.setattr("detector_service.api.answers.time.time", lambda: hours_later)
    assert read(api, known.check).json()["source"]["file_name"] == ""


def test_the_next_release_does_not_tell_what_the_last_one_left_in_the_cache(
    api: Any, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = finished()
    before = read(api, check).content
    answers._finished.cache_clear()  # as a new process begins
    monkeypatch.setattr(words, "headline", lambda outcome: "In other words")
    assert read(api, check).content == before
    answers._finished.cache_clear()
    monkeypatch.setattr(answers, "release", lambda: "the next")
    assert read(api, check).json()["verdict"]["headline"] == "In other words"


def test_each_language_has_its_own_words(api: Any, finished: Any) -> None:
    check = finished()
    english = read(api, check, **{"Accept-Language": "en"})
    german = read(api, check, **{"Accept-Language": "de"})
    assert german["Content-Language"] == "de"
    assert "Accept-Language" in german["Vary"]
    assert english["ETag"] != german["ETag"]
    assert german.json()["verdict"]["headline"] == "Wahrscheinlich manipuliert"


@pytest.mark.parametrize(
    "number", [NOBODYS, "1", "a" * 5000, "%00", "..%2f..%2fadmin", "ä" * 22, "' OR 1=1 --"]
)
def test_a_number_that_is_not_known_is_not_found(api: Any, number: str) -> None:
    response = read(api, number)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_checks_cannot_be_listed(api: Any, finished: Any) -> None:
    check = finished()
    for path in ("/api/v1/checks", "/api/v1/checks/", "/api/v1/"):
        response = api.get(path)
        assert response.status_code in (404, 405)
        assert check.public_id not in response.content.decode()


@pytest.mark.parametrize("wait", ["-1", "21", "x", "nan", "inf", "1e9", "%00"])
def test_a_wait_that_is_no_number_of_seconds_is_refused(api: Any, finished: Any, wait: str) -> None:
    response = read(api, finished(), f"?wait={wait}")
    assert (response.status_code, response.json()["code"]) == (400, "request.invalid")


def test_who_waits_hears_of_the_end(
    transactional_db: None, queued: Any, finished: Any, api: Any, monkeypatch: Any
) -> None:
    check = queued()
    heard: list[Any] = []
    monkeypatch.setattr(answers, "_LOOK_EVERY_S", 0.02)
    waiter = threading.Thread(target=lambda: heard.append(read(api, check, "?wait=20").json()))
    waiter.start()
    lifecycle.cancel(check)
    waiter.join(timeout=15)
    assert heard[0]["problem"]["code"] == "service.cancelled"


def test_who_waits_with_an_etag_hears_of_any_news(queued: Any, api: Any, monkeypatch: Any) -> None:
    check = queued()
    etag = read(api, check)["ETag"]
    progressed = {"done": False}

    def make_progress(_s: float) -> None:
        progressed["done"] = True
        lease = lifecycle.claim(check.pk, Step.FETCH)
        assert lease is not None

    monkeypatch.setattr(answers.time, "sleep", make_progress)
    response = read(api, check, "?wait=20", **{"If-None-Match": etag})
    assert progressed["done"]
    assert response.json()["state"] == "fetching"


def test_only_few_may_wait_at_once(api: Any, queued: Any, monkeypatch: Any) -> None:
    def must_not_sleep(_s: float) -> None:
        raise AssertionError("waited although as many as may wait already do")

    monkeypatch.setattr(answers, "_waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(answers.time, "sleep", must_not_sleep)
    with answers._waiting:
        response = read(api, queued(), "?wait=20")
    assert response.status_code == 200
    assert response["Retry-After"]


# -- cancelling ------------------------------------------------------------------------------


def begin(api: Any, **headers: str) -> dict[str, Any]:
    body = {"url": "https://videos.example.org/watch/9"}
    told: dict[str, Any] = api.post(
        "/api/v1/checks", body, "application/json", headers=headers
    ).json()
    return told


def cancel(api: Any, number: str, **headers: str) -> Any:
    return api.delete(f"/api/v1/checks/{number}", headers=headers)


def test_who_has_the_token_cancels(api: Any) -> None:
    check = begin(api)
    response = cancel(api, check["id"], **{"X-Cancel-Token": check["cancel_token"]})
    assert response.status_code == 204
    assert read(api, check["id"]).json()["problem"]["code"] == "service.cancelled"
    again = cancel(api, check["id"], **{"X-Cancel-Token": check["cancel_token"]})
    assert (again.status_code, again.json()["code"]) == (409, "check.finished")


def test_who_has_the_key_cancels(api: Any, bearer: Any) -> None:
    key = bearer("check:write", "check:read")
    check = begin(api, **key)
    assert cancel(api, check["id"], **key).status_code == 204


@pytest.mark.parametrize("token", ["", "guessed", "é", "x" * 10_000])
def test_nobody_else_cancels(api: Any, bearer: Any, token: str) -> None:
    check = begin(api)
    for headers in ({"X-Cancel-Token": token}, bearer("check:write")):
        response = cancel(api, check["id"], **headers)
        assert (response.status_code, response.json()["code"]) == (403, "check.not_yours")
    assert read(api, check["id"]).json()["state"] == "queued"


def test_a_check_that_others_wait_for_goes_on(api: Any) -> None:
    check = begin(api)
    Check.objects.update(shared=True)
    response = cancel(api, check["id"], **{"X-Cancel-Token": check["cancel_token"]})
    assert (response.status_code, response.json()["code"]) == (409, "check.shared")


def test_an_override_without_an_outcome_is_not_a_decision(api: Any, finished: Any) -> None:
    check = finished()
    Override.objects.create(
        video=check.video, outcome="", decided_at=timezone.now() - timedelta(days=1)
    )
    assert read(api, check).json()["verdict"]["decided_by"] == "model"
