"""Which bundle answers now, read from its card alone: the web process never loads a model."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder, read_card


def current_card() -> dict[str, Any]:
    """The model card of the bundle that this deployment serves."""
    return _card(settings.BUNDLE or DEFAULT_BUNDLE)


def current_bundle() -> str:
    """Its version string, as it stands in every Finding that it made."""
    return str(current_card()["version"])


@lru_cache(maxsize=4)
def _card(name: str) -> dict[str, Any]:
    return read_card(bundle_folder(name))
