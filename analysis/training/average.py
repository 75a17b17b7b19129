"""The mean of several finished runs' weights, as a run of its own.

    python -m analysis.training.average --runs runs/a runs/b --shares 1 2 --out runs/mean

For runs of one lineage, or a bundle and what went on from it: each began at a state of another,
so their weights lie in one valley and their mean errs less on footage that none of them has seen.
Runs from different beginnings do not average to anything; compare the mean with its parts before
it is used. All else is taken over from the last of them.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from math import inf
from pathlib import Path

import numpy as np

from analysis.arguments import said_in_one_line
from analysis.training.clip_stage import forget_clips
from analysis.training.learned import (
    architecture_in,
    is_bundle,
    learned_encoder,
    pictures_behind,
)


def average(runs: Sequence[Path], out: Path, *, shares: Sequence[float] = ()) -> None:
    """Writes a run folder whose configuration is the last one's; the runs count by ``shares``."""
    shares = shares or [1.0] * len(runs)
    if len(shares) != len(runs) or not all(0 < s < inf for s in shares):
        raise ValueError(f"{len(runs)} runs need as many shares above 0, not {list(shares)}")
    shares = [share / sum(shares) for share in shares]
    names = {architecture_in(run) for run in runs}
    if len(names) != 1:
        raise ValueError(f"only runs of one architecture can be averaged, not {sorted(names)}")
    if is_bundle(runs[-1]):
        raise ValueError("the last one must be a run: the mean takes its configuration")
    if len({run.name for run in runs}) != len(runs):
        raise ValueError("two of them have one name, and averaged.json could not tell them apart")
    if out.resolve() in {run.resolve() for run in runs} or (out / "state.npz").exists():
        raise ValueError(f"{out} is a run of its own: the mean would take the place of its weights")
    parts = [learned_encoder(run)[0] for run in runs]
    encoder = parts[-1]
    encoder.set_weights(
        [
            np.average(weights, axis=0, weights=shares).astype(np.float32)
            for weights in zip(*(part.get_weights() for part in parts), strict=True)
        ]
    )
    out.mkdir(parents=True, exist_ok=True)
    forget_clips(out)
    encoder.save_weights(out / "frame.weights.h5")
    for name in ("config.toml", "manifest.csv", "history.jsonl"):
        shutil.copyfile(runs[-1] / name, out / name)
    said = {
        run.name: {"share": round(share, 4), "pictures": pictures_behind(run)}
        for run, share in zip(runs, shares, strict=True)
    }
    (out / "averaged.json").write_text(json.dumps(said, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=[], help="equal unless given")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with said_in_one_line("average"):
        average(args.runs, args.out, shares=args.shares)


if __name__ == "__main__":
    main()
