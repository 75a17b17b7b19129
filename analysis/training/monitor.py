"""How a run is doing, on faces that it does not learn from. To be looked at, not tuned on.

    python -m analysis.training.monitor --run runs/a --crops crops/

Three figures, each beside what blurriness alone would reach: frame and video AUC on fresh
pseudo-fakes of held-in people, and video AUC on the labelled videos of the validation split.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.arguments import said_in_one_line
from analysis.evaluation.metrics import auc
from analysis.faces.crop import Image
from analysis.models.registry import architecture
from analysis.training.augment import View, seen
from analysis.training.config import read_config
from analysis.training.crop_store import SourceCrops
from analysis.training.feed import Faces, draw_pair
from analysis.training.manifest import Source, read_manifest

SERVED_MARGIN = 1.3
FRAMES_A_VIDEO = 10
PAIRS = 160


def separation(real: NDArray[Any], fake: NDArray[Any]) -> float:
    labels = np.repeat([0, 1], [len(real), len(fake)])
    return auc(labels, np.concatenate([real, fake]).astype(np.float64)) or 0.0


def served_view(stored: SourceCrops, number: int, *, side_px: int) -> Image:
    """The crop that serving would score: SERVED_MARGIN, unturned, unshifted."""
    crop = stored.crop(number)
    view = View(SERVED_MARGIN, (0.0, 0.0), 0.0, False, side_px)
    return seen(crop, view).image


def sharpness(image: Image) -> float:
    grey = cv2.cvtColor(cv2.resize(image, (128, 128)), cv2.COLOR_RGB2GRAY)
    return float(np.log(cv2.Laplacian(grey, cv2.CV_64F).var() + 1e-3))


def spread(count: int, wanted: int) -> NDArray[Any]:
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(int))


def score(encoder: Any, images: Sequence[Image]) -> NDArray[Any]:
    parts = [
        encoder.predict_on_batch(np.stack(images[n : n + 32]).astype(np.float32))["frame_logit"]
        for n in range(0, len(images), 32)
    ]
    return np.concatenate(parts)[:, 0]


def on_pseudo_fakes(
    encoder: Any, crops: Path, sources: Sequence[Source], shares: dict[str, float], *, side_px: int
) -> dict[str, float]:
    held = [source for source in sources if source.split == "holdin" and source.label == "real"]
    here = {s.set for s in held if (crops / f"{s.id}.npz").exists()}
    faces = Faces(crops, held, {name: share for name, share in shares.items() if name in here})
    rng = np.random.default_rng(0)
    pairs = [draw_pair(faces, rng, side_px=side_px, donor_share=0.45) for _ in range(PAIRS)]
    real, fake = (score(encoder, [getattr(p, k) for p in pairs]) for k in ("real", "fake"))
    blur = [np.array([-sharpness(getattr(p, k)) for p in pairs]) for k in ("real", "fake")]
    return {
        "holdin_frame_auc": separation(real, fake),
        "holdin_pairs_won": float((fake > real).mean()),
        "holdin_blur_auc": separation(*blur),
    }


def on_videos(
    encoder: Any, crops: Path, sources: Sequence[Source], *, side_px: int
) -> dict[str, Any]:
    logits: dict[str, list[float]] = {"real": [], "fake": []}
    blurs: dict[str, list[float]] = {"real": [], "fake": []}
    frames: dict[str, list[NDArray[Any]]] = {"real": [], "fake": []}
    of_group: dict[tuple[str, str], float] = {}
    for source in sources:
        path = crops / f"{source.id}.npz"
        if source.split != "validation" or not path.exists():
            continue
        stored = SourceCrops(path)
        if not len(stored):
            continue
        images = [
            served_view(stored, int(n), side_px=side_px)
            for n in spread(len(stored), FRAMES_A_VIDEO)
        ]
        scores = score(encoder, images)
        logits[source.label].append(float(scores.mean()))
        frames[source.label].append(scores)
        blurs[source.label].append(-float(np.mean([sharpness(i) for i in images])))
        of_group[source.file, source.label] = float(scores.mean())
    real, fake = np.array(logits["real"]), np.array(logits["fake"])
    if not len(real) or not len(fake):
        return {}
    both = [f for f, label in of_group if label == "fake" and (f, "real") in of_group]
    won = [of_group[f, "fake"] > of_group[f, "real"] for f in both]
    return {
        "videos": [len(real), len(fake)],
        "video_auc": separation(real, fake),
        "frame_auc": separation(np.concatenate(frames["real"]), np.concatenate(frames["fake"])),
        "fake_above_its_real": float(np.mean(won)) if won else None,
        "video_blur_auc": separation(np.array(blurs["real"]), np.array(blurs["fake"])),
        "mean_logit_real_fake": [round(float(real.mean()), 2), round(float(fake.mean()), 2)],
    }


def on_real_videos(
    encoder: Any, crops: Path, sources: Sequence[Source], *, side_px: int
) -> dict[str, Any]:
    means = []
    for source in sources:
        path = crops / f"{source.id}.npz"
        if source.label != "real" or source.split == "validation" or not path.exists():
            continue
        stored = SourceCrops(path)
        if len(stored) < 2:  # a picture, or nothing
            continue
        images = [served_view(stored, int(n), side_px=side_px) for n in spread(len(stored), 4)]
        means.append((source.split, float(score(encoder, images).mean())))
    held = np.array([m for split, m in means if split == "holdin"])
    every = np.array([m for _, m in means])
    if not means:
        return {}
    return {
        "real_video_logit_p50": float(np.median(every)),
        "real_video_logit_p95": float(np.quantile(every, 0.95)),
        "held_real_video_logit_max": float(held.max()) if len(held) else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--side-px", type=int)
    parser.add_argument("--weights", default="frame.weights.h5")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    with said_in_one_line("monitor"):
        config = read_config(args.run / "config.toml")
        sources = read_manifest(args.run / "manifest.csv")  # whose splits the run learned by
    side = args.side_px or config.frame.side_px
    encoder = architecture(config.architecture).build_encoder(side_px=side, weights=None)
    encoder.load_weights(args.run / args.weights)
    figures: dict[str, Any] = {"at": time.strftime("%H:%M:%S"), "side_px": side}
    figures |= on_pseudo_fakes(encoder, args.crops, sources, config.data.shares, side_px=side)
    figures |= on_videos(encoder, args.crops, sources, side_px=side)
    figures |= on_real_videos(encoder, args.crops, sources, side_px=side)
    history = (args.run / "history.jsonl").read_text().splitlines()
    figures["step"] = json.loads(history[-1])["step"] if history else 0
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}
    with (args.run / "monitor.jsonl").open("a") as file:
        file.write(json.dumps(rounded) + "\n")
    print(json.dumps(rounded))


if __name__ == "__main__":
    main()
