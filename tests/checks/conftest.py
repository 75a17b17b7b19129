"""A card with no weights behind it: which bundle is current, without a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from detector_service.checks import run_check
from detector_service.checks.asker import Asker
from detector_service.checks.models import Check, Finding, Video
from tests.checks.engine import Engine, seen
from tests.own_ground import own_store

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
    own_store(settings, tmp_path)


@pytest.fixture
def asker() -> Asker:
    return Asker(address_sha256="a" * 64)


@pytest.fixture
def stranger() -> Asker:
    return Asker(address_sha256="b" * 64)


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


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    monkeypatch.setattr(run_check, "fetch_file", engine.fetch_file)
    monkeypatch.setattr(run_check, "inspect", engine.inspect)
    monkeypatch.setattr(run_check, "look_at", engine.look_at)
    monkeypatch.setattr(run_check, "RENEW_EVERY_S", 0.0)
    return engine


@pytest.fixture
def run(django_capture_on_commit_callbacks: Any) -> Callable[[Check], Check]:
    """Both steps, as two workers would do them."""

    def run(check: Check) -> Check:
        with django_capture_on_commit_callbacks(execute=True):
            run_check.fetch(check.pk)
            run_check.analyse(check.pk)
        check.refresh_from_db()
        return check

    return run
