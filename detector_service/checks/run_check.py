"""What a worker does with one check: the only place where the service meets the engine.

    fetch     address -> bytes -> known already? -> done, without a model
                               -> else kept in the store for the second step
    analyse   bytes -> a file as a fetch would have let through?
                    -> known already? -> done
                    -> else frames, faces, scores -> Finding and its pictures -> done

Each step can be killed anywhere. What it had written is then either nothing, or orphaned bytes
that the sweep takes away, or a row that the next worker picks up.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models import F

from analysis.errors import Cancelled, VideoProblem
from analysis.fetch.address import CanonicalAddress
from analysis.fetch.breaker import CircuitBreaker
from analysis.finding import Finding as Seen
from detector_service.checks import keeping, lifecycle, store
from detector_service.checks.bundle import cards, current_bundle, current_name
from detector_service.checks.lifecycle import Lease
from detector_service.checks.models import Check, Finding, Video
from detector_service.checks.same_video import finding_of, name_of
from detector_service.checks.signals import finding_made
from detector_service.checks.steps import Step
from detector_service.logs import check_id

if TYPE_CHECKING:
    from analysis.fetch.fetch_video import FetchedVideo
    from analysis.fetch.limits import FetchLimits
    from analysis.models.bundles import Bundle

log = logging.getLogger(__name__)

RENEW_EVERY_S = 1.0
FETCH_SHARE = 0.4  # of the progress that a person sees

Tell = Callable[[str, float], None]


def fetch(check_pk: int) -> None:
    _run(check_pk, Step.FETCH, _fetch)


def analyse(check_pk: int) -> None:
    _run(check_pk, Step.ANALYSE, _analyse)


def warm() -> None:
    """Load the decoder and the model before the first person waits for them."""
    from analysis.media import read

    read.make_ready()
    loaded_bundle()


def warm_fetching() -> None:
    """Load what fetching needs; returns at once."""
    from analysis.fetch import fetch_video

    fetch_video.make_ready()


def look_again(video_pk: int, bundle_name: str) -> None:
    """Another bundle's Finding of a kept file; told to nobody unless that bundle is promoted."""
    video = Video.objects.filter(pk=video_pk).exclude(kept_file="").first()
    version = cards()[bundle_name]["version"]
    if video is None or video.findings.filter(bundle=version).exists():
        return
    try:
        with store.scratch_folder() as folder, store.scratch_folder() as pictures:
            path = store.local_file(video.kept_file, folder)
            seen = look_at(path, pictures, lambda stage, at: None, bundle=_loaded(bundle_name))
            evidence_folder = store.keep_evidence(pictures)
    except (VideoProblem, store.BytesGone):
        log.exception("video %s cannot be looked at again", video.sha256[:12])
        return
    _, is_new = _make_finding(video, seen, evidence_folder, told=False)
    if not is_new or keeping.is_forbidden(video):  # erased as it was looked at
        store.delete_evidence(evidence_folder)


def _run(check_pk: int, step: Step, work: Callable[[Lease], None]) -> None:
    lease = lifecycle.claim(check_pk, step)
    if lease is None:
        return
    tag = check_id.set(lease.public_id)
    try:
        log.info("%s begins", step)
        work(lease)
        log.info("%s ends", step)
    except Cancelled:
        log.info("%s stopped: the check was cancelled or somebody else has it", step)
    except VideoProblem as problem:
        log.info("%s failed: %s", step, problem)
        _fail(lease, problem.code, problem.retry_after_s)
    except SoftTimeLimitExceeded:
        log.warning("%s took too long", step)
        _fail(lease, "service.timeout")
    except Exception:
        log.exception("%s broke", step)
        _fail(lease, "service.internal")
    finally:
        check_id.reset(tag)


def _fail(lease: Lease, code: str, retry_after_s: float | None = None) -> None:
    try:
        lifecycle.fail(lease, code=code, retry_after_s=retry_after_s)
    except lifecycle.LeaseLost:
        log.info("too late to fail: the lease is lost")


