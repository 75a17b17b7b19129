"""Sites that are called back: where to, and time that a test moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from detector_service.posters import callbacks
from detector_service.posters.models import Callback, Posting, Site
from tests.posters.receivers import Receiver, receiver


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring is heard at once, where a commit is made to run."""
    monkeypatch.setattr(callbacks, "_ring", callbacks.deliver)


@pytest.fixture
def hook(settings: Any) -> Iterator[Receiver]:
    with receiver() as made:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{made.port}"]
        yield made


class Clock:
    """Time that is moved and never waited for."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def put_news(site: Site, url: str, number: int = 1) -> Callback:
    """A message that is due now."""
    posting = Posting.objects.create(site=site, state="answered", reference=str(number))
    return Callback.objects.create(
        site=site,
        posting=posting,
        kind=Callback.Kind.ANSWERED,
        url=url,
        body=json.dumps({"number": number}),
        created_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )
