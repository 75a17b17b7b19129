"""Bytes arrive: streamed to the disk, in order, never more than were announced.

The offset in the row is the truth, and it only moves over bytes that are on the disk for good. A
connection that breaks, a process that is killed and a machine that loses its power therefore cost
at most the last few megabytes, and a sender that asks for the offset goes on from there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from analysis.errors import VideoProblem
from detector_service.checks import store, submit
from detector_service.checks.asker import Asker
from detector_service.checks.problems import Refused
from detector_service.posters import answering, files, media_types
from detector_service.posters.models import Posting

log = logging.getLogger(__name__)

CHECKSUMS = ("sha256", "sha1")  # sha1 is what the protocol asks of every server
COMMIT_BYTES = 4 << 20
_PIECE_BYTES = 1 << 16
_SWEPT_AT_ONCE = 1000

State = Posting.State
Read = Callable[[int], bytes]


class LineBroke(Exception):
    """The sender is gone; what had arrived before is kept."""


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: str
    digest: bytes


def receive(
    posting: Posting, *, offset: int, length: int, read: Read, checksum: Checksum | None
) -> int:
    """The new offset. ``LineBroke`` if fewer than ``length`` bytes came."""
    assert posting.size_bytes is not None
    with _alone(posting) as file:
        posting.refresh_from_db(fields=["state", "received_bytes", "has_file", "expires_at"])
        if posting.state != State.UPLOADING:
            raise Refused("upload.gone")
        _refuse_what_is_not_here(posting, file)
        if offset != posting.received_bytes:
            raise Refused("upload.wrong_offset", f"at {posting.received_bytes}")
        if offset + length > posting.size_bytes:
            raise Refused("request.too_large", f"only {posting.size_bytes - offset} are left")
        file.truncate(offset)  # what a crash left behind the offset was never promised
        file.seek(offset)
        arrived = _write(posting, file, length=length, read=read, checksum=checksum)
    if arrived < length:
        raise LineBroke
    return posting.received_bytes


def finish(posting: Posting) -> Posting:
    """All bytes are there: what was announced becomes a check, anything else is deleted.

    Called again after a crash it goes on: until the check is made, the bytes stay where they are.
    """
    with _alone(posting) as file:
        posting.refresh_from_db()
        if posting.state != State.UPLOADING or posting.received_bytes != posting.size_bytes:
            return posting
        _refuse_what_is_not_here(posting, file)
        code = _what_is_wrong(posting)
        if code:
            answering.fail(posting, code)
            return posting
        _begin_check(posting)
    return answering.settle(posting)


def cancel(posting: Posting) -> None:
    with _alone(posting, without_bytes=True):
        posting.refresh_from_db()
        if posting.state == State.UPLOADING:
            answering.cancel(posting)


def expire_due() -> None:
    """Uploads that nobody has gone on with for a day, and whole ones that a crash left."""
    whole = Posting.objects.filter(state=State.UPLOADING, received_bytes=F("size_bytes"))
    _do_for_each(whole, finish)
    old = Posting.objects.filter(state=State.UPLOADING, expires_at__lt=timezone.now())
    _do_for_each(old, cancel)


def _do_for_each(postings: QuerySet[Posting], do: Callable[[Posting], object]) -> None:
    """What cannot be done now is tried again by the next sweep, and holds up no other."""
    rows = postings.select_related("site", "site_key__key").order_by("pk")
    for posting in rows[:_SWEPT_AT_ONCE]:
        try:
            do(posting)
        except Refused as refused:
            log.warning("upload %s has to wait: %s", posting.public_id, refused)
        except VideoProblem as busy:
            log.warning("upload %s and those behind it have to wait: %s", posting.public_id, busy)
            break  # the queue is full: to hash them all would tell nothing new
        except Exception:
            log.exception("upload %s could not be seen to", posting.public_id)


@contextlib.contextmanager
def _alone(posting: Posting, *, without_bytes: bool = False) -> Iterator[BinaryIO]:
    """One at a time for each upload. The kernel lets go of the lock when its holder dies.

    ``without_bytes``: also where those that arrived are not on this disk.
    """
    settings.UPLOADS_DIR.mkdir(parents=True, exist_ok=True)
    path = files.path_of(posting)
    if posting.state == State.UPLOADING and not posting.has_file:
        Posting.objects.filter(pk=posting.pk, state=State.UPLOADING).update(has_file=True)
        posting.has_file = True
    may_be_new = posting.state == State.UPLOADING and (without_bytes or not posting.received_bytes)
    create = os.O_CREAT if may_be_new else 0
    try:
        descriptor = os.open(path, os.O_RDWR | create | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise Refused("upload.gone") from None
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("upload.in_use", retry_after_s=2) from None
        yield file


def _refuse_what_is_not_here(posting: Posting, file: BinaryIO) -> None:
    """The sender altered nothing where a disk was lost, or is another machine's."""
    if os.fstat(file.fileno()).st_size < posting.received_bytes:
        raise Refused("upload.gone")


