"""The bundle that new checks are made with, as its card describes it; no weights are loaded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder, bundle_names, read_card
from django.conf import settings


def current_card() -> dict[str, Any]:
    """AnalysisFault if the configured bundle is not there."""
    return _card(bundle_folder(settings.BUNDLE or DEFAULT_BUNDLE))


def current_bundle() -> str:
    """The version that a Finding must have to be current."""
    version: str = current_card()["version"]
    return version


def card_of(version: str) -> dict[str, Any] | None:
    """The card of a version that is shipped or configured; None of one that is gone."""
    current = current_card()
    if current["version"] == version:
        return current
    cards = (_card(bundle_folder(name)) for name in bundle_names())
    return next((card for card in cards if card["version"] == version), None)


def _card(folder: Path) -> dict[str, Any]:
    return _read(folder, (folder / "card.json").stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(folder: Path, _modified_ns: int) -> dict[str, Any]:
    return read_card(folder)
