"""A store behind a slow line: moving a file takes longer than a lease lasts."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from detector_service.checks import run_check, store
from detector_service.checks.asker import Asker
from detector_service.checks.models import Check
from detector_service.checks.submit import submit_address
from tests.checks.engine import Engine

pytestmark = pytest.mark.django_db(transaction=True)

GIVEN_UP_AFTER_S = 30
moved: list[tuple[str, bool]] = []


class SlowStore(FileSystemStorage):
    """Moves nothing before the lease was renewed, and notes whether it was."""

    def _save(self, name: str, content: Any) -> str:
        moved.append((f"{name.partition('/')[0]} sent", is_lease_renewed()))
        return super()._save(name, content)

    def _open(self, name: str, mode: str = "rb") -> Any:
        moved.append((f"{name.partition('/')[0]} brought", is_lease_renewed()))
        return super()._open(name, mode)


def is_lease_renewed() -> bool:
    before = lease_end()
    until = time.monotonic() + GIVEN_UP_AFTER_S
    while lease_end() == before and time.monotonic() < until:
        time.sleep(0.02)
    return lease_end() != before


def lease_end() -> datetime | None:
    return Check.objects.get().lease_expires_at


@pytest.fixture(autouse=True)
def _slow_store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": f"{__name__}.SlowStore",
            "OPTIONS": {"location": settings.STORE_DIR},
        },
    }
    monkeypatch.setattr(store, "_path_on_disk", lambda key: None)
    moved.clear()


def test_a_lease_is_kept_while_bytes_move(engine: Engine, asker: Asker, settings: Any) -> None:
    settings.LEASE_S, settings.KEEP_VIDEOS = 1, "reviewed"
    check = submit_address(url="https://example.com/v.mp4", asker=asker).check
    run_check.fetch(check.pk)
    run_check.analyse(check.pk)
    check.refresh_from_db()
    assert check.state == Check.State.DONE
    assert moved == [
        ("work sent", True),
        ("work brought", True),
        ("evidence sent", True),
        ("kept sent", True),
    ]
