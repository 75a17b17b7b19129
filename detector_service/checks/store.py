"""Where bytes are kept: what waits to be looked at, and the pictures that a Finding refers to.

Keys are random and ours alone; no name that a person chose ever becomes a path.

    work/<random>                   a video between its arrival and the end of its check
    kept/<random>                   a video that a review needs, where the deployment keeps them
    evidence/<random>/<name>.webp   what a Finding shows
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils import timezone

from analysis.errors import VideoProblem

HASH_CHUNK_BYTES = 1 << 20

# Of the threads that docker/gunicorn.py names: the rest answers what needs no store.
_readers = threading.BoundedSemaphore(16)
_READERS_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class StoredBytes:
    key: str
    sha256: str
    size_bytes: int


class BytesGone(Exception):
    """A row refers to bytes that are not in the store."""


def storage() -> Storage:
    return storages["evidence"]


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A private folder on our own disk, gone afterwards; the sweep takes what a crash leaves."""
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.SCRATCH_DIR, ignore_cleanup_errors=True) as name:
        yield Path(name)


def keep_upload(chunks: Iterable[bytes], *, max_bytes: int) -> StoredBytes:
    """Hash while writing, stop at the limit, and leave nothing behind when anything fails."""
    refuse_when_full()
    with scratch_folder() as folder:
        path = folder / "upload"
        digest, size_bytes = hashlib.sha256(), 0
        with path.open("wb") as file:
            for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > max_bytes:
                    raise VideoProblem("content.too_large", f"more than {max_bytes} bytes")
                digest.update(chunk)
                file.write(chunk)
        if size_bytes == 0:
            raise VideoProblem("content.corrupt", "an empty file")
        return StoredBytes(keep_work_file(path), digest.hexdigest(), size_bytes)


def keep_arrived(path: Path, *, max_bytes: int) -> StoredBytes:
    """A file that lies on our disk since it arrived: hashed there, then moved and never copied."""
    size_bytes = path.stat().st_size
    if size_bytes > max_bytes:
        raise VideoProblem("content.too_large", f"more than {max_bytes} bytes")
    if size_bytes == 0:
        raise VideoProblem("content.corrupt", "an empty file")
    refuse_when_full()
    sha256 = sha256_of(path)
    return StoredBytes(keep_work_file(path), sha256, size_bytes)


def keep_work_file(path: Path) -> str:
    key = f"work/{secrets.token_hex(16)}"
    _move_in(path, key)
    return key


def keep_copy(path: Path, *, under: str = "kept") -> str:
    """The bytes under a key of their own; on one file system no byte is written twice."""
    key = f"{under}/{secrets.token_hex(16)}"
    with scratch_folder() as folder:
        copy = folder / "video"
        try:
            os.link(path, copy)
        except OSError:
            shutil.copyfile(path, copy)
        _move_in(copy, key)
    return key


def keep_evidence(folder: Path) -> str:
    prefix = f"evidence/{secrets.token_hex(16)}"
    for path in sorted(folder.iterdir()):
        _move_in(path, f"{prefix}/{path.name}")
    return prefix


def local_file(key: str, folder: Path) -> Path:
    """The bytes as a file of this machine, in ``folder`` where the store is none.

    BytesGone if the store has lost them.
    """
    if not storage().exists(key):
        raise BytesGone(key)
    path = _path_on_disk(key)
    if path is not None:
        return path
    copy = folder / "video"
    with storage().open(key) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target)
    return copy


def opened(key: str) -> File[bytes]:
    """For a web page: FileNotFoundError if it is not there.

    ``service.busy`` while too many others wait for a store that is silent.
    """
    with _reading():
        return storage().open(key)


def ask() -> None:
    """Each kind of store has its own exception where it does not answer."""
    with _reading():
        storage().exists("work")


@contextmanager
def _reading() -> Iterator[None]:
    if not _readers.acquire(timeout=_READERS_WAIT_S):
        raise VideoProblem("service.busy", "the store is silent", retry_after_s=5)
    try:
        yield
    finally:
        _readers.release()


def delete(key: str) -> None:
    storage().delete(key)


def delete_evidence(prefix: str) -> None:
    try:
        _, names = storage().listdir(prefix)
    except FileNotFoundError:  # where nothing was shown there is no folder
        return
    for name in names:
        storage().delete(f"{prefix}/{name}")
    storage().delete(prefix)


def age_s(key: str) -> float | None:
    """None if it is gone: a worker may have ended its check since it was listed."""
    try:
        modified_at = storage().get_modified_time(key)
    except Exception:  # each kind of store has its own for what is not there
        if storage().exists(key):
            raise
        return None
    return float((timezone.now() - modified_at).total_seconds())


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_when_full(*, incoming_bytes: int = 0) -> None:
    """Better to say "busy" now than to fail everybody's check half way."""
    if free_bytes() - incoming_bytes < settings.MIN_FREE_DISK_BYTES:
        raise VideoProblem("service.busy", "the disk is almost full")


def free_bytes() -> int:
    """Of the fuller disk, where the store is one: what arrives passes through both."""
    folders = [settings.SCRATCH_DIR]
    if _path_on_disk("work") is not None:
        folders.append(settings.STORE_DIR)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return min(shutil.disk_usage(folder).free for folder in folders)


def _path_on_disk(key: str) -> Path | None:
    """None where the store is no file system: Django's storages say so with this exception."""
    try:
        return Path(storage().path(key))
    except NotImplementedError:
        return None


def _move_in(path: Path, key: str) -> None:
    target = _path_on_disk(key)
    if target is None:
        with path.open("rb") as file:
            storage().save(key, File(file))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
