"""Which bundle answers now, read from its card alone: the web process never loads a model."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder, bundle_names, read_card


def current_card() -> dict[str, Any]:
    """The model card of the bundle that this deployment serves."""
    return _card(current_name())


def current_name() -> str:
    return settings.BUNDLE or DEFAULT_BUNDLE


def current_bundle() -> str:
    """Its version string, as it stands in every Finding that it made."""
    return str(current_card()["version"])


def card_of(version: str) -> dict[str, Any] | None:
    """The card of a version that is served or shipped; None of one that is gone."""
    cards = (_card(name) for name in (settings.BUNDLE or DEFAULT_BUNDLE, *bundle_names()))
    return next((card for card in cards if card["version"] == version), None)


@lru_cache(maxsize=16)
def _card(name: str) -> dict[str, Any]:
    return read_card(bundle_folder(name))
