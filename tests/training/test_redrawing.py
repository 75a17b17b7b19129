"""Faces drawn again by a network are blended into the very pictures they were drawn from."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.training import redraw
from analysis.training.crop_store import SourceCrops, StoredCrop
from analysis.training.feed import REDRAWN, REDRAWN_FOR_MEASURING, Faces, draw_clip, draw_pair
from analysis.training.manifest import Source, write_manifest

LEARNING = {"London": 1.0}


@pytest.fixture
def own_crops(crops: Path, tmp_path: Path) -> Path:
    """A copy to write beside: the other tests' faces are not to change."""
    return Path(shutil.copytree(crops, tmp_path / "crops"))


@pytest.fixture
def learning(sources: list[Source]) -> list[Source]:
    return [source for source in sources if source.split == "train"]


def test_it_learns_to_draw_the_faces_it_is_shown(own_crops: Path, learning: list[Source]) -> None:
    losses = redraw.learn(redraw.build(), Faces(own_crops, learning, LEARNING), steps=12, seed=1)
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


def test_a_critic_tells_pictures_from_drawings_and_teaches_the_hands(
    own_crops: Path, learning: list[Source]
) -> None:
    faces, models = Faces(own_crops, learning, LEARNING), redraw.build()
    critic = redraw.build_critic()
    before = [model.get_weights() for model in models.values()]
    marks = redraw.learn_against(critic, models, faces, steps=24, seed=1)
    for model, weights in zip(models.values(), before, strict=True):
        assert any((a != b).any() for a, b in zip(model.get_weights(), weights, strict=True))
    lead = [picture - drawing for picture, drawing in marks]
    assert np.mean(lead[-6:]) > np.mean(lead[:6])


@pytest.mark.parametrize("hand", [*redraw.HANDS, *redraw.HANDS_FOR_MEASURING])
def test_every_hand_draws_a_picture_of_the_same_size(hand: str) -> None:
    pictures = np.zeros((2, redraw.SIDE_PX, redraw.SIDE_PX, 3), np.float32)
    kept = np.ones((2, redraw.CODE_CHANNELS), np.float32)
    assert redraw.build([hand])[hand].predict_on_batch([pictures, kept]).shape == pictures.shape


def test_only_the_middle_of_a_crop_is_drawn_again(own_crops: Path, learning: list[Source]) -> None:
    assert redraw.redraw(redraw.build(), own_crops, learning, seed=1) == len(learning)
    for source in learning:
        before = SourceCrops(own_crops / f"{source.id}.npz").image(0).astype(int)
        after = SourceCrops(own_crops / "redrawn" / f"{source.id}.npz").image(0).astype(int)
        changed = np.abs(before - after).mean(axis=2)
        side = len(changed)
        rim = round(0.1 * side)
        assert (
            changed[:rim].mean()
            < 2
            < changed[side // 3 : -side // 3, side // 3 : -side // 3].mean()
        )


def test_a_set_that_was_broken_off_is_not_used(
    own_crops: Path, learning: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    models = redraw.build()
    write, written = redraw.write_crops, []

    def write_one(path: Path, crops: list[StoredCrop]) -> None:
        if written:
            raise OSError("no space left")
        write(path, crops)
        written.append(path)

    with monkeypatch.context() as full_disk:
        full_disk.setattr(redraw, "write_crops", write_one)
        with pytest.raises(OSError, match="no space"):
            redraw.redraw(models, own_crops, learning, seed=1)
    assert written[0].exists()
    assert not (own_crops / "redrawn").exists()
    assert redraw.redraw(models, own_crops, learning, seed=1) == len(learning)
    assert len(list((own_crops / "redrawn").iterdir())) == len(learning)


def test_a_pair_takes_the_redrawn_face_where_there_is_one(
    own_crops: Path, learning: list[Source]
) -> None:
    def fake_of(faces: Faces) -> np.ndarray:
        rng = np.random.default_rng(4)
        return draw_pair(faces, rng, side_px=96, donor_share=0.0, redrawn_share=1.0).fake

    without = fake_of(Faces(own_crops, learning, LEARNING))
    redraw.redraw(redraw.build(), own_crops, learning, seed=1)
    assert not np.array_equal(without, fake_of(Faces(own_crops, learning, LEARNING)))


def test_a_clip_takes_every_redrawn_frame(own_crops: Path, learning: list[Source]) -> None:
    def clip_of(faces: Faces) -> list[np.ndarray]:
        rng = np.random.default_rng(4)
        how = {"frames": 3, "side_px": 96, "donor_share": 0.0, "redrawn_share": 1.0}
        return [pair.fake for pair in draw_clip(faces, rng, **how)]  # type: ignore[arg-type]

    without = clip_of(Faces(own_crops, learning, LEARNING))
    redraw.redraw(redraw.build(), own_crops, learning, seed=1)
    redrawn = clip_of(Faces(own_crops, learning, LEARNING))
    assert len(redrawn) == 3
    assert not any(np.array_equal(a, b) for a, b in zip(without, redrawn, strict=True))


def test_for_measuring_the_held_in_faces_are_drawn_and_no_others(
    own_crops: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(own_crops / "manifest.csv", sources)
    monkeypatch.setattr(redraw, "keep_freed_memory", lambda: None)  # the process is not ours
    steps = ["--steps", "2", "--critic-steps", "2"]
    monkeypatch.setattr("sys.argv", ["", "--crops", str(own_crops), *steps, "--for-measuring"])
    redraw.main()
    drawn = {path.stem for path in (own_crops / REDRAWN_FOR_MEASURING).iterdir()}
    assert drawn == {source.id for source in sources if source.split == "holdin"}
    assert not (own_crops / REDRAWN).exists()
