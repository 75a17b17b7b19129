from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from detector_service.checks import canary, housekeeping
from detector_service.checks.models import Canary, Check, Finding, Video
from tests.checks.conftest import known_finding

pytestmark = pytest.mark.django_db


def kept(path: Path, *, age_s: float = 0.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"bytes")
    at = time.time() - age_s
    os.utime(path, (at, at))
    os.utime(path.parent, (at, at))
    return path


OLD = housekeeping.ORPHAN_AFTER_S + 60


def test_bytes_that_nobody_waits_for_go_after_a_while(settings: Any) -> None:
    work = settings.STORE_DIR / "work"
    orphan, young = kept(work / "orphan", age_s=OLD), kept(work / "young")
    waiting = kept(work / "waiting", age_s=OLD)
    Check.objects.create(upload_sha256="1" * 64, work_file="work/waiting")
    housekeeping.sweep()
    assert not orphan.exists()
    assert young.exists() and waiting.exists()


def test_what_was_arriving_when_the_power_failed_goes(settings: Any) -> None:
    """Django names it so; its own clean-up dies with the process."""
    left = kept(settings.SCRATCH_DIR / "tmpk3_8f.upload.mp4", age_s=OLD)
    folder = kept(settings.SCRATCH_DIR / "tmp12" / "video", age_s=OLD).parent
    arriving = kept(settings.SCRATCH_DIR / "tmp9xz1.upload.mp4")
    housekeeping.sweep()
    assert not left.exists() and not folder.exists() and arriving.exists()


def test_pictures_of_a_finding_stay_and_those_of_none_go(settings: Any) -> None:
    evidence = settings.STORE_DIR / "evidence"
    shown = kept(evidence / "shown" / "face.webp", age_s=OLD)
    orphan = kept(evidence / "orphan" / "face.webp", age_s=OLD)
    young = kept(evidence / "young" / "face.webp")
    known_finding()
    Finding.objects.update(evidence_folder="evidence/shown")
    housekeeping.sweep()
    assert shown.exists() and young.exists()
    assert not orphan.parent.exists()


def test_a_full_store_is_asked_only_about_what_nobody_needs(
    settings: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """Each question is a request to a store that is no disk."""
    for number in range(5):
        kept(settings.STORE_DIR / "work" / f"needed-{number}", age_s=OLD)
        Check.objects.create(upload_sha256=f"{number}" * 64, work_file=f"work/needed-{number}")
        kept(settings.STORE_DIR / "evidence" / f"shown-{number}" / "face.webp", age_s=OLD)
        kept(settings.STORE_DIR / "kept" / f"needed-{number}", age_s=OLD)
        finding = known_finding(sha256=f"{number}" * 64)
        Finding.objects.filter(pk=finding.pk).update(evidence_folder=f"evidence/shown-{number}")
        Video.objects.filter(pk=finding.video_id).update(kept_file=f"kept/needed-{number}")
    for orphan in ("work/orphan", "evidence/orphan/face.webp", "kept/orphan"):
        kept(settings.STORE_DIR / orphan)
    asked: list[str] = []
    monkeypatch.setattr(housekeeping, "_key_is_old", asked.append)
    with django_assert_num_queries(3):
        housekeeping._drop_orphaned_work()
        housekeeping._drop_orphaned_evidence()
        housekeeping._drop_orphaned_kept()
    assert asked == ["work/orphan", "evidence/orphan/face.webp", "kept/orphan"]


def test_what_goes_while_the_sweep_looks_is_not_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_listed", lambda _prefix: (["gone"], ["gone"]))
    housekeeping._drop_orphaned_work()
    housekeeping._drop_orphaned_evidence()
    housekeeping._drop_orphaned_kept()


@pytest.mark.parametrize(
    "part", ["_drop_scratch", "_drop_orphaned_work", "_drop_orphaned_evidence"]
)
def test_a_part_that_fails_does_not_keep_the_others_from_their_work(
    settings: Any, monkeypatch: pytest.MonkeyPatch, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(housekeeping, part, lambda: 1 / 0)
    orphan = kept(settings.STORE_DIR / "kept" / "orphan", age_s=OLD)
    long_ago = timezone.now() - timedelta(days=settings.FORGET_ASKERS_AFTER_DAYS + 1)
    Check.objects.create(
        upload_sha256="1" * 64,
        upload_name="me.mp4",
        state="failed",
        problem_code="content.corrupt",
        finished_at=long_ago,
    )
    housekeeping.sweep()
    assert not orphan.exists()
    assert Check.objects.get().upload_name == ""
    assert "ZeroDivisionError" in caplog.text


def test_scratch_of_a_crash_goes(settings: Any) -> None:
    old = kept(settings.SCRATCH_DIR / "tmpcrashed" / "video", age_s=OLD)
    young = kept(settings.SCRATCH_DIR / "tmprunning" / "video")
    housekeeping.sweep()
    assert not old.parent.exists() and young.exists()


def test_what_others_keep_beside_our_scratch_stays(settings: Any) -> None:
    """``SCRATCH_DIR`` may be a disk on which more lies than ours."""
    theirs = kept(settings.SCRATCH_DIR / "backups" / "service.dump", age_s=OLD)
    housekeeping.sweep()
    assert theirs.exists()


def test_who_asked_long_ago_is_forgotten_and_the_verdict_is_not(settings: Any) -> None:
    finding = known_finding()
    ended = {"state": "done", "finding": finding, "video": finding.video, "upload_name": "me.mp4"}
    recent = Check.objects.create(
        upload_sha256="1" * 64, finished_at=timezone.now(), asked_from_sha256="a" * 64, **ended
    )
    long_ago = timezone.now() - timedelta(days=settings.FORGET_ASKERS_AFTER_DAYS + 1)
    old = Check.objects.create(
        upload_sha256="1" * 64, finished_at=long_ago, asked_from_sha256="a" * 64, **ended
    )
    housekeeping.sweep()
    old.refresh_from_db()
    recent.refresh_from_db()
    assert (old.asked_from_sha256, old.upload_name, old.finding) == ("", "", finding)
    assert (recent.asked_from_sha256, recent.upload_name) == ("a" * 64, "me.mp4")


def test_a_queue_is_silent_until_its_canary_sings_and_after_it_stopped() -> None:
    assert canary.silent_queues() == ["fetch", "analyse", "housekeeping"]
    for queue in canary.QUEUES:
        canary.sing(queue)
    assert canary.silent_queues() == []
    Canary.objects.filter(queue="fetch").update(
        seen_at=timezone.now() - timedelta(seconds=canary.SILENT_AFTER_S + 1)
    )
    assert canary.silent_queues() == ["fetch"]


def test_a_queue_behind_a_long_video_is_not_silent() -> None:
    for queue in ("fetch", "housekeeping"):
        canary.sing(queue)
    Check.objects.create(
        upload_sha256="1" * 64,
        work_file="work/long",
        state="analysing",
        lease_token="token",
        lease_expires_at=timezone.now() + timedelta(seconds=30),
    )
    assert canary.silent_queues() == []
