"""Checks in every state, with Findings and pictures as the engine would leave them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.own_ground import forget_budgets, own_store
from tests.pages.checks import CARD


@pytest.fixture(autouse=True)
def _own_ground(settings: Any, tmp_path: Any) -> None:
    """A card with measured rates, a private store, and no memory of the test before."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "card.json").write_text(json.dumps(CARD))
    settings.BUNDLE = str(folder)
    own_store(settings, tmp_path)
    forget_budgets()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows that a worker would have been told of."""
    told: list[int] = []
    monkeypatch.setattr(
        "detector_service.checks.doorbell.ring", lambda check_pk, step: told.append(check_pk)
    )
    return told


@pytest.fixture
def still_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Budgets are counted by the minute of the clock: none ends during the test."""
    monkeypatch.setattr("detector_service.checks.quota.time.time", lambda: 1_800_000_000.0)
