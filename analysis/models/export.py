"""From a training run, or from published weights, to a bundle that can be served.

    python -m analysis.models.export --run runs/small --out analysis/bundles/mobilenet_v2_gru
    python -m analysis.models.export --published Meso4_DF.h5 --architecture meso4 --out meso4_df

The bundle is not calibrated yet: ``python -m analysis.evaluation.calibrate`` does that, and writes
what it measured into the card.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arguments import said_in_one_line
from analysis.errors import AnalysisFault
from analysis.models.bundles import BUNDLES, load_bundle
from analysis.models.registry import architecture
from analysis.models.runtime import Crops, Floats

MARGIN = 1.3
GOLDEN_FACES = BUNDLES / "golden_faces"
# Storing kernels as f16 may move a logit by this much, and no more.
LARGEST_ROUNDING_LOGIT = 0.25
# Until a calibration is fitted, what calls nothing manipulated that is not very sure.
UNCALIBRATED = {
    "calibration": {
        "clip": {"slope": 1.0, "intercept": 0.0},
        "frame": {"slope": 1.0, "intercept": 0.0},
    },
    "thresholds": {
        "likely_manipulated_at": 0.9,
        "no_manipulation_below": 0.2,
        "rise_with_faces": 1.0,
        "min_frames": 6,
        "min_face_px": 48.0,
        "min_light": 20.0,
        "min_sharpness": 1.0,
    },
}

PUBLISHED_PROSE = {
    "licence": "Apache-2.0, as published by the authors of MesoNet",
    "fails_on": ["most swaps made since 2018: see what it measured, which is next to chance"],
    "data": [
        {
            "name": "faces gathered by the authors of MesoNet (Afchar et al. 2018)",
            "used_for": "training, by them",
            "licence": "not published",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Trained:
    """Networks with their weights, and how they came to be."""

    architecture: str
    encoder: Any
    clip_head: Any
    side_px: int
    frames_per_clip: int
    mirrored: bool
    clip: str
    recipe: dict[str, Any]


def from_run(run: Path, *, clip: str | None) -> Trained:
    """``frame.weights.h5``, and ``clip.weights.h5`` where the clip stage has been trained."""
    from analysis.models.heads import joint_clip_head

    config = tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))
    name = config["architecture"]
    design = architecture(name)
    side_px = int(config["frame"]["side_px"])
    frames = int(config.get("clip", {}).get("frames", design.CARD.frames_per_clip))
    encoder = design.build_encoder(side_px=side_px, weights=None)
    encoder.load_weights(run / "frame.weights.h5")
    clip = clip or _better_clip_head(run)
    clip_head = mean_head_of(encoder, frames=frames)
    if clip != "mean":
        count = int(encoder.output["features"].shape[-1])
        recurrent = design.build_clip_head(frames=frames, feature_count=count, unroll=True)
        recurrent.load_weights(run / "clip.weights.h5")
        clip_head = (
            joint_clip_head(recurrent=recurrent, mean=clip_head) if clip == "joint" else recurrent
        )
    return Trained(
        architecture=name,
        encoder=encoder,
        clip_head=clip_head,
        side_px=side_px,
        frames_per_clip=frames,
        mirrored=bool(config.get("clip", {}).get("mirrored")),
        clip=clip,
        recipe={"config": config, "last_step": _last_step(run), **_averaged(run)},
    )


def from_published(path: Path, *, name: str) -> Trained:
    """One of the files that the authors of MesoNet published."""
    design = architecture(name)
    encoder = design.build_encoder(side_px=design.CARD.side_px, weights=str(path))
    return Trained(
        architecture=name,
        encoder=encoder,
        clip_head=mean_head_of(encoder, frames=design.CARD.frames_per_clip),
        side_px=design.CARD.side_px,
        frames_per_clip=design.CARD.frames_per_clip,
        mirrored=False,
        clip="mean",
        recipe={"published": path.name, "source": design.CARD.source},
    )


def mean_head_of(encoder: Any, *, frames: int) -> Any:
    """The clip head that is the mean of the encoder's own frame logits."""
    from analysis.models.heads import mean_clip_head

    count = int(encoder.output["features"].shape[-1])
    head = mean_clip_head(frames=frames, feature_count=count)
    names = [layer.name for layer in encoder.layers]
    frame_head: Any = (
        encoder.get_layer("frame_head")
        if "frame_head" in names
        else encoder.get_layer("head").output_unit
    )
    if frame_head.kernel.shape[0] != count:
        raise AnalysisFault(f"{encoder.name}: the frame head does not read the features")
    head.get_layer("clip_logit").set_weights([np.asarray(v) for v in frame_head.weights])
    return head


