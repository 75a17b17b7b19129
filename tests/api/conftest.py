"""A service with a toy bundle's card, an empty store and rows made by hand: no worker, no model."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from analysis.fetch.address import parse_address, url_hash
from analysis.finding import (
    SCHEMA_VERSION,
    Box,
    Counts,
    Fingerprint,
    FrameScore,
    Media,
    Outcome,
    PdqFrame,
    Picture,
    Provenance,
    Reason,
    Stretch,
    Track,
)
from analysis.finding import Finding as Seen
from detector_service.checks.keys import issue_key
from detector_service.checks.models import Address, Check, Finding, Video
from tests.own_ground import forget_budgets, own_store

BUNDLE = "toy-0123456789ab"
URL = "https://videos.example.org/watch/1"
WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
MEASURED = {
    "outcome_rates": {
        "manipulated": {
            "likely_manipulated": 0.8,
            "no_manipulation_found": 0.1,
            "inconclusive": 0.1,
        },
        "genuine": {"likely_manipulated": 0.05, "no_manipulation_found": 0.85, "inconclusive": 0.1},
    }
}

Serve = Callable[..., None]


@pytest.fixture
def serve(settings: Any, tmp_path: Path) -> Serve:
    """Make a bundle with this card the current one."""

    def serve(version: str = BUNDLE, **card: Any) -> None:
        folder = tmp_path / "bundles" / f"{version}-{len(list(tmp_path.glob('bundles/*')))}"
        folder.mkdir(parents=True)
        text = json.dumps({"schema": 1, "name": "toy", "version": version, **card})
        (folder / "card.json").write_text(text)
        settings.BUNDLE = str(folder)

    return serve


@pytest.fixture(autouse=True)
def _service(settings: Any, tmp_path: Path, serve: Serve) -> None:
    serve(measured=MEASURED)
    settings.ALLOW_ANONYMOUS = True
    own_store(settings, tmp_path)
    forget_budgets()


@pytest.fixture
def api(db: None) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("ada", password="a long enough password")


@pytest.fixture
def bearer(owner: User) -> Callable[..., dict[str, str]]:
    def bearer(*scopes: str) -> dict[str, str]:
        _, plain = issue_key(owner=owner, name="test", scopes=scopes)
        return {"Authorization": f"Bearer {plain}"}

    return bearer


def seen(
    *,
    outcome: Outcome = Outcome.LIKELY_MANIPULATED,
    reason: Reason | None = None,
    fake_probability: float | None = 0.93,
    sha256: str = "1" * 64,
    bundle: str = BUNDLE,
) -> Seen:
    judged = Track(
        number=1,
        first_seen_s=0.0,
        last_seen_s=9.8,
        frames_seen=90,
        frames_used=80,
        median_width_px=140.0,
        fake_probability=fake_probability,
        reason=None if fake_probability is not None else Reason.TOO_DARK,
        timeline=(FrameScore(0.1, 0.8, Box(0.1, 0.1, 0.3, 0.4)),),
        suspicious=(Stretch(1.0, 3.2),),
        strip=(Picture(0.1, "track-1-face-1.webp", 160, 160),),
        heat_maps=(Picture(0.1, "track-1-heat-1.webp", 160, 160),),
    )
    small = Track(
        number=2,
        first_seen_s=2.0,
        last_seen_s=4.0,
        frames_seen=20,
        frames_used=0,
        median_width_px=22.0,
        fake_probability=None,
        reason=Reason.FACE_TOO_SMALL,
        timeline=(),
        suspicious=(),
        strip=(),
        heat_maps=(),
    )
    return Seen(
        schema_version=SCHEMA_VERSION,
        bundle=bundle,
        outcome=outcome,
        reason=reason,
        fake_probability=fake_probability,
        media=Media("video", "mp4", "h264", 640, 360, 0, 10.0, 25.0, 1000),
        counts=Counts(100, 110, 80),
        tracks=(judged, small),
        fingerprint=Fingerprint(sha256, (PdqFrame(0.1, "0" * 64, 90),)),
        provenance=Provenance(present=False),
    )


def put_finding(what: Seen, tmp_path: Path) -> Finding:
    """The row and its pictures."""
    sha256 = what.fingerprint.sha256
    video, _ = Video.objects.get_or_create(sha256=sha256, defaults={"size_bytes": 1000})
    folder = f"evidence/{sha256[:32]}"
    (tmp_path / "store" / folder).mkdir(parents=True, exist_ok=True)
    for track in what.tracks:
        for picture in (*track.strip, *track.heat_maps):
            (tmp_path / "store" / folder / picture.name).write_bytes(WEBP)
    return Finding.objects.create(
        video=video,
        bundle=what.bundle,
        outcome=what.outcome.value,
        reason=what.reason.value if what.reason else "",
        fake_probability=what.fake_probability,
        document=what.to_document(),
        evidence_folder=folder,
    )


@pytest.fixture
def finished(db: None, tmp_path: Path) -> Callable[..., Check]:
    """A check of an address that is done; what was seen is ``seen(**what)``."""

    def finished(url: str = URL, **what: Any) -> Check:
        finding = put_finding(seen(**what), tmp_path)
        now = timezone.now()
        place = parse_address(url)
        address, _ = Address.objects.update_or_create(
            key_sha256=url_hash(place.key),
            defaults={
                "key": place.key,
                "url": place.url,
                "platform": place.platform,
                "title": "A speech",
                "video": finding.video,
                "fetched_at": now,
            },
        )
        return Check.objects.create(
            address=address,
            state="done",
            progress=1.0,
            attempts=1,
            video=finding.video,
            finding=finding,
            created_at=now - timedelta(seconds=8),
            finished_at=now,
        )

    return finished


@pytest.fixture
def queued(db: None) -> Callable[..., Check]:
    def queued(url: str = URL, **fields: Any) -> Check:
        place = parse_address(url)
        address, _ = Address.objects.get_or_create(
            key_sha256=url_hash(place.key),
            defaults={"key": place.key, "url": place.url, "platform": place.platform},
        )
        return Check.objects.create(address=address, **fields)

    return queued
