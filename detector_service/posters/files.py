"""Where the bytes of an upload are: on the disk until its answer, in the store only if wanted.

The name is the posting's number, 128 random bits; nothing that a person chose becomes a path.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.db import transaction

from detector_service.checks import store
from detector_service.checks.models import Video
from detector_service.posters.models import Posting


def path_of(posting: Posting) -> Path:
    folder: Path = settings.UPLOADS_DIR
    return folder / posting.public_id


def copy_into_store(posting: Posting) -> str:
    """A second name for the same bytes, where the store lies on the same disk.

    The first name stays until the answer, so whatever is killed on the way loses nothing.
    """
    twin = path_of(posting).with_suffix(".twin")
    twin.unlink(missing_ok=True)
    os.link(path_of(posting), twin)
    try:
        return store.keep_work_file(twin)
    finally:
        twin.unlink(missing_ok=True)


def drop(posting: Posting) -> None:
    """With the commit, and not if that fails."""
    if posting.has_file:
        posting.has_file = False
        path = path_of(posting)
        transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)


def keep(posting: Posting, video: Video) -> None:
    """For a moderator, or because the site wants it kept."""
    if not posting.has_file or posting.kept_file or video.kept_file:
        return
    key = copy_into_store(posting)
    if Video.objects.filter(pk=video.pk, kept_file="").update(kept_file=key):
        posting.kept_file = key
    else:
        store.delete(key)


def let_go(posting: Posting) -> None:
    """What was kept for a moderator alone."""
    key, posting.kept_file = posting.kept_file, ""
    if key and Video.objects.filter(kept_file=key).update(kept_file=""):
        transaction.on_commit(lambda: store.delete(key), robust=True)


def sweep(known: set[str], *, older_than_s: float, now_s: float) -> None:
    """Files that no posting knows: what a crash left between two steps."""
    if not settings.UPLOADS_DIR.is_dir():
        return
    for path in settings.UPLOADS_DIR.iterdir():
        try:
            if path.name not in known and now_s - path.stat().st_mtime > older_than_s:
                path.unlink()
        except FileNotFoundError:
            continue
