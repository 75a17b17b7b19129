"""A card with no weights behind it: which bundle is current, without a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from analysis.finding import (
    SCHEMA_VERSION,
    Counts,
    Fingerprint,
    Media,
    Outcome,
    Provenance,
    Reason,
)
from analysis.finding import Finding as Seen
from detector_service.checks.asker import Asker
from detector_service.checks.models import Finding, Video

Serve = Callable[[str], None]


@pytest.fixture
def serve(settings: Any, tmp_path: Any) -> Serve:
    """Make a bundle of this version the current one."""

    def serve(version: str) -> None:
        folder = tmp_path / version
        folder.mkdir()
        (folder / "card.json").write_text(
            json.dumps({"schema": 1, "name": "toy", "version": version})
        )
        settings.BUNDLE = str(folder)

    return serve


@pytest.fixture(autouse=True)
def _current_bundle(serve: Serve) -> None:
    serve("toy-1")


@pytest.fixture(autouse=True)
def _private_store(settings: Any, tmp_path: Any) -> None:
    settings.SCRATCH_DIR = tmp_path / "scratch"
    settings.STORE_DIR = tmp_path / "store"
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "store"},
        },
    }


@pytest.fixture
def asker() -> Asker:
    return Asker(address_sha256="a" * 64)


@pytest.fixture
def stranger() -> Asker:
    return Asker(address_sha256="b" * 64)


def seen(*, sha256: str = "1" * 64, bundle: str = "toy-1") -> Seen:
    return Seen(
        schema_version=SCHEMA_VERSION,
        bundle=bundle,
        outcome=Outcome.INCONCLUSIVE,
        reason=Reason.NO_FACE,
        fake_probability=None,
        media=Media("video", "mp4", "h264", 640, 360, 0, 2.0, 25.0, 1000),
        counts=Counts(50, 0, 0),
        tracks=(),
        fingerprint=Fingerprint(sha256, ()),
        provenance=Provenance(present=False),
    )


def known_finding(*, sha256: str = "1" * 64, bundle: str = "toy-1") -> Finding:
    video, _ = Video.objects.get_or_create(sha256=sha256, defaults={"size_bytes": 1000})
    what = seen(sha256=sha256, bundle=bundle)
    return Finding.objects.create(
        video=video,
        bundle=bundle,
        outcome=what.outcome.value,
        reason="no_face",
        document=what.to_document(),
        evidence_folder="evidence/none",
    )
