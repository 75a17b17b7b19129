"""A bundle: everything that a verdict depends on, in one folder with one version string.

    analysis/bundles/<name>/
        card.json        contract, calibration, thresholds, hashes, recipe, measured error rates
        encoder.xml .bin the encoder's graph, its weights left open
        clip.xml .bin    the clip head's graph, likewise
        weights.npz      the weights of both, once: kernels as f16, everything else as f32
        golden.npz       face crops and the scores that they must get

The weights are stored once and both runtimes read the same file, so TensorFlow (the reference) and
OpenVINO (serving) cannot drift apart, serving needs no TensorFlow, and InceptionV3 stays under
50 MB. A graph in ``.xml`` is a few hundred kilobytes of topology; OpenVINO folds the weights in
when it compiles.

``load_bundle`` refuses a folder whose files, or whose scores on its own golden frames, are not
what the card says: a changed library must not silently change a verdict.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisFault
from analysis.models.runtime import Crops, Floats, FrameEvidence, Runtime, look

BUNDLES = Path(__file__).resolve().parent.parent / "bundles"
DEFAULT_BUNDLE = "mobilenet_v2_gru"
CARD_SCHEMA = 1
HASHED = (
    "encoder.xml",
    "encoder.bin",
    "clip.xml",
    "clip.bin",
    "weights.npz",
    "golden.npz",
)

RuntimeName = Literal["openvino", "tensorflow"]


@dataclass(frozen=True, slots=True)
class Contract:
    """How a face must be cut, how many make a clip, and whether each is judged mirrored as well.

    Mirrored too takes twice the network's time, and a mirrored copy of a video is judged alike.
    """

    side_px: int
    margin: float
    frames_per_clip: int
    feature_count: int
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logit becomes a fake_probability: the logistic of ``slope * logit + intercept``."""

    slope: float
    intercept: float

    def probability(self, logit: float) -> float:
        return float(self.probabilities(np.asarray([logit]))[0])

    def probabilities(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        z = self.slope * np.asarray(logits, dtype=np.float64) + self.intercept
        # Written through tanh, the logistic cannot overflow.
        return np.asarray(0.5 * (1.0 + np.tanh(z / 2.0)))


@dataclass(frozen=True, slots=True)
class Calibrations:
    clip: Calibration
    frame: Calibration


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a verdict begins and where abstention ends; light is mean luma, 0 to 255.

    ``likely_manipulated_at`` is for one face. Of many genuine ones the highest score is high by
    chance, so it rises: see ``likely_among``.
    """

    likely_manipulated_at: float
    no_manipulation_below: float
    rise_with_faces: float
    min_frames: int
    min_face_px: float
    min_light: float
    min_sharpness: float

    def likely_among(self, faces: int) -> float:
        return likely_among(faces, likely_at=self.likely_manipulated_at, rise=self.rise_with_faces)


def likely_among(faces: int, *, likely_at: float, rise: float) -> float:
    """The threshold of a video's highest score where ``faces`` were judged.

    It keeps wrong accusations as rare among many faces as they are for one, if the odds of a
    genuine face fall off beyond ``likely_at`` by their power of 1 / ``rise``: n faces come past n
    times as often, so the log odds have to be higher by ``rise`` times the logarithm of n.
    """
    if faces <= 1 or not 0.0 < likely_at < 1.0:
        return likely_at
    odds = likely_at / (1.0 - likely_at) * faces**rise
    return float(odds / (1.0 + odds))


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How frames become a clip's score: ``recurrent`` (the GRU), ``mean`` (of frame logits) or
    ``joint`` (half of each)."""

    clip: str


class Bundle:
    """A loaded bundle: score with it as often as you like, from one thread."""

    def __init__(self, *, folder: Path, card: dict[str, Any], runtime: Runtime) -> None:
        self.folder = folder
        self.card = card
        self.name: str = card["name"]
        self.version: str = card["version"]
        self.contract = Contract(**card["contract"])
        self.calibration = Calibrations(
            clip=Calibration(**card["calibration"]["clip"]),
            frame=Calibration(**card["calibration"]["frame"]),
        )
        self.thresholds = Thresholds(**card["thresholds"])
        self.aggregation = Aggregation(**card["aggregation"])
        self._runtime = runtime

    def score_faces(self, crops: Crops) -> FrameEvidence:
        """``crops``: n x side x side x 3, RGB, uint8, cut as the contract says."""
        side = self.contract.side_px
        if crops.dtype != np.uint8 or crops.shape[1:] != (side, side, 3):
            raise AnalysisFault(f"{self.name} reads uint8 {side}x{side}x3, not {crops.shape}")
        if len(crops) == 0:
            raise AnalysisFault("no face to score")
        return look(self._runtime, crops, mirrored=self.contract.mirrored)

    def score_clip(self, features: Floats, mask: NDArray[np.bool_]) -> float:
        """The logit of one face over time; ``mask`` is False where it was not seen.

        Longer than one clip: the mean over consecutive clips, each weighted by the frames in it.
        """
        window = self.contract.frames_per_clip
        if len(features) != len(mask) or not mask.any():
            raise AnalysisFault("a clip needs one mask value a frame and at least one seen face")
        total, weight = 0.0, 0
        for start in range(0, len(mask), window):
            seen = mask[start : start + window]
            count = int(seen.sum())
            if count == 0:
                continue
            padded = np.zeros((window, self.contract.feature_count), dtype=np.float32)
            present = np.zeros(window, dtype=np.bool_)
            padded[: len(seen)] = np.where(seen[:, None], features[start : start + window], 0)
            present[: len(seen)] = seen
            total += count * self._runtime.clip_logit(padded, present)
            weight += count
        return total / weight


def load_bundle(
    name_or_path: str | Path, *, runtime: RuntimeName = "openvino", threads: int | None = None
) -> Bundle:
    """Read, verify and warm a bundle; AnalysisFault if it is not what its card says.

    ``threads`` is the one place where a model's threads are set: None takes every core that this
    process may run on.
    """
    folder = bundle_folder(name_or_path)
    card = read_card(folder)
    for name in HASHED:
        if file_sha256(folder / name) != card["files"][name]:
            raise AnalysisFault(f"{folder.name}/{name} is not the file that its card describes")
    if card["version"] != version_of(card):
        raise AnalysisFault(f"{folder.name}: the card was changed without a new version")
    bundle = Bundle(
        folder=folder,
        card=card,
        runtime=_start(runtime, folder=folder, card=card, threads=threads or usable_cores()),
    )
    _check_golden(bundle)
    return bundle


def bundle_names() -> list[str]:
    """The bundles that are shipped with this code."""
    return sorted(path.parent.name for path in BUNDLES.glob("*/card.json"))


def bundle_folder(name_or_path: str | Path) -> Path:
    folder = Path(name_or_path)
    if folder.name == str(name_or_path):  # a bare name, not a path
        folder = BUNDLES / folder
    if not (folder / "card.json").is_file():
        known = ", ".join(bundle_names()) or "none"
        raise AnalysisFault(f"no bundle at {folder}; shipped: {known}")
    return folder


def read_card(folder: Path) -> dict[str, Any]:
    try:
        text = (folder / "card.json").read_text(encoding="utf-8")
        card: dict[str, Any] = json.loads(text, parse_float=_finite, parse_constant=_finite)
        schema = card["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise AnalysisFault(f"{folder.name}/card.json cannot be read: {error}") from error
    if schema != CARD_SCHEMA:
        raise AnalysisFault(f"{folder.name}: card of schema {schema}, not {CARD_SCHEMA}")
    return card


def _finite(text: str) -> float:
    """NaN reaches no threshold: whatever were judged by it would be cleared."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number to judge by")
    return number


def write_card(folder: Path, card: dict[str, Any]) -> dict[str, Any]:
    """Bring hashes and version up to date, then write; the card as written is returned."""
    card = {**card, "schema": CARD_SCHEMA}
    card["files"] = {name: file_sha256(folder / name) for name in HASHED}
    card["version"] = version_of(card)
    text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")
    return card


def version_of(card: dict[str, Any]) -> str:
    """The name and a digest of all that can change a score or a verdict, and of nothing else."""
    decisive = {
        key: card[key] for key in ("files", "contract", "aggregation", "calibration", "thresholds")
    }
    text = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
    return f"{card['name']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AnalysisFault(f"{path.parent.name}/{path.name} cannot be read: {error}") from error


def usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(name: RuntimeName, *, folder: Path, card: dict[str, Any], threads: int) -> Runtime:
    if name == "openvino":
        from analysis.models.runtime_openvino import OpenVinoRuntime

        return OpenVinoRuntime(folder=folder, threads=threads)
    from analysis.models.runtime_tensorflow import TensorFlowRuntime

    return TensorFlowRuntime(folder=folder, card=card, threads=threads)


def _check_golden(bundle: Bundle) -> None:
    with np.load(bundle.folder / "golden.npz", allow_pickle=False) as golden:
        crops, frame_logits = golden["crops"], golden["frame_logits"]
        clip_logit = float(golden["clip_logit"])
    evidence = bundle.score_faces(crops)
    scored = bundle.score_clip(evidence.features, np.ones(len(crops), dtype=np.bool_))
    drift = max(float(np.abs(evidence.frame_logits - frame_logits).max()), abs(scored - clip_logit))
    tolerance = float(bundle.card["golden"]["tolerance_logit"])
    # Written so that a score that is not a number is refused as well.
    if not drift <= tolerance:
        raise AnalysisFault(
            f"{bundle.version} scores its golden frames {drift:.4f} off (allowed {tolerance}): "
            "a library or processor changed its results, so nothing is served"
        )