def _write(
    posting: Posting, file: BinaryIO, *, length: int, read: Read, checksum: Checksum | None
) -> int:
    """How many came. With a checksum none of them counts until all of them have been summed."""
    digest = hashlib.new(checksum.algorithm) if checksum else None  # the protocol's
    start = posting.received_bytes
    arrived = 0
    for piece in _pieces(read, length):
        _put(file, piece)
        arrived += len(piece)
        if digest is not None:
            digest.update(piece)
        elif start + arrived - posting.received_bytes >= COMMIT_BYTES:
            _commit(posting, file, start + arrived)
    if checksum is None or digest is None:
        _commit(posting, file, start + arrived)
        return arrived
    if arrived == length and hmac.compare_digest(digest.digest(), checksum.digest):
        _commit(posting, file, start + arrived)
        return arrived
    file.truncate(start)
    if arrived == length:
        raise Refused("upload.checksum")
    return arrived


def _pieces(read: Read, length: int) -> Iterator[bytes]:
    """Until all have come, or the line breaks, or its other end is silent for too long."""
    left = length
    with contextlib.suppress(OSError):
        while left:
            piece = read(min(_PIECE_BYTES, left))
            if not piece:
                return
            left -= len(piece)
            yield piece


def _put(file: BinaryIO, piece: bytes) -> None:
    try:
        whole = file.write(piece) == len(piece)
    except OSError:
        whole = False
    if not whole:
        raise VideoProblem("service.busy", "the disk is full", retry_after_s=300)


def _commit(posting: Posting, file: BinaryIO, offset: int) -> None:
    """First the disk, then the row: a row never promises what a disk has not got."""
    if offset == posting.received_bytes:
        return  # who sends nothing holds no place
    os.fdatasync(file.fileno())
    expires_at = timezone.now() + timedelta(seconds=settings.UPLOAD_EXPIRES_S)
    still = Posting.objects.filter(
        pk=posting.pk, state=State.UPLOADING, received_bytes=posting.received_bytes
    )
    if not still.update(received_bytes=offset, expires_at=expires_at):
        raise Refused("upload.gone")
    posting.received_bytes, posting.expires_at = offset, expires_at


def _what_is_wrong(posting: Posting) -> str:
    path = files.path_of(posting)
    if store.sha256_of(path) != posting.sha256:
        return "upload.altered"
    with path.open("rb") as file:
        head = file.read(media_types.HEAD_BYTES)
    return "" if media_types.looks_like(head, posting.media_type) else "upload.mislabelled"


def _begin_check(posting: Posting) -> None:
    assert posting.size_bytes is not None
    stored = store.StoredBytes(files.copy_for_work(posting), posting.sha256, posting.size_bytes)
    key = None if posting.site_key is None else posting.site_key.key
    with transaction.atomic():
        asked = submit.submit_stored(
            stored=stored, name=posting.file_name, asker=Asker(key=key)
        ).check
        posting.check_asked = asked
        posting.state = State.CHECKING
        posting.expires_at = None
        posting.save(update_fields=["check_asked", "state", "expires_at"])
