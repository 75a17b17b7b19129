"""A person shown asks to be forgotten: what goes, what stays, and that it stays so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from analysis.finding import Finding as Seen
from detector_service.checks import bundle, keeping, run_check, store
from detector_service.checks.asker import Asker
from detector_service.checks.contests import ContestReason, make_contest
from detector_service.checks.models import Address, Check, Contest, Finding, Override, Video
from detector_service.checks.problems import Refused
from detector_service.checks.queries import check_view, get_check
from detector_service.checks.signals import finding_made
from detector_service.review import erasing, matching, opening
from detector_service.review.models import (
    AuditRow,
    Case,
    CaseReason,
    Decision,
    Match,
    VideoPrint,
)
from detector_service.review.refusal import Refusal
from tests.pages.checks import failed_check, finished_check, keep_pictures, seen
from tests.review.conftest import (
    checked,
    contested,
    film,
    let_time_pass,
    opened,
    overturn,
    signed_in,
    someone,
)

pytestmark = pytest.mark.django_db


def pictures() -> int:
    return len(list(django_settings.STORE_DIR.rglob("*.webp")))


def test_everything_about_the_person_goes_and_nothing_else(
    django_capture_on_commit_callbacks: Any,
) -> None:
    check = checked(1)
    case = opening.on_contest(contested(check, words="I am in it", contact="ada@example.org"))
    overturn(case, someone())
    let_time_pass()
    opening.on_contest(contested(check, "b"))  # with an appeal
    overturn(case, someone())
    let_time_pass()
    kept = opened(2)
    all_pictures = pictures()
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase(video=case.video, by=someone("administrator"), reason="She asked by mail.")
    assert pictures() == all_pictures / 2
    for rows in (Case, Check, Finding, Address, Contest):
        assert rows.objects.count() == (0 if rows is Contest else 1)  # type: ignore[attr-defined]
    assert Case.objects.get() == kept and not Decision.objects.exists()
    assert Override.objects.get(video=case.video).withheld
    row = AuditRow.objects.get(kind="video.erased")
    assert row.facts["reason"] == "She asked by mail." and len(row.facts["rows"]) == 5
    assert "ada@example.org" not in str(list(AuditRow.objects.values_list("facts", flat=True)))


def test_the_same_bytes_are_not_shown_again_when_somebody_asks_anew() -> None:
    case = opened(1)
    sha256 = case.video.sha256
    erasing.erase(video=case.video, by=someone("administrator"), reason="She asked.")
    again = finished_check(sha256=sha256)
    keep_pictures(seen(sha256=sha256), again.finding.evidence_folder)  # type: ignore[union-attr]
    before = pictures()
    finding_made.send(sender=Finding, finding=again.finding)
    assert pictures() < before
    assert not Case.objects.exists()
    from detector_service.checks.queries import verdict_of

    assert verdict_of(Video.objects.get(sha256=sha256)) is None


def test_who_asks_anew_is_not_told_to_come_back() -> None:
    case = opened(1)
    erasing.erase(video=case.video, by=someone("administrator"), reason="She asked.")
    again = finished_check(sha256=case.video.sha256)
    row = get_check(again.public_id)
    assert row is not None and check_view(row).problem_code == "video.erased"
    page = Client().get(f"/checks/{again.public_id}").content.decode()
    assert "Nothing is said about this video." in page
    assert "Come back later" not in page and "could not be checked" not in page
    asked = Client().get(f"/api/v1/checks/{again.public_id}/finding")
    assert (asked.status_code, asked.json()["code"]) == (409, "video.erased")
    with pytest.raises(Refused) as refusal:
        make_contest(check=row, asker=Asker(address_sha256="a" * 64), reason=ContestReason.SHOWS_ME)
    assert refusal.value.code == "video.erased"


def test_nor_does_the_clock_bring_it_back(settings: Any) -> None:
    settings.REVIEW_OPEN_AT_SCORE = 0.5
    case = opened(1)
    erasing.erase(video=case.video, by=someone("administrator"), reason="She asked.")
    finished_check(sha256=case.video.sha256)  # and nobody heard of its finding
    opening.catch_up(timezone.now() - timedelta(minutes=1))
    assert not Case.objects.exists() and not pictures()


def test_what_another_bundle_was_just_looking_at_leaves_no_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    case, path = opened(1), tmp_path / "video"
    path.write_bytes(b"video")
    Video.objects.update(kept_file=store.keep_copy(path))
    version = bundle.cards()["meso4"]["version"]

    def look_at(path: Path, pictures: Path, *_: Any, **__: Any) -> Seen:
        (pictures / "face.webp").write_bytes(b"a face")
        with django_capture_on_commit_callbacks(execute=True):
            erasing.erase(video=case.video, by=someone("administrator"), reason="She asked.")
        return seen(bundle=version)

    monkeypatch.setattr(run_check, "_loaded", lambda name: name)
    monkeypatch.setattr(run_check, "look_at", look_at)
    run_check.look_again(case.video.pk, "meso4")
    assert not pictures()


def test_what_was_just_being_matched_leaves_no_hash_and_no_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = np.random.default_rng(7).integers(0, 256, (10, 32), dtype=np.uint8)
    decided, case = opened(1), opened(2)
    for each in (decided, case):
        film(each.video, frames)
    overturn(decided, someone())
    let_time_pass()
    matching.match(decided.video)
    videos_near = matching.KnownFrames.videos_near

    def erased_meanwhile(self: matching.KnownFrames, mine: matching.Hashes) -> list[int]:
        near = videos_near(self, mine)
        erasing.erase(video=case.video, by=someone("administrator"), reason="She asked.")
        return near

    monkeypatch.setattr(matching, "known_frames", matching.KnownFrames())
    monkeypatch.setattr(matching.KnownFrames, "videos_near", erased_meanwhile)
    matching.match(case.video)
    assert not Case.objects.filter(video=case.video).exists()
    assert not Match.objects.exists()
    assert not VideoPrint.objects.filter(video=case.video).exists()
    assert signed_in(someone()).get("/admin/review/case/").status_code == 200


@pytest.mark.parametrize("late", ["open_case", "on_contest"])
def test_nor_does_what_comes_a_moment_too_late_open_a_case(late: str) -> None:
    case = opened(1)
    erasing.erase(video=case.video, by=someone("administrator"), reason="She asked.")
    contest = Contest(pk=1, video=case.video)
    with pytest.raises(Refusal) as refusal:
        if late == "open_case":
            opening.open_case(case.video, CaseReason.Kind.SECOND_LOOK)
        else:
            opening.on_contest(contest)
    assert refusal.value.code == "video.erased"
    assert not Case.objects.exists()


def test_its_file_is_not_kept_again(settings: Any, tmp_path: Path) -> None:
    settings.KEEP_VIDEOS = "reviewed"
    video, path = opened(1).video, tmp_path / "video"
    path.write_bytes(b"video")
    Video.objects.filter(pk=video.pk).update(kept_file=store.keep_copy(path))
    video.refresh_from_db()
    assert keeping.is_needed(video)
    erasing.erase(video=video, by=someone("administrator"), reason="She asked.")
    assert not keeping.is_needed(video)  # though it came only now
    video.refresh_from_db()
    assert keeping.copy_if_wanted(video.sha256, path) == ""
    assert not keeping.keep(video, store.keep_copy(path))  # copied as it was being erased


def test_the_files_go_though_there_was_no_picture(
    django_capture_on_commit_callbacks: Any, tmp_path: Path
) -> None:
    check = checked(1)
    assert check.video is not None and check.finding is not None
    store.delete_evidence(check.finding.evidence_folder)
    path = tmp_path / "video"
    path.write_bytes(b"video")
    Video.objects.update(kept_file=store.keep_copy(path))
    Check.objects.create(
        upload_sha256=check.video.sha256,
        upload_name="ada.mp4",
        state=Check.State.FAILED,
        problem_code="service.timeout",
    )
    with django_capture_on_commit_callbacks(execute=True):
        video = Video.objects.get()
        erasing.erase(video=video, by=someone("administrator"), reason="She asked.")
    assert not [path for path in django_settings.STORE_DIR.rglob("*") if path.is_file()]
    assert not Check.objects.exists()


def test_its_address_goes_though_a_check_of_it_had_failed() -> None:
    check = checked(1)
    assert check.video is not None and check.address is not None
    failed_check("service.timeout", url=check.address.url)
    erasing.erase(video=check.video, by=someone("administrator"), reason="She asked.")
    assert not Address.objects.exists()


def test_an_address_that_others_need_forgets_what_was_found_there() -> None:
    check = checked(1)
    assert check.video is not None and check.address is not None
    Check.objects.create(address=check.address)  # somebody waits for it
    Address.objects.update(found_as="video.example:1")
    erasing.erase(video=check.video, by=someone("administrator"), reason="She asked.")
    address = Address.objects.get()
    assert (address.title, address.found_as, address.video) == ("", "", None)


def test_a_reason_is_needed_since_it_is_what_remains() -> None:
    case = opened(1)
    with pytest.raises(Refusal):
        erasing.erase(video=case.video, by=someone("administrator"), reason=" ")
    assert Case.objects.exists()
