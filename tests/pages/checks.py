"""Makes what the pages show: a real Finding document, real pictures, rows in every state."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from math import sin

import cv2
import numpy as np
from django.conf import settings
from django.utils import timezone

from analysis.finding import (
    SCHEMA_VERSION,
    Box,
    Counts,
    Finding,
    Fingerprint,
    FrameScore,
    Media,
    Outcome,
    Picture,
    Provenance,
    Reason,
    Stretch,
    Track,
)
from detector_service.checks import models

BUNDLE = "toy-0123456789ab"
CARD = {
    "schema": 1,
    "name": "toy",
    "version": BUNDLE,
    "status": "A toy that judges nothing.",
    "architecture": "toy",
    "cannot_see": ["faces that were generated whole", "any change of sound alone"],
    "data": [{"name": "Drawn faces", "used_for": "training", "licence": "CC0"}],
    "calibrated_on": None,
    "thresholds": {
        "likely_manipulated_at": 0.7,
        "no_manipulation_below": 0.35,
        "rise_with_faces": 1.0,
        "min_frames": 5,
        "min_face_px": 48.0,
        "min_light": 30.0,
        "min_sharpness": 10.0,
    },
    "measured": {
        "outcome_rates": {
            "manipulated": {
                "likely_manipulated": 0.82,
                "no_manipulation_found": 0.07,
                "inconclusive": 0.11,
            },
            "genuine": {
                "likely_manipulated": 0.01,
                "no_manipulation_found": 0.87,
                "inconclusive": 0.12,
            },
        }
    },
}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\u202e'


def drawn_face(*, shade: int, warm: bool = False) -> bytes:
    """A face as a child draws it: nobody's."""
    picture = np.full((160, 160, 3), (214, 205, 190), np.uint8)
    cv2.ellipse(picture, (80, 84), (52, 66), 0, 0, 360, (shade, shade - 20, shade - 10), -1)
    for x in (60, 100):
        cv2.circle(picture, (x, 70), 7, (40, 40, 40), -1)
    cv2.ellipse(picture, (80, 112), (20, 9), 0, 0, 180, (60, 50, 120), 3)
    if warm:
        glow = np.zeros_like(picture)
        cv2.circle(glow, (80, 108), 40, (30, 60, 255), -1)
        picture = cv2.addWeighted(picture, 1.0, cv2.GaussianBlur(glow, (0, 0), 14), 0.7, 0)
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 60])[1].tobytes()


def track(number: int = 1, *, high: float = 0.96, duration_s: float = 9.6) -> Track:
    moments = [at * 0.3 for at in range(int(duration_s / 0.3) + 1)]
    scores = tuple(
        FrameScore(
            round(at_s, 3),
            round(min(max(high - 0.38 + 0.38 * sin(at_s * 0.9 + number), 0.02), 0.99), 4),
            Box(0.3, 0.2, 0.55, 0.7),
        )
        for at_s in moments
    )
    return Track(
        number=number,
        first_seen_s=0.0,
        last_seen_s=duration_s,
        frames_seen=len(scores) + 3,
        frames_used=len(scores),
        median_width_px=142.0,
        fake_probability=high,
        reason=None,
        timeline=scores,
        suspicious=(Stretch(0.3, 1.5), Stretch(6.9, 8.4)) if high > 0.7 else (),
        strip=_pictures(scores[1::6], name=f"track-{number}-face"),
        heat_maps=_pictures(scores[3::11], name=f"track-{number}-heat"),
    )


def _pictures(scores: tuple[FrameScore, ...], *, name: str) -> tuple[Picture, ...]:
    return tuple(
        Picture(score.at_s, f"{name}-{at}.webp", 160, 160) for at, score in enumerate(scores, 1)
    )


def small_face(number: int) -> Track:
    return replace(
        track(number),
        fake_probability=None,
        reason=Reason.FACE_TOO_SMALL,
        timeline=(),
        suspicious=(),
        strip=(),
        heat_maps=(),
        median_width_px=21.0,
    )


def seen(
    outcome: Outcome = Outcome.LIKELY_MANIPULATED,
    *,
    sha256: str = "5" * 64,
    bundle: str = BUNDLE,
    signer: str | None = None,
) -> Finding:
    high = {Outcome.LIKELY_MANIPULATED: 0.93, Outcome.NO_MANIPULATION_FOUND: 0.08}.get(outcome)
    tracks = (
        (small_face(1),)
        if high is None
        else (track(1, high=high), track(2, high=high * 0.3), small_face(3))
    )
    return Finding(
        schema_version=SCHEMA_VERSION,
        bundle=bundle,
        outcome=outcome,
        reason=Reason.FACE_TOO_SMALL if high is None else None,
        fake_probability=high,
        media=Media("video", "mp4", "h264", 1280, 720, 0, 9.6, 25.0, 2_412_000),
        counts=Counts(240, 96, 70),
        tracks=tracks,
        fingerprint=Fingerprint(sha256, ()),
        provenance=Provenance(present=signer is not None, valid=True, trusted=False, signer=signer),
    )


def finished_check(
    outcome: Outcome = Outcome.LIKELY_MANIPULATED,
    *,
    url: str = "https://video.example/watch?v=1",
    title: str = "A minister speaks",
    sha256: str = "5" * 64,
    bundle: str = BUNDLE,
    signer: str | None = None,
) -> models.Check:
    what = seen(outcome, sha256=sha256, bundle=bundle, signer=signer)
    video, _ = models.Video.objects.get_or_create(
        sha256=sha256, defaults={"size_bytes": 2_412_000, "duration_s": 9.6}
    )
    folder = f"evidence/{bundle}-{sha256[:8]}"
    keep_pictures(what, folder)
    finding = models.Finding.objects.create(
        video=video,
        bundle=bundle,
        outcome=what.outcome,
        reason=what.reason or "",
        fake_probability=what.fake_probability,
        document=what.to_document(),
        evidence_folder=folder,
    )
    where = address(url=url, title=title)
    models.Address.objects.filter(pk=where.pk).update(video=video, fetched_at=timezone.now())
    return models.Check.objects.create(
        address=where,
        title=title,
        state=models.Check.State.DONE,
        progress=1.0,
        video=video,
        finding=finding,
        finished_at=timezone.now(),
    )


def waiting_check(*, state: str = "queued", stage: str = "", progress: float = 0.0) -> models.Check:
    row = models.Check(address=address(), state=state, stage=stage, progress=progress)
    if state in models.Check.RUNNING:
        row.lease_token = "t" * 32
        row.lease_expires_at = timezone.now() + timedelta(minutes=5)
        row.attempts = 1
    row.save()
    return row


def failed_check(code: str, *, url: str = "https://video.example/watch?v=2") -> models.Check:
    return models.Check.objects.create(
        address=address(url=url),
        state=models.Check.State.FAILED,
        problem_code=code,
        finished_at=timezone.now(),
    )


def address(*, url: str = "https://video.example/watch?v=3", title: str = "") -> models.Address:
    found, _ = models.Address.objects.get_or_create(
        key_sha256=hashlib.sha256(url.encode()).hexdigest(),
        defaults={"key": url, "url": url, "platform": "video.example", "title": title},
    )
    return found


def keep_pictures(what: Finding, folder: str) -> None:
    place = settings.STORE_DIR / folder
    place.mkdir(parents=True, exist_ok=True)
    for face in what.tracks:
        for picture in (*face.strip, *face.heat_maps):
            drawing = drawn_face(shade=150 + 30 * face.number, warm="heat" in picture.name)
            (place / picture.name).write_bytes(drawing)
