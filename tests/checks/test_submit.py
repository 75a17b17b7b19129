from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection
from django.utils import timezone

from analysis.errors import VideoProblem
from detector_service.checks import doorbell, lifecycle
from detector_service.checks.asker import Asker
from detector_service.checks.models import Address, Check, Finding
from detector_service.checks.steps import Step
from detector_service.checks.submit import submit_address, submit_upload
from tests.checks.conftest import Serve, known_finding

URL = "https://example.com/video.mp4"
BYTES = b"bytes of a video"
BYTES_SHA256 = hashlib.sha256(BYTES).hexdigest()

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Step]]:
    calls: list[tuple[int, Step]] = []
    monkeypatch.setattr(doorbell, "ring", lambda pk, step: calls.append((pk, step)))
    return calls


def finish(check: Check, finding: Finding) -> None:
    lease = lifecycle.claim(check.pk, Step.FETCH)
    assert lease is not None
    lifecycle.finish(lease, finding=finding)


def upload(data: bytes, asker: Asker, name: str = "clip.mp4") -> Any:
    return submit_upload(file=SimpleUploadedFile(name, data), name=name, asker=asker)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_new_address_makes_a_check_and_rings_its_queue_on_commit(
    asker: Asker, rung: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = submit_address(url=URL, asker=asker)
        assert not rung
    assert made.is_new and made.cancel_token
    assert made.check.state == Check.State.QUEUED
    assert rung == [(made.check.pk, Step.FETCH)]


def test_an_address_that_is_not_one_makes_no_row(asker: Asker) -> None:
    with pytest.raises(VideoProblem, match=r"link\.invalid"):
        submit_address(url="file:///etc/hostname", asker=asker)
    assert not Address.objects.exists()


def test_an_address_with_the_longest_host_is_taken(asker: Asker) -> None:
    url = f"https://{'.'.join(['a' * 60] * 4)}.example/video.mp4"
    address = submit_address(url=url, asker=asker).check.address
    # SQLite alone keeps what is longer than its column.
    address.clean_fields(exclude={"video", "fetched_at"})


def test_a_second_asker_joins_the_check_under_way(asker: Asker, stranger: Asker) -> None:
    first = submit_address(url=URL, asker=asker)
    second = submit_address(url=URL + "#fragment", asker=stranger)
    assert second.check.pk == first.check.pk
    assert not second.is_new and second.cancel_token is None
    first.check.refresh_from_db()
    assert first.check.shared


def test_who_has_joined_is_not_cancelled(asker: Asker, stranger: Asker) -> None:
    first = submit_address(url=URL, asker=asker).check
    submit_address(url=URL, asker=stranger)
    assert not first.shared  # as whoever cancels it has read it just before
    assert not lifecycle.cancel(first)
    first.refresh_from_db()
    assert first.state == Check.State.QUEUED


def test_who_would_join_a_check_that_is_cancelled_meanwhile_begins_another(
    asker: Asker, stranger: Asker
) -> None:
    first = submit_address(url=URL, asker=asker).check

    def cancel_it_once_it_was_seen(execute: Any, sql: str, *more: Any) -> Any:
        if 'SET "shared"' in sql:
            lifecycle.cancel(first)
        return execute(sql, *more)

    with connection.execute_wrapper(cancel_it_once_it_was_seen):
        second = submit_address(url=URL, asker=stranger)
    assert second.is_new and second.check.pk != first.pk
    assert second.check.state == Check.State.QUEUED


def test_who_has_the_number_of_an_unlisted_video_has_not_its_secret(
    asker: Asker, stranger: Asker
) -> None:
    unlisted = submit_address(url="https://vimeo.com/160743502/abd0e13fb4", asker=asker)
    for url in ("https://vimeo.com/160743502", "https://vimeo.com/160743502/0000000000"):
        guessed = submit_address(url=url, asker=stranger)
        assert guessed.is_new and guessed.check.address.url == url
    assert unlisted.check.address.url == "https://vimeo.com/160743502/abd0e13fb4"


def test_asking_again_oneself_shares_with_nobody(asker: Asker) -> None:
    submit_address(url=URL, asker=asker)
    assert not submit_address(url=URL, asker=asker).check.shared


def test_a_current_verdict_is_given_at_once(asker: Asker, stranger: Asker) -> None:
    first = submit_address(url=URL, asker=asker).check
    finish(first, known_finding())
    again = submit_address(url=URL, asker=stranger)
    assert again.check.pk == first.pk and again.check.state == Check.State.DONE
    assert again.cancel_token is None


def test_a_current_verdict_survives_the_loss_of_its_check(asker: Asker) -> None:
    first = submit_address(url=URL, asker=asker).check
    finish(first, known_finding())
    first.delete()
    assert submit_address(url=URL, asker=asker).check.state == Check.State.DONE


def test_an_old_verdict_is_looked_up_again(asker: Asker, settings: Any) -> None:
    first = submit_address(url=URL, asker=asker).check
    finish(first, known_finding())
    long_ago = timezone.now() - timedelta(seconds=settings.VERDICT_CURRENT_FOR_S + 1)
    Address.objects.update(fetched_at=long_ago)
    again = submit_address(url=URL, asker=asker)
    assert again.is_new and again.check.state == Check.State.QUEUED


def test_a_new_bundle_makes_old_verdicts_old(asker: Asker, serve: Serve) -> None:
    finish(submit_address(url=URL, asker=asker).check, known_finding())
    serve("toy-2")
    assert submit_address(url=URL, asker=asker).check.state == Check.State.QUEUED


def test_a_failed_check_does_not_stand_in_the_way(asker: Asker) -> None:
    first = submit_address(url=URL, asker=asker).check
    lifecycle.cancel(first)
    assert submit_address(url=URL, asker=asker).check.pk != first.pk


def test_a_long_queue_is_not_made_longer(asker: Asker, settings: Any) -> None:
    settings.MAX_WAITING_CHECKS = 1
    submit_address(url=URL, asker=asker)
    with pytest.raises(VideoProblem, match=r"service\.busy"):
        submit_address(url=URL + "?another", asker=asker)
    assert not submit_address(url=URL, asker=asker).is_new


def test_an_upload_is_stored_hashed_and_queued_for_analysis(
    asker: Asker, settings: Any, rung: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        check = upload(BYTES, asker).check
    assert check.upload_sha256 == BYTES_SHA256
    assert (settings.STORE_DIR / check.work_file).read_bytes() == BYTES
    assert rung == [(check.pk, Step.ANALYSE)]


def test_a_file_that_lies_on_the_disk_already_is_moved_and_never_copied(
    asker: Asker, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = settings.SCRATCH_DIR
    settings.SCRATCH_DIR.mkdir()
    with TemporaryUploadedFile("large.mp4", "video/mp4", len(BYTES), None) as file:
        file.write(BYTES)
        file.flush()
        arrived = Path(file.temporary_file_path())
        assert arrived.parent == settings.SCRATCH_DIR
        inode = arrived.stat().st_ino
        check = submit_upload(file=file, name="large.mp4", asker=asker).check
    assert check.upload_sha256 == BYTES_SHA256
    assert (settings.STORE_DIR / check.work_file).stat().st_ino == inode
    assert files_in(settings.SCRATCH_DIR) == []


@pytest.mark.parametrize(
    ("data", "code"), [(b"x" * 101, "content.too_large"), (b"", "content.corrupt")]
)
def test_a_refused_file_goes_with_its_request(
    data: bytes, code: str, asker: Asker, settings: Any
) -> None:
    settings.MAX_VIDEO_BYTES = 100
    settings.FILE_UPLOAD_TEMP_DIR = settings.SCRATCH_DIR
    settings.SCRATCH_DIR.mkdir()
    with TemporaryUploadedFile("large.mp4", "video/mp4", len(data), None) as file:
        file.write(data)
        file.flush()
        with pytest.raises(VideoProblem) as refused:
            submit_upload(file=file, name="large.mp4", asker=asker)
    assert refused.value.code == code
    assert files_in(settings.STORE_DIR) + files_in(settings.SCRATCH_DIR) == []


def test_known_bytes_are_answered_at_once_and_not_kept(asker: Asker, settings: Any) -> None:
    known_finding(sha256=BYTES_SHA256)
    made = upload(BYTES, asker)
    assert made.check.state == Check.State.DONE and made.check.finding is not None
    assert files_in(settings.STORE_DIR) == []


def test_each_uploader_has_their_own_check_and_name(asker: Asker, stranger: Asker) -> None:
    mine, theirs = upload(BYTES, asker, "mine.mp4"), upload(BYTES, stranger, "theirs.mp4")
    assert mine.check.pk != theirs.check.pk
    assert theirs.check.upload_name == "theirs.mp4"


@pytest.mark.parametrize(
    ("data", "code"), [(b"x" * 101, "content.too_large"), (b"", "content.corrupt")]
)
def test_a_refused_upload_leaves_nothing_behind(
    data: bytes, code: str, asker: Asker, settings: Any, tmp_path: Path
) -> None:
    settings.MAX_VIDEO_BYTES = 100
    with pytest.raises(VideoProblem) as refused:
        upload(data, asker)
    assert refused.value.code == code
    assert not Check.objects.exists()
    assert files_in(tmp_path / "store") + files_in(tmp_path / "scratch") == []


def test_an_almost_full_disk_refuses_uploads(asker: Asker, settings: Any) -> None:
    settings.MIN_FREE_DISK_BYTES = 1 << 62
    with pytest.raises(VideoProblem, match=r"service\.busy"):
        upload(BYTES, asker)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\videos\\a.mp4", "a.mp4"),
        ("a\x00\n\u202eb.mp4", "ab.mp4"),
        ("v" * 300, "v" * 200),
    ],
)
def test_a_file_name_is_a_label_and_never_a_path(given: str, kept: str, asker: Asker) -> None:
    made = submit_upload(file=SimpleUploadedFile("x", BYTES), name=given, asker=asker)
    assert made.check.upload_name == kept


@pytest.mark.django_db(transaction=True)
def test_thirty_threads_asking_for_one_address_make_one_check(asker: Asker) -> None:
    barrier, made, broken = threading.Barrier(30), [], []

    def ask() -> None:
        try:
            barrier.wait()
            made.append(submit_address(url=URL, asker=asker))
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
    assert len({submission.check.pk for submission in made}) == 1
    assert sum(submission.is_new for submission in made) == 1
    assert Check.objects.get().published_at is not None
