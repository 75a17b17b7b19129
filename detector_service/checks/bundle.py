"""Which bundle answers now, read from its card alone: the web process never loads a model.

The one that the environment pins, else the one that was promoted last, else the default. Every
process looks again each second, so a promotion is picked up everywhere without a restart.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import caches

from analysis.errors import AnalysisFault
from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder, bundle_names, read_card
from detector_service.checks.models import Promotion

log = logging.getLogger(__name__)

_KNOWN_FOR_S = 1.0
_KEY = "checks:promoted_bundle"


def current_card() -> dict[str, Any]:
    """The model card of the bundle that this deployment serves."""
    return _card(current_name())


def current_name() -> str:
    return settings.BUNDLE or _promoted() or DEFAULT_BUNDLE


def current_bundle() -> str:
    """Its version string, as it stands in every Finding that it made."""
    return str(current_card()["version"])


def card_of(version: str) -> dict[str, Any] | None:
    """The card of a version that is served or shipped; None of one that is gone."""
    readable = _readable((settings.BUNDLE or DEFAULT_BUNDLE, *bundle_names()))
    return next((card for _, card in readable if card["version"] == version), None)


def cards() -> dict[str, dict[str, Any]]:
    """By name, of everything that is shipped."""
    return dict(_readable(bundle_names()))


def notice_promotion() -> None:
    """This process need not wait to notice."""
    caches["process"].delete(_KEY)


def _promoted() -> str:
    """Empty where nothing was, or where what was promoted is not shipped any more."""
    kept: str | None = caches["process"].get(_KEY)
    if kept is None:
        name = Promotion.objects.order_by("-pk").values_list("name", flat=True).first()
        kept = name if name in bundle_names() else ""
        caches["process"].set(_KEY, kept, _KNOWN_FOR_S)
    return kept


def _readable(names: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One folder that is damaged, or still being copied, is not a reason to tell nothing."""
    for name in names:
        try:
            card = _card(name)
        except AnalysisFault as fault:
            log.warning("a bundle is left out: %s", fault)
        else:
            yield name, card


@lru_cache(maxsize=16)
def _card(name: str) -> dict[str, Any]:
    card = read_card(bundle_folder(name))
    if "version" not in card:
        raise AnalysisFault(f"{name}/card.json names no version")
    return card
