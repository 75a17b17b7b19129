"""A video is kept only where the deployment says so, and only as long as somebody needs it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector_service.checks import housekeeping, keeping, lifecycle, store
from detector_service.checks.asker import Asker
from detector_service.checks.models import Video
from detector_service.checks.signals import file_needed
from detector_service.checks.submit import submit_address
from tests.checks.conftest import known_finding

pytestmark = pytest.mark.django_db
BYTES = b"a video"


@pytest.fixture
def video(settings: Any) -> Video:
    settings.KEEP_VIDEOS = "reviewed"
    settings.MIN_FREE_DISK_BYTES = 0
    return known_finding().video


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.write_bytes(BYTES)
    return path


@pytest.fixture
def needed() -> Iterator[list[Any]]:
    """The answers that a review would give."""
    answers: list[Any] = []

    def answer(**_: Any) -> Any:
        said = answers[0] if answers else False
        if isinstance(said, Exception):
            raise said
        return said

    file_needed.connect(answer)
    yield answers
    file_needed.disconnect(answer)


def keep(video: Video, path: Path) -> bool:
    return keeping.keep(video, keeping.copy_if_wanted(video.sha256, path))


def kept(video: Video) -> str:
    video.refresh_from_db()
    return video.kept_file


def make_old(video: Video) -> None:
    path = Path(store.storage().path(kept(video)))
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(path, (long_ago, long_ago))


def test_nothing_is_kept_unless_the_deployment_says_so(
    video: Video, path: Path, settings: Any
) -> None:
    settings.KEEP_VIDEOS = "never"
    assert not keep(video, path) and kept(video) == ""


def test_the_bytes_outlive_the_work_file_they_came_from(video: Video, path: Path) -> None:
    keep(video, path)
    path.unlink()
    with store.storage().open(kept(video)) as file:
        assert file.read() == BYTES
    assert keeping.copy_if_wanted(video.sha256, path) == ""  # once is enough


def test_of_two_copies_of_a_video_one_is_kept(video: Video, path: Path) -> None:
    first, second = [keeping.copy_if_wanted(video.sha256, path) for _ in range(2)]
    assert keeping.keep(video, first) and not keeping.keep(video, second)
    assert kept(video) == first


def test_it_stays_a_day_for_somebody_to_object(video: Video, path: Path, needed: list[Any]) -> None:
    keep(video, path)
    keeping.sweep()
    assert kept(video)
    make_old(video)
    key = kept(video)
    keeping.sweep()
    assert kept(video) == "" and not store.storage().exists(key)


@pytest.mark.parametrize("answer", [True, RuntimeError("the database is away")])
def test_what_a_review_may_need_stays(
    video: Video, path: Path, needed: list[Any], answer: Any
) -> None:
    keep(video, path)
    make_old(video)
    needed.append(answer)
    keeping.sweep()
    assert kept(video)


def test_a_deployment_that_changes_its_mind_lets_go_of_all(
    video: Video, path: Path, needed: list[Any], settings: Any
) -> None:
    keep(video, path)
    needed.append(True)
    settings.KEEP_VIDEOS = "never"
    keeping.sweep()
    assert kept(video) == ""


def test_bytes_that_no_row_names_are_swept(video: Video, path: Path) -> None:
    key = store.keep_copy(path)
    os.utime(store.storage().path(key), (1, 1))
    keep(video, path)
    make_old(video)
    housekeeping._drop_orphaned_kept()
    assert not store.storage().exists(key) and store.storage().exists(kept(video))


def test_a_review_that_began_later_gets_the_file_when_it_comes_by_again(
    video: Video, path: Path, needed: list[Any]
) -> None:
    keeping.keep_if_needed(video, path, video.sha256)
    assert kept(video) == ""
    needed.append(True)
    keeping.keep_if_needed(video, path, "0" * 64)  # other bytes of the same name
    assert kept(video) == ""
    keeping.keep_if_needed(video, path, video.sha256)
    assert kept(video)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("engine")
def test_a_check_leaves_its_file_in_place_of_its_work_file(
    run: Any, asker: Asker, settings: Any
) -> None:
    settings.KEEP_VIDEOS, settings.MIN_FREE_DISK_BYTES = "reviewed", 0
    run(submit_address(url="https://example.com/v.mp4", asker=asker).check)
    assert files_in(settings.STORE_DIR) == {"evidence", "kept"}
    assert Video.objects.get().kept_file


@pytest.mark.usefixtures("engine")
def test_a_check_that_ends_too_late_keeps_nothing(
    run: Any, asker: Asker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEEP_VIDEOS, settings.MIN_FREE_DISK_BYTES = "reviewed", 0

    def too_late(lease: Any, **_: Any) -> None:
        raise lifecycle.LeaseLost

    monkeypatch.setattr(lifecycle, "finish", too_late)
    run(submit_address(url="https://example.com/v.mp4", asker=asker).check)
    assert "kept" not in files_in(settings.STORE_DIR)
    assert not Video.objects.exists()
