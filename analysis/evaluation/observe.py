"""Look at footage as the service does, and say what a bundle makes of it.

Looking (decode, detect, follow, cut) is done by ``check_video`` itself and its crops are kept, so
that the next bundle that wants them cut the same way is scored in seconds. Scoring is then the
bundle's own, and the outcome is the service's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import analysis
from analysis.check_video import ScoredCrop, check_video
from analysis.errors import VideoProblem
from analysis.evaluation.degrade import Degradation
from analysis.evaluation.footage import footage_of
from analysis.evaluation.observation import AS_IS, Observation
from analysis.explain import Shown, suspicious_stretches
from analysis.finding import Finding, Track
from analysis.models.bundles import Bundle
from analysis.training.manifest import Source
from analysis.verdict import decide, suspicious_from


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking found: a Finding and the scored crops of each of its tracks, with the slots,
    windows and times that they are of, or a problem."""

    finding: Finding | None
    crops: dict[int, NDArray[np.uint8]]
    slots: dict[int, NDArray[np.int64]]
    windows: dict[int, NDArray[np.int64]]
    at_s: dict[int, NDArray[np.float64]]
    problem: str | None
    seconds: float
    looked_now: bool


def observe(
    source: Source,
    *,
    bundle: Bundle,
    root: Path,
    degradation: Degradation | None,
    cache: Path,
    fresh: bool = False,
) -> tuple[Observation, Seen] | None:
    """One row, observed; None where this degradation does not apply to it."""
    try:
        footage = footage_of(source, root=root, degradation=degradation, cache=cache / "footage")
        if footage is None:
            return None
        seen = see(footage, bundle=bundle, cache=cache / "crops", fresh=fresh)
    except VideoProblem as problem:
        seen = Seen(None, {}, {}, {}, {}, problem.code, 0.0, looked_now=True)
    name = degradation.name if degradation else AS_IS
    return judge(seen, source=source, degradation=name, bundle=bundle), seen


def see(footage: Path, *, bundle: Bundle, cache: Path, fresh: bool = False) -> Seen:
    file = cache / f"{_looking_key(footage, bundle)}.npz"
    if file.is_file() and not fresh:
        return _read(file)
    crops: dict[int, list[ScoredCrop]] = {}

    def keep(crop: ScoredCrop) -> None:
        crops.setdefault(crop.track, []).append(crop)

    began = time.perf_counter()
    finding, problem = None, None
    with tempfile.TemporaryDirectory() as evidence:
        try:
            finding = check_video(footage, bundle=bundle, evidence=Path(evidence), on_crop=keep)
        except VideoProblem as error:
            problem = error.code
    seen = Seen(
        finding=finding,
        crops={number: np.stack([c.image for c in kept]) for number, kept in crops.items()},
        slots={number: np.array([c.slot for c in kept]) for number, kept in crops.items()},
        windows={number: np.array([c.window for c in kept]) for number, kept in crops.items()},
        at_s={number: np.array([c.at_s for c in kept]) for number, kept in crops.items()},
        problem=problem,
        seconds=time.perf_counter() - began,
        looked_now=True,
    )
    _write(file, seen)
    return seen


def judge(seen: Seen, *, source: Source, degradation: str, bundle: Bundle) -> Observation:
    """The bundle's scores of what was seen, and the outcome that a person would be told."""
    finding = seen.finding
    tracks = finding.tracks if finding else ()
    limits = suspicious_from(
        [(track.reason, track.frames_used) for track in tracks], bundle.thresholds
    )
    scored = {
        track.number: _score(track.number, seen=seen, bundle=bundle)
        for track, limit in zip(tracks, limits, strict=True)
        if limit is not None
    }
    outcome, reason, probability = None, None, None
    if finding is not None:
        rejudged = [
            track if limit is None else _rejudged(track, scored[track.number], suspicious_at=limit)
            for track, limit in zip(tracks, limits, strict=True)
        ]
        outcome, reason, probability = decide(rejudged, bundle.thresholds)
    judged = [track.number for track in tracks if track.reason is None]
    worst = max(judged, key=lambda number: scored[number].probability, default=None)
    told = scored[worst] if worst is not None else None
    return Observation(
        id=source.id,
        file=source.file,
        set=source.set,
        label=int(source.label == "fake"),
        group=source.group,
        manipulation=source.manipulation,
        degradation=degradation,
        outcome=outcome,
        reason=None if reason is None else str(reason),
        problem=seen.problem,
        fake_probability=probability,
        logit=told.logit if told else None,
        mean_logit=float(np.mean(told.frame_logits)) if told else None,
        frame_logits=told.frame_logits if told else (),
        face_px=_width_of(finding, worst),
        blur=blurriness(seen.crops[worst]) if worst is not None else None,
        seconds=round(seen.seconds, 3),
        track=worst,
    )


