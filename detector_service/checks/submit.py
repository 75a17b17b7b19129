"""Somebody asks about a video: answer from what is known, join what is under way, or begin.

Doubles are kept out by the database alone: two askers may race to make the row, one wins, and the
other joins it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from analysis.errors import VideoProblem
from analysis.fetch.address import parse_address, url_hash
from detector_service.checks import store
from detector_service.checks.asker import Asker, hash_of_token
from detector_service.checks.bundle import current_bundle
from detector_service.checks.doorbell import ring_on_commit
from detector_service.checks.models import Address, Check, Finding
from detector_service.checks.steps import Step
from detector_service.logs import check_id

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """``cancel_token`` is for the one who made the check, once; joining gives none."""

    check: Check
    is_new: bool
    cancel_token: str | None = None


class _Overtaken(Exception):
    """A check of this address was made or has ended since we looked for one."""


class Upload(Protocol):
    """What Django hands over for an uploaded file, as far as we use it."""

    def chunks(self) -> Iterable[bytes]: ...


def submit_address(*, url: str, asker: Asker) -> Submission:
    return _logged(_submit_address(url=url, asker=asker))


def submit_upload(*, file: Upload, name: str, asker: Asker) -> Submission:
    """Each upload is its asker's own check, with their own name for it; only the work is shared."""
    return _logged(_submit_upload(file=file, name=name, asker=asker))


def _submit_address(*, url: str, asker: Asker) -> Submission:
    place = parse_address(url)
    address, _ = Address.objects.get_or_create(
        key_sha256=url_hash(place.key),
        defaults={"key": place.key, "url": place.url, "platform": place.platform},
    )
    for _ in range(5):  # once, unless a check of this address ends while we look
        finding = _current_finding(address)
        if finding is not None:
            return _answer(address, finding, asker)
        under_way = Check.objects.filter(address=address, state__in=Check.ACTIVE).first()
        try:
            if under_way is not None:
                return _join(under_way, asker)
            return _begin_fetching(address, asker)
        except (IntegrityError, _Overtaken):
            continue
    raise VideoProblem("service.busy", "checks of one address keep ending as we look")


def submit_stored(*, stored: store.StoredBytes, name: str, asker: Asker) -> Submission:
    """Bytes that are in the store already: they are the check's from here on, or deleted."""
    return _logged(_submit_stored(stored=stored, name=name, asker=asker))


def submit_known(*, sha256: str, size_bytes: int, name: str, asker: Asker) -> Submission | None:
    """Answered by what the bytes are called alone; None if they have to be seen first."""
    finding = Finding.objects.filter(
        video__sha256=sha256, video__size_bytes=size_bytes, bundle=current_bundle()
    ).first()
    if finding is None:
        return None
    check = _done_at_once(finding, asker, upload_sha256=sha256, upload_name=_printable(name))
    return _logged(Submission(check, is_new=True))


def _submit_upload(*, file: Upload, name: str, asker: Asker) -> Submission:
    max_bytes = settings.MAX_VIDEO_BYTES
    if isinstance(file, TemporaryUploadedFile):
        stored = store.keep_arrived(Path(file.temporary_file_path()), max_bytes=max_bytes)
    else:
        stored = store.keep_upload(file.chunks(), max_bytes=max_bytes)
    return _submit_stored(stored=stored, name=name, asker=asker)


def _submit_stored(*, stored: store.StoredBytes, name: str, asker: Asker) -> Submission:
    source = {"upload_sha256": stored.sha256, "upload_name": _printable(name)}
    try:
        finding = Finding.objects.filter(
            video__sha256=stored.sha256, bundle=current_bundle()
        ).first()
        if finding is None:
            return _begin(asker, step=Step.ANALYSE, work_file=stored.key, **source)
    except BaseException:
        store.delete(stored.key)
        raise
    store.delete(stored.key)
    return Submission(_done_at_once(finding, asker, **source), is_new=True)


def _current_finding(address: Address) -> Finding | None:
    """Of the bytes that were last found there, if that was not too long ago."""
    current_since = timezone.now() - timedelta(seconds=settings.VERDICT_CURRENT_FOR_S)
    return Finding.objects.filter(
        video__addresses=address,
        video__addresses__fetched_at__gte=current_since,
        bundle=current_bundle(),
    ).first()


def _answer(address: Address, finding: Finding, asker: Asker) -> Submission:
    known = Check.objects.filter(address=address, finding=finding, state=Check.State.DONE)
    check = known.order_by("-finished_at").first()
    if check is None:
        return Submission(
            _done_at_once(finding, asker, address=address, title=address.title), is_new=True
        )
    return Submission(check, is_new=False)


def _join(check: Check, asker: Asker) -> Submission:
    if not check.shared and not asker.asked_for(check):
        if not Check.objects.filter(pk=check.pk, state__in=Check.ACTIVE).update(shared=True):
            raise _Overtaken
        check.shared = True
    return Submission(check, is_new=False)


def _begin(asker: Asker, *, step: Step, **source: Any) -> Submission:
    waiting = Check.objects.filter(state=Check.State.QUEUED).count()
    if waiting >= settings.MAX_WAITING_CHECKS:
        raise VideoProblem("service.busy", f"{waiting} checks are waiting")
    cancel_token = secrets.token_urlsafe(24)
    with transaction.atomic():
        check = Check.objects.create(
            **source, **_asked_by(asker), cancel_token_sha256=hash_of_token(cancel_token)
        )
        ring_on_commit(check.pk, step)
    return Submission(check, is_new=True, cancel_token=cancel_token)


def _begin_fetching(address: Address, asker: Asker) -> Submission:
    with transaction.atomic():
        submission = _begin(asker, step=Step.FETCH, address=address)
        if _current_finding(address) is not None:
            raise _Overtaken
    return submission


def _done_at_once(finding: Finding, asker: Asker, **source: Any) -> Check:
    return Check.objects.create(
        **source,
        **_asked_by(asker),
        state=Check.State.DONE,
        progress=1.0,
        video=finding.video,
        finding=finding,
        finished_at=timezone.now(),
    )


def _asked_by(asker: Asker) -> dict[str, Any]:
    return {"asked_by": asker.key, "asked_from_sha256": asker.address_sha256}


def _logged(submission: Submission) -> Submission:
    check_id.set(submission.check.public_id)  # in whatever this request logs from here on
    log.info("asked: %s", "new" if submission.is_new else submission.check.state)
    return submission


def _printable(name: str) -> str:
    """The last part of the name, as a label for people and never as a path."""
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    return "".join(character for character in last if character.isprintable())[:200]
