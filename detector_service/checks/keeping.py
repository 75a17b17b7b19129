"""Videos that are kept after their check: only where the deployment says so, and only as needed.

    KEEP_VIDEOS=never      as soon as the check has ended, the bytes are gone
    KEEP_VIDEOS=reviewed   a day for somebody to object, and until a review has decided
    KEEP_VIDEOS=decided    also what was decided, to learn from it

Who needs a file says so when asked (``signals.file_needed``); what nobody needs is swept.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.dispatch import Signal

from detector_service.checks import store
from detector_service.checks.models import Video
from detector_service.checks.signals import file_forbidden, file_needed, file_promised


def copy_if_wanted(sha256: str, path: Path) -> str:
    """Before the transaction that ends the check: a store can take longer than one may last.

    The key of a copy that ``keep`` or its caller's ``store.delete`` takes, or nothing.
    """
    if settings.KEEP_VIDEOS == "never" or not _has_room():
        return ""
    video = Video.objects.filter(sha256=sha256).first() or Video(sha256=sha256)
    if video.kept_file or is_forbidden(video):
        return ""
    return store.keep_copy(path)


def keep(video: Video, copy: str) -> bool:
    """In the transaction that ends the check: whether the copy is the video's from here on."""
    if not copy or is_forbidden(video):
        return False
    return bool(Video.objects.filter(pk=video.pk, kept_file="").update(kept_file=copy))


def keep_if_needed(video: Video, path: Path, sha256: str) -> None:
    """Seen before, and now here again: a review may have begun since its bytes went."""
    if video.kept_file or video.sha256 != sha256 or not _says_yes(file_needed, video):
        return
    copy = copy_if_wanted(sha256, path)
    if copy and not keep(video, copy):
        store.delete(copy)


def is_needed(video: Video) -> bool:
    if is_forbidden(video):
        return False
    if _says_yes(file_promised, video):
        return True
    if settings.KEEP_VIDEOS == "never":
        return False
    return _is_young(video.kept_file) or _says_yes(file_needed, video)


def is_forbidden(video: Video) -> bool:
    return _says_yes(file_forbidden, video)


def let_go(video: Video) -> None:
    """The row first: a key without bytes would be worse than bytes without a key."""
    if Video.objects.filter(pk=video.pk, kept_file=video.kept_file).update(kept_file=""):
        store.delete(video.kept_file)


def sweep() -> None:
    for video in Video.objects.exclude(kept_file="").iterator():
        if not is_needed(video):
            let_go(video)


def _says_yes(asked: Signal, video: Video) -> bool:
    """A listener that fails is one that might have said yes."""
    answers = asked.send_robust(sender=Video, video=video)
    return any(bool(answer) for _, answer in answers)


def _is_young(key: str) -> bool:
    age_s = store.age_s(key)
    return age_s is not None and age_s < float(settings.KEEP_UNREVIEWED_S)


def _has_room() -> bool:
    return bool(store.free_bytes() > 2 * settings.MIN_FREE_DISK_BYTES)
