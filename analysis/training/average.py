"""The mean of several finished runs' weights, as a run of its own.

    python -m analysis.training.average --runs runs/a runs/b --shares 1 2 --out runs/mean

For runs of one lineage: each went on from a state of another, so their weights lie in one valley
and their mean errs less on footage that none of them has seen. Runs from different beginnings do
not average to anything; compare the mean with its parts before it is used.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.models.registry import architecture


def average(runs: Sequence[Path], out: Path, *, shares: Sequence[float] = ()) -> None:
    """Writes a run folder whose configuration is the last one's; the runs count by ``shares``."""
    shares = shares or [1.0] * len(runs)
    if len(shares) != len(runs) or min(shares) <= 0:
        raise ValueError(f"{len(runs)} runs need as many shares above 0, not {list(shares)}")
    shares = [share / sum(shares) for share in shares]
    configs = [tomllib.loads((run / "config.toml").read_text()) for run in runs]
    names = {config["architecture"] for config in configs}
    if len(names) != 1:
        raise ValueError(f"only runs of one architecture can be averaged, not {sorted(names)}")
    encoder = architecture(names.pop()).build_encoder(
        side_px=configs[-1]["frame"]["side_px"], weights=None
    )
    total = [np.zeros(weight.shape) for weight in encoder.get_weights()]
    for run, share in zip(runs, shares, strict=True):
        encoder.load_weights(run / "frame.weights.h5")
        total = [a + share * b for a, b in zip(total, encoder.get_weights(), strict=True)]
    encoder.set_weights([weights.astype(np.float32) for weights in total])
    out.mkdir(parents=True, exist_ok=True)
    encoder.save_weights(out / "frame.weights.h5")
    for name in ("config.toml", "manifest.csv"):
        shutil.copyfile(runs[-1] / name, out / name)
    said = {
        run.name: {"share": round(share, 4), "pictures": _pictures(run)}
        for run, share in zip(runs, shares, strict=True)
    }
    (out / "averaged.json").write_text(json.dumps(said, indent=1) + "\n")


def _pictures(run: Path) -> int:
    """How many a run has learned from."""
    lines = (run / "history.jsonl").read_text().splitlines()
    return int(json.loads(lines[-1])["pictures"]) if lines else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=[], help="equal unless given")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    average(args.runs, args.out, shares=args.shares)


if __name__ == "__main__":
    main()