def _fetch(lease: Lease) -> None:
    check = Check.objects.select_related("address").get(pk=lease.check_pk)
    assert check.address is not None
    address = check.address
    place = CanonicalAddress(url=address.url, key=address.key, platform=address.platform)
    tell = _Teller(lease, 0.0, FETCH_SHARE)
    with store.scratch_folder() as folder:
        fetched = _fetch_unless_turned_away(place, folder, tell)
        found_as = name_of(fetched.platform, fetched.platform_id)
        known = finding_of(found_as, at=address) or _known(fetched.sha256)
        if known is not None:
            with tell.while_bytes_move():
                keeping.keep_if_needed(known.video, fetched.path, fetched.sha256)
            lifecycle.finish(lease, finding=known, title=fetched.title, found_as=found_as)
            return
        with tell.while_bytes_move():
            work_file = store.keep_work_file(fetched.path)
    try:
        lifecycle.hand_over(lease, work_file=work_file, title=fetched.title, found_as=found_as)
    except BaseException:
        store.delete(work_file)
        raise


def _analyse(lease: Lease) -> None:
    check = Check.objects.get(pk=lease.check_pk)
    tell = _Teller(lease, FETCH_SHARE, 1.0)
    try:
        with store.scratch_folder() as folder, store.scratch_folder() as pictures:
            with tell.while_bytes_move():
                path = store.local_file(check.work_file, folder)
            was_fetched = check.address_id is not None  # and inspected before it was stored
            sha256 = store.sha256_of(path) if was_fetched else inspect(path, tell)
            known = _known(sha256)
            if known is not None:
                with tell.while_bytes_move():
                    keeping.keep_if_needed(known.video, path, sha256)
                lifecycle.finish(lease, finding=known)
                return
            seen = look_at(path, pictures, tell)
            _record(lease, tell, sha256=sha256, seen=seen, pictures=pictures, path=path)
    except store.BytesGone:
        log.warning("the bytes are gone from the store")
        lifecycle.fetch_again(lease)


def _known(sha256: str) -> Finding | None:
    return Finding.objects.filter(video__sha256=sha256, bundle=current_bundle()).first()


def _record(
    lease: Lease, tell: _Teller, *, sha256: str, seen: Seen, pictures: Path, path: Path
) -> None:
    """The Finding, its pictures and the end of the check: all of it or nothing."""
    evidence_folder = copy = ""
    is_recorded = is_kept = False
    try:
        with tell.while_bytes_move():
            evidence_folder = store.keep_evidence(pictures)
            copy = keeping.copy_if_wanted(sha256, path)
        with transaction.atomic():
            video, _ = Video.objects.get_or_create(
                sha256=sha256,
                defaults={
                    "size_bytes": seen.media.size_bytes,
                    "duration_s": seen.media.duration_s,
                },
            )
            finding, is_new = _make_finding(video, seen, evidence_folder)
            if is_new:
                Video.objects.filter(pk=video.pk).update(verdict_version=F("verdict_version") + 1)
                transaction.on_commit(lambda: _announce(finding))
            is_wanted = keeping.keep(video, copy)
            lifecycle.finish(lease, finding=finding)
        is_recorded, is_kept = is_new, is_wanted
    finally:
        if evidence_folder and not is_recorded:
            store.delete_evidence(evidence_folder)
        if copy and not is_kept:
            store.delete(copy)


def _make_finding(
    video: Video, seen: Seen, evidence_folder: str, *, told: bool = True
) -> tuple[Finding, bool]:
    return Finding.objects.get_or_create(
        video=video,
        bundle=seen.bundle,
        defaults={
            "outcome": seen.outcome.value,
            "reason": "" if seen.reason is None else seen.reason.value,
            "fake_probability": seen.fake_probability,
            "document": seen.to_document(),
            "evidence_folder": evidence_folder,
            "told": told,
        },
    )


def _announce(finding: Finding) -> None:
    finding_made.send_robust(sender=Finding, finding=finding)


