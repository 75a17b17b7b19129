"""A bundle judges only while it is exactly what its card says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import AnalysisFault
from analysis.models import bundles
from analysis.models.bundles import Calibration, load_bundle, write_card
from analysis.models.export import read_prose
from tests.models.untaught_bundle import make_bundle

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles") / "mobilenet_v2_gru"
    return folder, *make_bundle(folder, "mobilenet_v2_gru", side_px=64, frames=5)


@pytest.fixture
def copied(packed, tmp_path):
    return Path(shutil.copytree(packed[0], tmp_path / packed[0].name))


@pytest.mark.parametrize("runtime", ["openvino", "tensorflow"])
def test_both_runtimes_score_as_the_trained_network_did(packed, runtime):
    folder, encoder, clip_head, crops = packed
    bundle = load_bundle(folder, runtime=runtime, threads=1)
    evidence = bundle.score_faces(crops)
    trained = {
        k: np.asarray(v) for k, v in encoder(crops.astype("float32"), training=False).items()
    }
    np.testing.assert_allclose(evidence.features, trained["features"], atol=2e-3)
    np.testing.assert_allclose(evidence.frame_logits, trained["frame_logit"][:, 0], atol=2e-3)
    np.testing.assert_allclose(evidence.activation_maps, trained["activation_map"], atol=1e-2)

    mask = np.array([True, False, True, True])
    padded = np.zeros((1, 5, evidence.features.shape[1]), dtype="float32")
    padded[0, :4] = evidence.features
    expected = clip_head({"features": padded, "mask": np.array([[*mask, False]])}, training=False)[
        "clip_logit"
    ]
    assert bundle.score_clip(evidence.features, mask) == pytest.approx(
        float(np.asarray(expected)[0, 0]), abs=0.01
    )


@pytest.mark.parametrize("runtime", ["openvino", "tensorflow"])
def test_a_joint_head_says_half_of_what_time_and_half_of_what_the_frames_say(tmp_path, runtime):
    folder = tmp_path / "mobilenet_v2_gru"
    _, head, crops = make_bundle(folder, "mobilenet_v2_gru", side_px=64, frames=5, joint=True)
    bundle = load_bundle(folder, runtime=runtime, threads=1)
    evidence = bundle.score_faces(crops)
    mask = np.array([True, False, True, True])
    features = np.zeros((1, 5, evidence.features.shape[1]), dtype="float32")
    features[0, :4] = evidence.features
    seen = {"features": features, "mask": np.array([[*mask, False]])}
    over_time = head.get_layer("over_time")(seen, training=False)["clip_logit"]
    half_of_each = (float(np.asarray(over_time)[0, 0]) + evidence.frame_logits[mask].mean()) / 2
    assert bundle.score_clip(evidence.features, mask) == pytest.approx(half_of_each, abs=0.01)


def test_the_runtimes_agree_with_each_other(packed):
    folder, _, _, crops = packed
    ours = load_bundle(folder, runtime="openvino").score_faces(crops)
    reference = load_bundle(folder, runtime="tensorflow").score_faces(crops)
    np.testing.assert_allclose(ours.frame_logits, reference.frame_logits, atol=1e-3)
    np.testing.assert_allclose(ours.activation_maps, reference.activation_maps, atol=1e-2)


def test_a_score_does_not_depend_on_what_else_is_in_the_batch(packed):
    folder, _, _, crops = packed
    bundle = load_bundle(folder)
    many = np.concatenate([crops] * 6)
    together = bundle.score_faces(many).frame_logits
    alone = [bundle.score_faces(crop[None]).frame_logits[0] for crop in many[:4]]
    np.testing.assert_allclose(together, np.tile(alone, 6), atol=1e-4)


def test_scoring_again_gives_exactly_the_same(packed):
    bundle = load_bundle(packed[0])
    first, second = bundle.score_faces(packed[3]), bundle.score_faces(packed[3])
    np.testing.assert_array_equal(first.frame_logits, second.frame_logits)


def test_in_a_mirror_a_face_is_judged_alike_and_where_to_look_is_mirrored(packed, tmp_path):
    folder = tmp_path / "mobilenet_v2_gru"
    _, _, crops = make_bundle(folder, "mobilenet_v2_gru", side_px=64, frames=5, mirrored=True)
    bundle, plain = load_bundle(folder), load_bundle(packed[0])
    seen, there = bundle.score_faces(crops), bundle.score_faces(crops[:, :, ::-1])
    np.testing.assert_allclose(seen.features, there.features, atol=1e-5)
    np.testing.assert_allclose(seen.frame_logits, there.frame_logits, atol=1e-5)
    np.testing.assert_allclose(seen.activation_maps, there.activation_maps[:, :, ::-1], atol=1e-4)
    one_way = [plain.score_faces(c).frame_logits for c in (crops, crops[:, :, ::-1])]
    np.testing.assert_allclose(seen.frame_logits, np.mean(one_way, axis=0), atol=1e-4)


def test_a_face_that_was_not_seen_does_not_count(packed):
    bundle = load_bundle(packed[0])
    features = bundle.score_faces(packed[3]).features
    mask = np.array([True, True, False, True])
    spoiled = features.copy()
    spoiled[2] = np.nan
    assert bundle.score_clip(spoiled, mask) == bundle.score_clip(features, mask)
    with pytest.raises(AnalysisFault, match="at least one"):
        bundle.score_clip(features, np.zeros(4, dtype=bool))


def test_longer_than_a_clip_is_the_mean_of_its_clips_by_frames_seen(packed):
    bundle = load_bundle(packed[0])
    features = np.repeat(bundle.score_faces(packed[3]).features, 3, axis=0)  # 12 frames, clips of 5
    mask = np.ones(12, dtype=bool)
    mask[5:7] = False
    parts = [bundle.score_clip(features[s : s + 5], mask[s : s + 5]) for s in (0, 5, 10)]
    assert bundle.score_clip(features, mask) == pytest.approx(np.dot(parts, [5, 3, 2]) / 10)


def test_a_frame_network_scores_a_clip_by_the_mean_of_its_frames(tmp_path):
    encoder, clip_head, crops = make_bundle(tmp_path / "meso4", "meso4", side_px=64, frames=4)
    del encoder, clip_head
    bundle = load_bundle(tmp_path / "meso4")
    evidence = bundle.score_faces(crops)
    assert evidence.features.shape == (4, 16)
    assert bundle.score_clip(evidence.features, np.ones(4, dtype=bool)) is not None


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((2, 64, 64, 3), dtype=np.float32),
        np.zeros((2, 65, 64, 3), dtype=np.uint8),
        np.zeros((2, 3, 64, 64), dtype=np.uint8),
        np.zeros((0, 64, 64, 3), dtype=np.uint8),
    ],
)
def test_a_crop_of_another_kind_is_refused(packed, crops):
    with pytest.raises(AnalysisFault):
        load_bundle(packed[0]).score_faces(crops)


@pytest.mark.parametrize("name", bundles.HASHED)
def test_a_changed_file_is_refused(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(bytes(content))
    with pytest.raises(AnalysisFault, match=name):
        load_bundle(copied)


def test_a_missing_file_is_refused(copied):
    (copied / "weights.npz").unlink()
    with pytest.raises(AnalysisFault, match=r"weights\.npz"):
        load_bundle(copied)


def test_a_threshold_changed_by_hand_is_refused_and_by_command_is_a_new_version(copied):
    card = json.loads((copied / "card.json").read_text())
    old = card["version"]
    card["thresholds"]["likely_manipulated_at"] = 0.5
    (copied / "card.json").write_text(json.dumps(card))
    with pytest.raises(AnalysisFault, match="without a new version"):
        load_bundle(copied)
    assert write_card(copied, card)["version"] != old
    assert load_bundle(copied).thresholds.likely_manipulated_at == 0.5


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1e999"])
@pytest.mark.parametrize("place", ["calibration", "thresholds"])
def test_what_is_no_number_judges_nobody(copied, place, number):
    """It would come past no threshold, so that every video would be cleared."""
    card = json.loads((copied / "card.json").read_text())
    of_card = card["calibration"]["clip"] if place == "calibration" else card["thresholds"]
    of_card[next(iter(of_card))] = float(number)
    card["version"] = bundles.version_of(card)
    (copied / "card.json").write_text(json.dumps(card).replace("-Infinity", "-1e999"))
    with pytest.raises(AnalysisFault, match="no number to judge by"):
        load_bundle(copied)


def test_no_card_is_written_with_what_is_no_number(copied):
    before = (copied / "card.json").read_text()
    card = json.loads(before)
    card["calibration"]["clip"]["slope"] = float("nan")
    with pytest.raises(ValueError, match="nan"):
        write_card(copied, card)
    assert (copied / "card.json").read_text() == before


def test_prose_does_not_make_a_new_version(copied):
    card = json.loads((copied / "card.json").read_text())
    assert write_card(copied, {**card, "fails_on": ["masks"]})["version"] == card["version"]


def test_scores_that_drifted_are_refused(copied):
    with np.load(copied / "golden.npz") as golden:
        stored = dict(golden)
    stored["frame_logits"] = stored["frame_logits"] + np.float32(0.02)
    np.savez(copied / "golden.npz", **stored)
    write_card(copied, json.loads((copied / "card.json").read_text()))
    with pytest.raises(AnalysisFault, match="golden frames"):
        load_bundle(copied)


@pytest.mark.parametrize(
    ("name", "began_from"),
    [("mobilenet_v2_gru", "MobileNetV2"), ("inception_v3_gru", "InceptionV3")],
)
def test_a_card_says_what_the_prose_does_of_that_bundle_and_of_no_other(name, began_from):
    card = bundles.read_card(bundles.bundle_folder(name))
    prose = read_prose(bundles.BUNDLES / "card_prose.toml", name=name)
    assert {key: card[key] for key in prose} == prose
    (initial,) = [row["name"] for row in card["data"] if row["used_for"] == "initial weights"]
    assert initial.startswith(began_from)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 99}', "\x00"])
def test_a_card_that_is_not_one_is_refused(copied, text):
    (copied / "card.json").write_text(text)
    with pytest.raises(AnalysisFault):
        load_bundle(copied)


def test_an_unknown_bundle_says_which_there_are(tmp_path):
    with pytest.raises(AnalysisFault, match="shipped"):
        load_bundle("no_such_bundle")
    with pytest.raises(AnalysisFault, match="no bundle at"):
        load_bundle(tmp_path)


def test_serving_imports_neither_tensorflow_nor_keras(packed):
    code = (
        "import sys; from analysis.models.bundles import load_bundle; "
        f"load_bundle({str(packed[0])!r}); "
        "print(sorted({'tensorflow', 'keras', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_reading_a_card_imports_no_runtime():
    code = (
        "import sys; import analysis.models.bundles as b; b.bundle_names(); "
        "print('openvino' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_calibration_is_a_logistic_that_never_overflows():
    calibration = Calibration(slope=2.0, intercept=-1.0)
    assert calibration.probability(0.5) == pytest.approx(0.5)
    assert calibration.probability(1.0) == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert calibration.probability(1e9) == 1.0
    assert calibration.probability(-1e9) == 0.0


@pytest.mark.parametrize("name", bundles.bundle_names())
def test_every_shipped_bundle_loads_and_both_runtimes_give_its_golden_scores(name):
    folder = bundles.bundle_folder(name)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 50e6
    for runtime in ("openvino", "tensorflow"):
        assert load_bundle(name, runtime=runtime).version.startswith(f"{name}-")
