"""Take away what nobody needs any more: bytes that a crash left, and who asked long ago."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from detector_service.checks import keeping, store
from detector_service.checks.models import Check, Contest, Finding, Video
from detector_service.checks.signals import askers_forgotten

log = logging.getLogger(__name__)

ORPHAN_AFTER_S = 24 * 3600  # far longer than any check takes


def sweep() -> None:
    for part in (
        _drop_scratch,
        _drop_orphaned_work,
        _drop_orphaned_evidence,
        keeping.sweep,
        _drop_orphaned_kept,
        _forget_askers,
        _forget_sessions,
    ):
        try:
            part()
        except Exception:  # what one stumbles over must not hold up what others promise
            log.exception("the sweep did not get to the end of %s", part.__qualname__)


def _drop_scratch() -> None:
    if not settings.SCRATCH_DIR.is_dir():
        return
    # As ``tempfile`` names them, for us and for Django: nothing else there is ours to delete.
    for path in settings.SCRATCH_DIR.glob(f"{tempfile.gettempprefix()}*"):
        if not _is_old(path):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:  # an upload that was still arriving
            path.unlink(missing_ok=True)


def _drop_orphaned_work() -> None:
    needed = set(
        Check.objects.filter(state__in=Check.ACTIVE)
        .exclude(work_file="")
        .values_list("work_file", flat=True)
    )
    _, names = _listed("work")
    for key in {f"work/{name}" for name in names} - needed:
        if _key_is_old(key):
            store.delete(key)


def _drop_orphaned_evidence() -> None:
    folders, _ = _listed("evidence")
    shown = set(Finding.objects.values_list("evidence_folder", flat=True))
    for prefix in {f"evidence/{folder}" for folder in folders} - shown:
        _, names = _listed(prefix)
        if all(_key_is_old(f"{prefix}/{name}") for name in names):
            store.delete_evidence(prefix)


def _drop_orphaned_kept() -> None:
    _, names = _listed("kept")
    needed = set(Video.objects.exclude(kept_file="").values_list("kept_file", flat=True))
    for key in {f"kept/{name}" for name in names} - needed:
        if _key_is_old(key):
            store.delete(key)


def _forget_askers() -> None:
    """A verdict is kept; who asked or contested, from where and under which name is not."""
    long_ago = timezone.now() - timedelta(days=settings.FORGET_ASKERS_AFTER_DAYS)
    Check.objects.filter(finished_at__lt=long_ago).exclude(
        asked_from_sha256="", cancel_token_sha256="", upload_name=""
    ).update(asked_from_sha256="", cancel_token_sha256="", upload_name="")
    # Each by another name: of one name there is one at a time, and people are counted by them.
    Contest.objects.filter(created_at__lt=long_ago).exclude(
        person_sha256__startswith="forgotten"
    ).update(person_sha256=Concat(Value("forgotten "), Cast("pk", CharField())))
    askers_forgotten.send(sender=Check, before=long_ago)


def _forget_sessions() -> None:
    call_command("clearsessions")


def _listed(prefix: str) -> tuple[Iterable[str], Iterable[str]]:
    try:
        return store.storage().listdir(prefix)
    except FileNotFoundError:
        return (), ()


def _key_is_old(key: str) -> bool:
    age_s = store.age_s(key)
    return age_s is not None and age_s > ORPHAN_AFTER_S


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ORPHAN_AFTER_S
    except FileNotFoundError:
        return False
