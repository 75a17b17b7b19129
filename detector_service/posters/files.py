"""Where the bytes of an upload are: on the disk until its answer, in the store only if wanted.

The name is the posting's number, 128 random bits; nothing that a person chose becomes a path.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from analysis.errors import VideoProblem
from detector_service.checks import store
from detector_service.checks.models import Video
from detector_service.posters.models import Posting

log = logging.getLogger(__name__)

_NAME = re.compile(r"[\w-]{22}", re.ASCII)


def path_of(posting: Posting) -> Path:
    folder: Path = settings.UPLOADS_DIR
    return folder / posting.public_id


def copy_for_work(posting: Posting) -> str:
    """The upload itself stays until the answer: whatever is killed on the way loses nothing."""
    return store.keep_copy(path_of(posting), under="work")


def drop(posting: Posting) -> None:
    """With the commit, and not if that fails."""
    if posting.has_file:
        posting.has_file = False
        path = path_of(posting)
        transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)


def keep(posting: Posting, video: Video) -> None:
    """For a moderator, or because the site wants it kept; the sweep of kept files ends it."""
    if not posting.has_file or video.kept_file:
        return
    path = path_of(posting)
    if not path.exists():  # an answer without the file is worth more than none
        log.error("the upload %s is not there to be kept", path)
        return
    try:
        key = store.keep_copy(path)
    except Exception as error:  # whatever kind of store it is that fails
        raise VideoProblem("service.busy", "the store does not take an upload") from error
    if not Video.objects.filter(pk=video.pk, kept_file="").update(kept_file=key):
        store.delete(key)


def is_promised(video: Video) -> bool:
    """A site's policy keeps it, or somebody has still to look at it for a site."""
    wanted = Q(site__keep_files=True) | Q(state=Posting.State.SECOND_LOOK)
    sent = Posting.objects.filter(wanted, check_asked__video=video, needed_bytes=True)
    return sent.exists()


def sweep(known: set[str], *, older_than_s: float, now_s: float) -> None:
    """Files that no posting knows: what a crash left between two steps.

    What others put there, and the ``lost+found`` of a disk, is not ours to delete.
    """
    if not settings.UPLOADS_DIR.is_dir():
        return
    for path in settings.UPLOADS_DIR.iterdir():
        if not _NAME.fullmatch(path.name) or path.name in known:
            continue
        try:
            if path.is_file() and now_s - path.stat().st_mtime > older_than_s:
                path.unlink()
        except FileNotFoundError:
            continue
