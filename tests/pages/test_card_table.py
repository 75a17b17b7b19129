"""A card in words: its labels and its marks are for programs."""

from __future__ import annotations

import re

from analysis.models.bundles import bundle_folder, bundle_names, read_card
from detector_service.pages.card_table import card_table


def said(card: dict[str, object]) -> list[str]:
    return [
        text for part in card_table(card) for row in part.rows for text in (row.name, row.value)
    ]


def test_a_person_reads_neither_label_of_a_manifest() -> None:
    card = {
        "calibrated_on": {"videos": {"pairs, fake": 28, "pairs, real": 26}},
        "licence": "`python -m x` makes it again from real faces.",
    }
    assert said(card) == [
        "videos › pairs, manipulated",
        "28",
        "videos › pairs, genuine",
        "26",
        "",
        "python -m x makes it again from genuine faces.",
    ]


def test_nor_on_any_card_that_is_shipped() -> None:
    for name in bundle_names():
        for text in said(read_card(bundle_folder(name))):
            assert not re.search(r"\b(fake|real)\b|`", text), text
