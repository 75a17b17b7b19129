from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.evaluation.fresh_fakes import UNDELIVERED, drawn_fairly, main, observed
from analysis.evaluation.observation import AS_IS
from analysis.evaluation.summarise import coverage
from analysis.models.bundles import load_bundle
from analysis.training import redraw
from analysis.training.feed import REDRAWN_FOR_MEASURING, Faces
from analysis.training.manifest import Source, write_manifest


def test_nobody_is_drawn_more_than_twice(faces: Faces) -> None:
    drawn = list(drawn_fairly(faces, clips=6))
    assert Counter(group for _, group in drawn) == dict.fromkeys(faces.groups, 2)
    assert len({number for number, _ in drawn}) == 6
    with pytest.raises(SystemExit, match="no more than 6"):
        next(drawn_fairly(faces, clips=7))


def test_a_clip_is_also_looked_at_before_codecs(crops: Path, sources: list[Source]) -> None:
    write_manifest(crops / "manifest.csv", sources)
    rows = list(
        observed(
            load_bundle("meso4", threads=1),
            crops=crops,
            split="holdin",
            clips=2,
            undelivered=True,
            redrawn=False,
        )
    )
    assert Counter((row.label, row.degradation) for row in rows) == {
        (label, degradation): 2 for label in (0, 1) for degradation in (AS_IS, UNDELIVERED)
    }
    said = {(row.id, row.degradation): row.logit for row in rows}
    assert all(said[row.id, AS_IS] != said[row.id, UNDELIVERED] for row in rows)


def test_a_clip_between_the_thresholds_says_why_it_is_open(
    crops: Path, sources: list[Source]
) -> None:
    write_manifest(crops / "manifest.csv", sources)
    bundle = load_bundle("meso4", threads=1)
    bundle.thresholds = replace(
        bundle.thresholds, likely_manipulated_at=1.0, no_manipulation_below=0.0
    )
    how = {"crops": crops, "split": "holdin", "clips": 2, "undelivered": False, "redrawn": False}
    rows = list(observed(bundle, **how))  # type: ignore[arg-type]
    assert coverage(rows)["why"] == {"borderline": 4}


def test_fakes_can_be_faces_that_training_never_met(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    here = Path(shutil.copytree(crops, tmp_path / "crops"))
    write_manifest(here / "manifest.csv", sources)
    how = {"crops": here, "split": "holdin", "clips": 2, "undelivered": False}
    bundle = load_bundle("meso4", threads=1)
    with pytest.raises(SystemExit, match="for-measuring"):
        next(observed(bundle, redrawn=True, **how))  # type: ignore[arg-type]

    models = redraw.build(redraw.HANDS_FOR_MEASURING)
    held = [source for source in sources if source.split == "holdin"]
    redraw.redraw(models, here, held, seed=1, folder=REDRAWN_FOR_MEASURING)

    blended, drawn = (
        {row.id: row for row in observed(bundle, redrawn=redrawn, **how)}  # type: ignore[arg-type]
        for redrawn in (False, True)
    )
    assert {row.manipulation for row in drawn.values()} == {"", "redrawn"}
    assert blended.keys() == drawn.keys()
    fakes = [id for id in drawn if id.endswith("fake")]
    assert len(fakes) == 2 and all(blended[id].logit != drawn[id].logit for id in fakes)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ([], "fresh-pseudo-fakes"),
        (["--redrawn"], "drawn-by-another-network"),
        (["--name", "x"], "x"),
    ],
)
def test_blends_and_drawings_do_not_share_a_row_of_the_results(
    crops: Path, sources: list[Source], tmp_path: Path, asked: list[str], name: str
) -> None:
    here = Path(shutil.copytree(crops, tmp_path / "crops"))
    write_manifest(here / "manifest.csv", sources)
    held = [source for source in sources if source.split == "holdin"]
    models = redraw.build(redraw.HANDS_FOR_MEASURING)
    redraw.redraw(models, here, held, seed=1, folder=REDRAWN_FOR_MEASURING)
    how = ["--bundle", "meso4", "--crops", str(here), "--clips", "2", "--threads", "1"]
    results = tmp_path / "results"
    main([*how, "--out", str(tmp_path / "out"), "--results", str(results), *asked])
    assert [path.name for path in results.glob("*.json")] == [f"{name}--meso4.json"]