class _Teller:
    """What the engine tells renews the lease about once a second, and stops it when that is lost.

    A database that is away for a moment stops nothing: the lease lasts longer than that.
    """

    def __init__(self, lease: Lease, start: float, end: float) -> None:
        self._lease = lease
        self._start, self._end = start, end
        self._stage, self._fraction, self._told_at = "starting", 0.0, -math.inf

    def __call__(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._told_at < RENEW_EVERY_S:
            return
        self._stage, self._fraction, self._told_at = stage, fraction, now
        self._renew()

    @contextlib.contextmanager
    def while_bytes_move(self) -> Iterator[None]:
        """A store says nothing before it has sent or brought a whole file, which can take minutes.

        It gives up by itself when its line is dead, so this does not keep a lease for ever.
        """
        over = threading.Event()
        beating = threading.Thread(target=self._beat, args=(over,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()

    def _beat(self, over: threading.Event) -> None:
        try:
            while not over.wait(settings.LEASE_S / 4):
                self._renew()
        except lifecycle.LeaseLost:
            pass  # whoever moves the bytes finds that out at their end
        finally:
            connection.close()

    def _renew(self) -> None:
        progress = self._start + (self._end - self._start) * self._fraction
        try:
            lifecycle.renew(self._lease, stage=self._stage, progress=progress)
        except OperationalError:
            log.warning("the lease could not be renewed this time", exc_info=True)
            connection.close()


def _fetch_unless_turned_away(place: CanonicalAddress, folder: Path, tell: Tell) -> FetchedVideo:
    """A platform that has just turned several fetches away is left alone for a while."""
    breaker = CircuitBreaker(cache)
    breaker.check(place)
    try:
        fetched = fetch_file(place, folder, tell)
    except VideoProblem as problem:
        breaker.failed(place, problem)
        raise
    breaker.succeeded(place)
    return fetched


def fetch_file(place: CanonicalAddress, folder: Path, tell: Tell) -> FetchedVideo:
    from analysis.fetch.fetch_video import FetchProgress, fetch_video

    def on_progress(at: FetchProgress) -> None:
        tell(at.stage, at.received_bytes / at.total_bytes if at.total_bytes else 0.0)

    return fetch_video(place, folder=folder, limits=_fetch_limits(), on_progress=on_progress)


def inspect(path: Path, tell: Tell) -> str:
    """The hash of an upload that would have been let through behind a link as well."""
    from analysis.fetch.inspect_file import inspect_file

    facts = inspect_file(path, _fetch_limits(), on_tick=lambda: tell("inspecting", 0.0))
    return facts.sha256


def _fetch_limits() -> FetchLimits:
    from analysis.fetch.limits import FetchLimits

    return FetchLimits(
        max_bytes=settings.MAX_VIDEO_BYTES,
        max_duration_s=settings.MAX_VIDEO_DURATION_S,
        max_width_px=settings.MAX_VIDEO_WIDTH_PX,
        max_height_px=settings.MAX_VIDEO_HEIGHT_PX,
        allowed_private=tuple(settings.FETCH_ALLOWED_PRIVATE),
        proxy=settings.FETCH_PROXY or None,
        allow_generic=settings.FETCH_GENERIC,
    )


def look_at(path: Path, pictures: Path, tell: Tell, bundle: Bundle | None = None) -> Seen:
    from analysis.check_video import Progress, check_video
    from analysis.media.limits import MediaLimits

    def on_progress(at: Progress) -> None:
        tell(at.stage, at.fraction)

    limits = MediaLimits(
        max_bytes=settings.MAX_VIDEO_BYTES, max_duration_s=settings.MAX_VIDEO_DURATION_S
    )
    return check_video(
        path,
        bundle=bundle or loaded_bundle(),
        evidence=pictures,
        limits=limits,
        on_progress=on_progress,
    )


def loaded_bundle() -> Bundle:
    return _loaded(current_name())


@functools.lru_cache(maxsize=2)  # the one that answers, and one that is compared with it
def _loaded(name: str) -> Bundle:
    from analysis.models.bundles import load_bundle

    return load_bundle(name, threads=settings.THREADS or None)
