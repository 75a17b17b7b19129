"""The results agree with themselves, and what a card says of another bundle with that bundle's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from analysis import evaluation
from analysis.models.bundles import BUNDLES, read_card

RESULTS = Path(evaluation.__file__).parent / "results"


def auc(data: str, bundle: str) -> str:
    summary = json.loads((RESULTS / f"{data}--{bundle}.json").read_text(encoding="utf-8"))
    return f"{summary['video']['shipped']['auc']:.3f}".removeprefix("0")


def test_what_is_early_is_held_against_the_bundle_that_answers() -> None:
    status = read_card(BUNDLES / "inception_v3_gru")["status"]
    assert re.findall(r"(\.\d{3}) against (\.\d{3})", status) == [
        (auc(data, "inception_v3_gru"), auc(data, "mobilenet_v2_gru"))
        for data in ("fresh-pseudo-fakes", "face-swap-pairs", "drawn-by-another-network")
    ]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_all_that_was_not_answered_has_a_reason(path: Path) -> None:
    coverage = json.loads(path.read_text(encoding="utf-8"))["coverage"]
    sure = coverage["why"].get("judged and sure", 0)
    assert sure / sum(coverage["why"].values()) == pytest.approx(coverage["answered"])
