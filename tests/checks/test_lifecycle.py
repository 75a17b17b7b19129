from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from detector_service.checks import lifecycle
from detector_service.checks.asker import Asker
from detector_service.checks.lifecycle import MAX_ATTEMPTS, Lease, LeaseLost
from detector_service.checks.models import Address, Check
from detector_service.checks.steps import Step
from detector_service.checks.submit import submit_address
from tests.checks.conftest import known_finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def check(asker: Asker) -> Check:
    return submit_address(url="https://example.com/video.mp4", asker=asker).check


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Step]]:
    calls: list[tuple[int, Step]] = []
    monkeypatch.setattr(lifecycle, "ring", lambda pk, step: calls.append((pk, step)))
    monkeypatch.setattr(lifecycle, "ring_on_commit", lambda pk, step: calls.append((pk, step)))
    monkeypatch.setattr(lifecycle, "messages_waiting", lambda _step: 0)
    return calls


def claimed(check: Check, step: Step = Step.FETCH) -> Lease:
    lease = lifecycle.claim(check.pk, step)
    assert lease is not None
    return lease


def stored(settings: Any, key: str = "work/bytes") -> Path:
    path: Path = settings.STORE_DIR / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"bytes")
    return path


def expire(check: Check) -> None:
    Check.objects.filter(pk=check.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_claim_is_held_by_one(check: Check) -> None:
    claimed(check)
    assert lifecycle.claim(check.pk, Step.FETCH) is None
    check.refresh_from_db()
    assert (check.state, check.attempts) == (Check.State.FETCHING, 1)


def test_a_check_without_bytes_cannot_be_analysed(check: Check) -> None:
    assert lifecycle.claim(check.pk, Step.ANALYSE) is None


def test_an_abandoned_check_can_be_taken_over_and_its_first_worker_writes_nothing_more(
    check: Check,
) -> None:
    zombie = claimed(check)
    expire(check)
    heir = claimed(check)
    for late in (
        lambda: lifecycle.renew(zombie, stage="late", progress=0.9),
        lambda: lifecycle.finish(zombie, finding=known_finding()),
        lambda: lifecycle.fail(zombie, code="content.private"),
        lambda: lifecycle.fail(zombie, code="service.internal"),
        lambda: lifecycle.hand_over(zombie, work_file="work/late"),
    ):
        with pytest.raises(LeaseLost), transaction.atomic():
            late()
    lifecycle.renew(heir, stage="downloading", progress=0.2)
    check.refresh_from_db()
    assert (check.stage, check.progress, check.work_file) == ("downloading", 0.2, "")


def test_handing_over_gives_the_attempt_back_and_rings_the_next_queue(
    check: Check, rung: list[Any]
) -> None:
    lifecycle.hand_over(claimed(check), work_file="work/bytes", title="A title")
    check.refresh_from_db()
    assert (check.state, check.attempts, check.lease_token) == (Check.State.QUEUED, 0, "")
    assert rung == [(check.pk, Step.ANALYSE)]
    assert Address.objects.get().title == "A title"
    assert lifecycle.claim(check.pk, Step.FETCH) is None
    claimed(check, Step.ANALYSE)


def test_finishing_tells_the_address_and_drops_the_bytes(
    check: Check, settings: Any, rung: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    path = stored(settings)
    lifecycle.hand_over(claimed(check), work_file="work/bytes")
    lease = claimed(check, Step.ANALYSE)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.finish(lease, finding=known_finding())
        assert path.exists()
    assert not path.exists()
    check.refresh_from_db()
    assert (check.state, check.progress, check.work_file) == (Check.State.DONE, 1.0, "")
    assert check.address is not None and check.address.video == check.video
    assert check.address.fetched_at is not None


def test_a_problem_that_stays_ends_the_check(check: Check) -> None:
    lifecycle.fail(claimed(check), code="content.private")
    check.refresh_from_db()
    assert (check.state, check.problem_code) == (Check.State.FAILED, "content.private")
    assert check.finished_at is not None


def test_a_problem_that_passes_is_tried_again_later_and_not_for_ever(check: Check) -> None:
    waits = []
    for _ in range(MAX_ATTEMPTS - 1):
        lifecycle.fail(claimed(check), code="platform.rate_limited")
        check.refresh_from_db()
        assert check.state == Check.State.QUEUED and check.not_before is not None
        assert lifecycle.claim(check.pk, Step.FETCH) is None
        waits.append(check.not_before - timezone.now())
        Check.objects.update(not_before=timezone.now())
    assert waits == sorted(waits)
    lifecycle.fail(claimed(check), code="platform.rate_limited")
    check.refresh_from_db()
    assert (check.state, check.problem_code) == (Check.State.FAILED, "platform.rate_limited")


def test_what_a_site_asks_us_to_wait_is_waited(check: Check) -> None:
    lifecycle.fail(claimed(check), code="platform.rate_limited", retry_after_s=300)
    check.refresh_from_db()
    assert check.not_before is not None
    assert check.not_before > timezone.now() + timedelta(seconds=290)


def test_taking_too_long_is_not_tried_again(check: Check) -> None:
    lifecycle.fail(claimed(check), code="service.timeout")
    check.refresh_from_db()
    assert check.state == Check.State.FAILED


def test_cancelling_takes_the_lease_from_whoever_works_on_it(check: Check) -> None:
    lease = claimed(check)
    assert lifecycle.cancel(check)
    with pytest.raises(LeaseLost):
        lifecycle.renew(lease, stage="downloading", progress=0.5)
    check.refresh_from_db()
    assert (check.state, check.problem_code) == (Check.State.FAILED, "service.cancelled")


def test_a_check_that_ended_cannot_be_cancelled(check: Check) -> None:
    lifecycle.finish(claimed(check), finding=known_finding())
    assert not lifecycle.cancel(check)
    check.refresh_from_db()
    assert check.state == Check.State.DONE


def test_cancelling_a_check_that_waits_drops_its_bytes(
    check: Check, settings: Any, rung: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    path = stored(settings)
    lifecycle.hand_over(claimed(check), work_file="work/bytes")
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.cancel(check)
    assert not path.exists()


def test_bytes_that_are_gone_are_fetched_again_but_not_for_ever(
    check: Check, rung: list[Any]
) -> None:
    for _ in range(MAX_ATTEMPTS):
        check.refresh_from_db()
        assert check.state == Check.State.QUEUED
        lifecycle.hand_over(claimed(check), work_file="work/bytes")
        lifecycle.fetch_again(claimed(check, Step.ANALYSE))
    check.refresh_from_db()
    assert (check.state, check.problem_code) == (Check.State.FAILED, "service.internal")


def test_the_sweep_puts_an_abandoned_check_back(check: Check, rung: list[Any]) -> None:
    claimed(check)
    expire(check)
    lifecycle.requeue_stalled()
    check.refresh_from_db()
    assert (check.state, check.attempts) == (Check.State.QUEUED, 1)
    assert rung == [(check.pk, Step.FETCH)]


def test_the_sweep_leaves_a_check_alone_that_is_worked_on(check: Check, rung: list[Any]) -> None:
    lease = claimed(check)
    lifecycle.requeue_stalled()
    lifecycle.renew(lease, stage="downloading", progress=0.1)
    assert rung == []


def test_the_sweep_fails_a_check_that_killed_its_worker_every_time(
    check: Check, rung: list[Any]
) -> None:
    for _ in range(MAX_ATTEMPTS):
        claimed(check)
        expire(check)
        lifecycle.requeue_stalled()
    check.refresh_from_db()
    assert (check.state, check.problem_code) == (Check.State.FAILED, "service.internal")


def test_the_sweep_rings_for_a_row_that_was_never_published(check: Check, rung: list[Any]) -> None:
    lifecycle.requeue_stalled()
    assert rung == [(check.pk, Step.FETCH)]


def test_the_sweep_rings_again_when_the_queue_is_empty_and_the_row_still_waits(
    check: Check, rung: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    Check.objects.update(published_at=timezone.now() - timedelta(minutes=5))
    monkeypatch.setattr(lifecycle, "messages_waiting", lambda _step: 7)
    lifecycle.requeue_stalled()
    assert rung == []
    monkeypatch.setattr(lifecycle, "messages_waiting", lambda _step: 0)
    lifecycle.requeue_stalled()
    assert rung == [(check.pk, Step.FETCH)]


def test_the_sweep_does_not_ring_before_a_retry_is_due(check: Check, rung: list[Any]) -> None:
    lifecycle.fail(claimed(check), code="platform.rate_limited")
    lifecycle.requeue_stalled()
    assert rung == []
    Check.objects.update(not_before=timezone.now())
    lifecycle.requeue_stalled()
    assert rung == [(check.pk, Step.FETCH)]


@pytest.mark.parametrize("code", ["content.corrupt", "service.timeout", "service.internal"])
def test_an_upload_is_gone_when_its_check_has_failed_whoevers_fault_it_was(
    settings: Any, code: str, django_capture_on_commit_callbacks: Any
) -> None:
    path = stored(settings)
    check = Check.objects.create(
        upload_sha256="1" * 64, work_file="work/bytes", attempts=MAX_ATTEMPTS - 1
    )
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.fail(claimed(check, Step.ANALYSE), code=code)
    check.refresh_from_db()
    assert (check.state, check.problem_code, check.work_file) == (Check.State.FAILED, code, "")
    assert not path.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "done"},
        {"state": "failed"},
        {"state": "queued", "lease_token": "x"},
        {"state": "fetching"},
        {"progress": 1.5},
        {"upload_sha256": "1" * 64},
    ],
)
def test_the_database_refuses_a_row_that_makes_no_sense(
    check: Check, fields: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Check.objects.filter(pk=check.pk).update(**fields)