@dataclass(frozen=True, slots=True)
class _Scored:
    probability: float
    logit: float
    frame_logits: tuple[float, ...]
    shown: tuple[Shown, ...]


def _score(track: int, *, seen: Seen, bundle: Bundle) -> _Scored:
    crops, slots = seen.crops[track], seen.slots[track]
    evidence = bundle.score_faces(crops)
    frame_logits = tuple(round(float(logit), 5) for logit in evidence.frame_logits)
    if len(crops) == 1:
        logit, calibration = float(evidence.frame_logits[0]), bundle.calibration.frame
    else:
        # Each in its place: a long video is several clips, and what recurs reads each by itself.
        features = np.zeros((slots.max() + 1, bundle.contract.feature_count), dtype=np.float32)
        features[slots] = evidence.features
        mask = np.isin(np.arange(len(features)), slots)
        logit, calibration = bundle.score_clip(features, mask), bundle.calibration.clip
    shown = zip(
        seen.windows[track],
        seen.at_s[track],
        crops,
        bundle.calibration.frame.probabilities(evidence.frame_logits),
        evidence.activation_maps,
        strict=True,
    )
    return _Scored(
        probability=round(calibration.probability(logit), 4),
        logit=round(logit, 5),
        frame_logits=frame_logits,
        shown=tuple(
            Shown(int(window), float(at_s), crop, round(float(probability), 4), activation_map)
            for window, at_s, crop, probability, activation_map in shown
        ),
    )


def _rejudged(track: Track, scored: _Scored, *, suspicious_at: float) -> Track:
    return replace(
        track,
        fake_probability=scored.probability if track.reason is None else None,
        suspicious=suspicious_stretches(scored.shown, at_least=suspicious_at),
    )


def _width_of(finding: Finding | None, number: int | None) -> float | None:
    if finding is None or number is None:
        return None
    return next(t.median_width_px for t in finding.tracks if t.number == number)


def blurriness(crops: NDArray[np.uint8]) -> float:
    """Minus the mean log variance of the Laplacian: what any detector must beat."""
    sharp = []
    for crop in crops:
        grey = cv2.cvtColor(cv2.resize(crop, (128, 128)), cv2.COLOR_RGB2GRAY)
        sharp.append(np.log(cv2.Laplacian(grey, cv2.CV_64F).var() + 1e-3))
    return -round(float(np.mean(sharp)), 5)


def _looking_key(footage: Path, bundle: Bundle) -> str:
    """Changes with the file, with how the bundle wants faces, and with the code that looks."""
    stat = footage.stat()
    limits = {
        name: value
        for name, value in asdict(bundle.thresholds).items()
        if name not in ("likely_manipulated_at", "no_manipulation_below", "rise_with_faces")
    }
    contract = asdict(bundle.contract)
    del contract["mirrored"], contract["feature_count"]  # a crop is cut the same
    told: list[Any] = [
        str(footage.resolve()),
        stat.st_size,
        stat.st_mtime_ns,
        contract,
        limits,
        _looking_code(),
    ]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return f"{footage.stem[:60]}-{digest[:16]}"


def _looking_code() -> str:
    home = Path(analysis.__file__).parent
    files = [home / "check_video.py", home / "verdict.py"]
    files += sorted(home.glob("faces/*.py")) + sorted(home.glob("media/*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _write(path: Path, seen: Seen) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "finding": seen.finding.to_document() if seen.finding else None,
        "problem": seen.problem,
        "seconds": seen.seconds,
    }
    arrays: dict[str, Any] = {f"crops_{number}": crops for number, crops in seen.crops.items()}
    arrays |= {f"slots_{number}": slots for number, slots in seen.slots.items()}
    arrays |= {f"windows_{number}": windows for number, windows in seen.windows.items()}
    arrays |= {f"at_s_{number}": at_s for number, at_s in seen.at_s.items()}
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        np.savez(file, told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8), **arrays)
    partial.replace(path)


def _read(path: Path) -> Seen:
    with np.load(path, allow_pickle=False) as stored:
        told = json.loads(bytes(stored["told"]))
        crops, slots, windows, at_s = (
            {
                int(name.removeprefix(kind)): stored[name]
                for name in stored.files
                if name.startswith(kind)
            }
            for kind in ("crops_", "slots_", "windows_", "at_s_")
        )
    finding = told["finding"]
    return Seen(
        finding=Finding.from_document(finding) if finding else None,
        crops=crops,
        slots=slots,
        windows=windows,
        at_s=at_s,
        problem=told["problem"],
        seconds=told["seconds"],
        looked_now=False,
    )
