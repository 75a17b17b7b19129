"""The model against people, and what training may take from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.finding import Outcome
from analysis.training.manifest import read_manifest
from detector_service.checks.models import Video
from detector_service.review import export, figures
from detector_service.review.models import AuditRow, Match
from tests.review.conftest import let_time_pass, opened, overturn, someone

pytestmark = pytest.mark.django_db
FAKE, GENUINE = Outcome.LIKELY_MANIPULATED, Outcome.NO_MANIPULATION_FOUND


def decided(number: int, model: Outcome, people: Outcome, **how: str) -> None:
    overturn(opened(number, model), someone(), outcome=people, **how)


def test_the_rates_are_those_that_one_counts_by_hand() -> None:
    told = [(FAKE, FAKE), (FAKE, FAKE), (FAKE, GENUINE), (GENUINE, GENUINE), (GENUINE, FAKE)]
    for number, (model, people) in enumerate(told, 1):
        decided(number, model, people)
    decided(6, FAKE, Outcome.INCONCLUSIVE)
    assert figures.figures_of(figures.decisions_in_force()) == []  # nobody was told yet
    let_time_pass()
    (of_bundle,) = figures.figures_of(figures.decisions_in_force())
    assert of_bundle.decided == 6
    assert of_bundle.precision == of_bundle.recall == "67 % (2 of 3)"
    assert of_bundle.agreement == "50 % (3 of 6)"
    assert [(bin.count, round(bin.share, 2)) for bin in of_bundle.bins] == [(2, 0.5), (3, 0.67)]


def test_nothing_is_divided_by_nothing() -> None:
    decided(1, GENUINE, GENUINE)
    let_time_pass()
    (of_bundle,) = figures.figures_of(figures.decisions_in_force())
    assert of_bundle.precision is None and of_bundle.recall is None


def test_training_takes_the_manifest(tmp_path: Path) -> None:
    decided(1, FAKE, FAKE)
    decided(2, FAKE, GENUINE)
    decided(3, FAKE, Outcome.INCONCLUSIVE)
    decided(4, FAKE, GENUINE)  # its file was not kept
    decided(5, FAKE, FAKE, policy="person_shown")
    let_time_pass()
    for video in Video.objects.exclude(sha256=f"{4:08x}" * 8):
        Video.objects.filter(pk=video.pk).update(kept_file=f"kept/{video.sha256[-1]}")
    one, two = (Video.objects.get(sha256=f"{number:08x}" * 8) for number in (1, 2))
    Match.objects.create(video=two, other=one, share=1, other_share=1, frames=9)
    path = tmp_path / "manifest.csv"
    path.write_text(export.manifest(by=someone("senior")))
    sources = read_manifest(path)
    assert [(each.file, each.label) for each in sources] == [("kept/1", "fake"), ("kept/2", "real")]
    assert sources[0].group == sources[1].group  # near duplicates never stand on two sides
    assert AuditRow.objects.get(kind="cases.exported").subject == "2 cases"