def export(trained: Trained, *, out: Path, golden_faces: Path, prose: dict[str, Any]) -> Any:
    """Pack, then hold the packed bundle against the trained network; the loaded bundle."""
    from analysis.models.pack import pack_bundle

    crops = golden_crops(golden_faces, side_px=trained.side_px)
    views = [crops, crops[:, :, ::-1]] if trained.mirrored else [crops]
    expected = np.mean([_frame_logits(trained.encoder, view) for view in views], axis=0)
    tolerance = 0.01 * max(1.0, float(np.abs(expected).max()))
    pack_bundle(
        folder=out,
        encoder=trained.encoder,
        clip_head=trained.clip_head,
        golden_crops=crops,
        card={
            "name": out.name,
            "architecture": trained.architecture,
            "title": architecture(trained.architecture).CARD.title,
            "contract": {
                "side_px": trained.side_px,
                "margin": MARGIN,
                "frames_per_clip": trained.frames_per_clip,
                "feature_count": int(trained.encoder.output["features"].shape[-1]),
                "mirrored": trained.mirrored,
            },
            "aggregation": {"clip": trained.clip},
            **UNCALIBRATED,
            "calibrated_on": None,
            "golden": {"tolerance_logit": round(tolerance, 4)},
            "status": _status(trained.recipe),
            "recipe": trained.recipe,
            "measured": None,
            **prose,
        },
    )
    bundle = load_bundle(out, threads=1)
    rounding = float(np.abs(bundle.score_faces(crops).frame_logits - expected).max())
    if rounding > LARGEST_ROUNDING_LOGIT * max(1.0, float(np.abs(expected).max())):
        raise AnalysisFault(f"stored as f16, {out.name} scores {rounding:.3f} off: not exported")
    return bundle


def _frame_logits(encoder: Any, crops: Crops) -> Floats:
    return np.asarray(encoder(crops.astype(np.float32), training=False)["frame_logit"])[:, 0]


def golden_crops(folder: Path, *, side_px: int) -> Crops:
    """Pictures cut like face crops, in the order of their names, brought to ``side_px``."""
    import cv2

    crops = []
    for path in sorted(folder.glob("*.png")):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if image is None:
            raise AnalysisFault(f"{path} is not a picture")
        shrinks = image.shape[0] > side_px
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        crops.append(cv2.resize(image, (side_px, side_px), interpolation=how))
    if not crops:
        raise AnalysisFault(f"no golden faces (*.png) in {folder}")
    return np.stack(crops).astype(np.uint8)


def read_prose(path: Path, *, name: str) -> dict[str, Any]:
    """What a card says in words: data, licence, what the bundle cannot see."""
    prose = tomllib.loads(path.read_text(encoding="utf-8"))
    prose["data"] = [row for row in prose["data"] if row.pop("only_for", name) == name]
    return prose


def _better_clip_head(run: Path) -> str:
    """What the clip stage found to be better; the mean of frames where it has not been run."""
    found = run / "clip.json"
    if not found.is_file():
        return "mean"
    return str(json.loads(found.read_text(encoding="utf-8"))["aggregation"])


def _status(recipe: dict[str, Any]) -> str:
    done, wanted = recipe.get("last_step"), recipe.get("config", {}).get("frame", {}).get("steps")
    if done is None or wanted is None:
        return "published weights" if "published" in recipe else "trained"
    return "trained" if done >= wanted else f"early: {done} of {wanted} steps of training"


def _averaged(run: Path) -> dict[str, Any]:
    """Which runs' weights this is the mean of, where it is one."""
    said = run / "averaged.json"
    return {"mean_of_runs": json.loads(said.read_text(encoding="utf-8"))} if said.is_file() else {}


def _last_step(run: Path) -> int | None:
    history = run / "history.jsonl"
    if not history.is_file():
        return None
    lines = history.read_text(encoding="utf-8").splitlines()
    return int(json.loads(lines[-1])["step"]) if lines else None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--run", type=Path, help="a folder of analysis.training.train")
    source.add_argument("--published", type=Path, help="a MesoNet file of its authors")
    parser.add_argument("--architecture", help="with --published: meso4 or meso_inception4")
    parser.add_argument(
        "--clip", choices=["joint", "recurrent", "mean"], help="default: what the clip stage chose"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--golden-faces", type=Path, default=GOLDEN_FACES)
    parser.add_argument("--prose", type=Path, default=BUNDLES / "card_prose.toml")
    args = parser.parse_args(argv)
    if os.environ.setdefault("KERAS_BACKEND", "tensorflow") != "tensorflow":
        parser.error("export with KERAS_BACKEND=tensorflow, whatever the run learned with")
    if args.published and not args.architecture:
        parser.error("--published needs --architecture")
    with said_in_one_line("export"):
        if args.published:
            trained = from_published(args.published, name=args.architecture)
            prose = {**read_prose(args.prose, name=args.architecture), **PUBLISHED_PROSE}
        else:
            trained = from_run(args.run, clip=args.clip)
            prose = read_prose(args.prose, name=trained.architecture)
    # Whole or not at all: what was served before stays until its successor has passed.
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.out.parent, prefix=".export-") as folder:
        made = Path(folder) / args.out.name
        bundle = export(trained, out=made, golden_faces=args.golden_faces, prose=prose)
        args.out.mkdir(exist_ok=True)
        for file in sorted(made.iterdir()):
            file.replace(args.out / file.name)
    size = sum(file.stat().st_size for file in args.out.iterdir())
    print(f"{bundle.version}: {size / 1e6:.1f} MB in {args.out}, not calibrated yet")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
