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
        "videos",
        "pairs, manipulated: 28; pairs, genuine: 26",
        "",
        "python -m x makes it again from genuine faces.",
    ]


def test_a_few_figures_of_one_thing_are_one_row_and_many_are_a_row_each() -> None:
    few, many = {"caught": 0.25, "called": 3}, dict.fromkeys("abcde", 1)
    (part,) = card_table({"measured": {"among": {"2": few, "3": few}, "steps": many}})
    assert [f"{row.name} | {row.value}" for row in part.rows] == [
        "among › 2 | caught: 0.25; called: 3",
        "among › 3 | caught: 0.25; called: 3",
        *(f"steps › {name} | 1" for name in many),
    ]


def test_what_was_not_measured_is_no_row() -> None:
    card = {"measured": {"among": {}, "told": {"caught": 0.25, "called": None}, "ece": None}}
    assert said(card) == ["told › caught", "0.25"]


def test_nor_on_any_card_that_is_shipped() -> None:
    for name in bundle_names():
        for text in said(read_card(bundle_folder(name))):
            assert not re.search(r"\b(fake|real)\b|`", text), text
