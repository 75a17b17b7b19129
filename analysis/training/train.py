"""Teach one architecture: frames first, then clips.

    python -m analysis.training.train --config c.toml --crops crops/ --run runs/a --imagenet x.h5

The run folder holds all it takes to repeat or resume the run: the configuration, every figure on
the way and its curves, the last state, the weights. Stop it at any time; the same command goes on
where the last checkpoint was, with the very batches that would have come next.

Runs on whatever Keras runs on: ``KERAS_BACKEND=jax`` or ``torch`` for a GPU. PyTorch in
``mixed_bfloat16`` is fastest on processors that multiply it, TensorFlow in ``float32`` on others.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arguments import at_least_one, said_in_one_line
from analysis.training import feed
from analysis.training.clip_stage import forget_clips, refuse_without_held_in, train_clips
from analysis.training.config import Config, read_config
from analysis.training.curves import draw_curves
from analysis.training.distil import Teacher
from analysis.training.frame_stage import FrameStage, learning_rate
from analysis.training.kept_memory import keep_freed_memory
from analysis.training.manifest import Source, read_manifest, refuse_leakage

CHECKPOINT_EVERY_S = 180.0
SAY_EVERY_STEPS = 20
BATCHES_AHEAD = 6


def main() -> None:
    args = _arguments()
    keep_freed_memory()
    manifest = args.manifest or args.crops / "manifest.csv"
    with said_in_one_line("train"):
        config = read_config(args.config)
        sources = read_manifest(manifest)
        refuse_leakage(sources)
    if config.frame.redrawn_share and not (args.crops / "redrawn").is_dir():
        raise SystemExit(
            "this configuration asks for redrawn faces and these crops have none: run "
            "analysis.training.redraw first, or set redrawn_share to 0"
        )
    if config.clip:
        try:
            refuse_without_held_in(config.clip, crops=args.crops, sources=sources)
        except ValueError as problem:
            raise SystemExit(
                f"[clip] decides on real recordings of the split holdin: {problem}"
            ) from problem
    stage = FrameStage(config, imagenet=args.imagenet, teacher=_teacher(config, args.teacher))
    if args.start_from:
        try:
            stage.start_from(args.start_from)
        except (OSError, ValueError) as problem:
            raise SystemExit(f"--start-from: {problem}") from problem
    if (args.run / "state.npz").exists():
        try:
            stage.load(args.run)
        except (KeyError, ValueError) as problem:
            raise SystemExit(f"{args.run} was begun with another network than this") from problem
        print(f"going on from step {stage.step}", flush=True)
    # Only now: what was refused must not stand beside the weights of another run.
    args.run.mkdir(parents=True, exist_ok=True)
    _keep(args.config, args.run / "config.toml")
    _keep(manifest, args.run / "manifest.csv")
    train_frames(
        stage, config, crops=args.crops, sources=sources, run=args.run, feeders=args.feeders
    )
    if config.clip:
        train_clips(config, crops=args.crops, sources=sources, run=args.run)


def train_frames(
    stage: FrameStage,
    config: Config,
    *,
    crops: Path,
    sources: list[Source],
    run: Path,
    feeders: int,
) -> None:
    how = config.frame
    if stage.step < how.steps:
        forget_clips(run)
    _forget_history_after(run, stage.step)
    drawn_alike: dict[str, Any] = {
        "seed": config.seed,
        "pairs": how.pairs,
        "side_px": stage.fed_side_px,
        "donor_share": how.donor_share,
        "redrawn_share": how.redrawn_share,
        "grid": stage.grid,
    }
    learning = [source for source in sources if source.split == "train"]
    faces_from = (crops, learning, config.data.shares)
    if stage.teacher:
        # Batches that no run gets to, so that a resumed run's teacher has the same scales.
        faces = feed.Faces(*faces_from)
        first = [feed.draw_batch(faces, number=10**9 + n, **drawn_alike)[0] for n in range(8)]
        stage.teacher.get_used_to(np.concatenate(first))
    stream = feed.batches(
        start=stage.step,
        processes=feeders,
        ahead=BATCHES_AHEAD,
        faces_from=faces_from,
        **drawn_alike,
    )
    began = saved_at = time.monotonic()
    first_step, waited_s = stage.step, 0.0
    recent: list[dict[str, float]] = []
    with (run / "history.jsonl").open("a") as history:
        while stage.step < how.steps:
            asked_at = time.monotonic()
            images, masks = next(stream)
            waited_s += time.monotonic() - asked_at
            recent.append(stage.learn(images, masks))
            if not np.isfinite(recent[-1]["loss"]):
                # What such a step leaves is lost for good, and must not take a checkpoint's place.
                raise SystemExit(
                    f"the loss is no number at step {stage.step}, so this step is not kept: go on "
                    "from the last checkpoint with a lower learning_rate"
                )
            if stage.step % SAY_EVERY_STEPS == 0 or stage.step == how.steps:
                spent_s = time.monotonic() - began
                line: dict[str, float] = {
                    "step": stage.step,
                    "pictures": stage.step * 2 * how.pairs,
                    "learning_rate": learning_rate(stage.step, how),
                    "pictures_per_s": (stage.step - first_step) * 2 * how.pairs / spent_s,
                    "waited_share": waited_s / spent_s,
                }
                line |= {name: float(np.mean([r[name] for r in recent])) for name in recent[0]}
                recent = []
                history.write(json.dumps({k: round(v, 7) for k, v in line.items()}) + "\n")
                history.flush()
                print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)
            if time.monotonic() - saved_at > CHECKPOINT_EVERY_S:
                stage.save(run)
                draw_curves(run)
                saved_at = time.monotonic()
    stage.save(run)
    draw_curves(run)


def _keep(file: Path, kept: Path) -> None:
    with suppress(shutil.SameFileError):
        shutil.copyfile(file, kept)


def _forget_history_after(run: Path, step: int) -> None:
    """A killed run has said more than its last checkpoint holds, and will say it again.

    On a full disk it has said half a line.
    """
    history = run / "history.jsonl"
    lines = history.read_text().splitlines(keepends=True) if history.exists() else []
    kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
    if kept != lines:
        history.write_text("".join(kept))


def _teacher(config: Config, run: Path | None) -> Teacher | None:
    if config.distil is None:
        return None
    if run is None:
        raise SystemExit("this configuration learns from a teacher: give its run with --teacher")
    return Teacher(run, config.distil)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--crops", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--manifest", type=Path, help="other splits than prepare's: see folds")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--imagenet", help="'imagenet' to download, or a file without the top")
    parser.add_argument("--start-from", type=Path, help="a run, a bundle, or weights (.h5)")
    parser.add_argument("--teacher", type=Path, help="the run or bundle to learn from")
    parser.add_argument(
        "--feeders", type=at_least_one, default=1, help="processes that make batches"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
