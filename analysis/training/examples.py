"""Pages of pairs to look at: a fake must be plausible, and only its seam may give it away.

python -m analysis.training.examples --crops crops/ --out pages/ --pairs 24
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from analysis.arguments import at_least_one, said_in_one_line
from analysis.training.feed import Faces, draw_pair
from analysis.training.manifest import read_manifest

PAIRS_PER_ROW = 4


def page(pairs: list[np.ndarray]) -> np.ndarray:
    rows = [np.hstack(pairs[n : n + PAIRS_PER_ROW]) for n in range(0, len(pairs), PAIRS_PER_ROW)]
    width = max(row.shape[1] for row in rows)
    return np.vstack([np.pad(r, ((0, 4), (0, width - r.shape[1]), (0, 0))) for r in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=at_least_one, default=24)
    parser.add_argument("--side-px", type=int, default=192)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--donor-share", type=float, default=0.3)
    parser.add_argument("--redrawn-share", type=float, default=0.3)
    args = parser.parse_args()
    with said_in_one_line("examples"):
        sources = [s for s in read_manifest(args.crops / "manifest.csv") if s.split == "train"]
        sets = sorted({s.set for s in sources if (args.crops / f"{s.id}.npz").exists()})
        faces = Faces(args.crops, sources, dict.fromkeys(sets, 1.0))
    rng = np.random.default_rng(args.seed)
    tiles = []
    started = time.perf_counter()
    for _ in range(args.pairs):
        pair = draw_pair(
            faces,
            rng,
            side_px=args.side_px,
            donor_share=args.donor_share,
            redrawn_share=args.redrawn_share,
        )
        mask = np.repeat((255 * pair.mask[::3, ::3, None]).astype(np.uint8), 3, axis=2)
        side = np.zeros((args.side_px, mask.shape[1] + 6, 3), np.uint8)
        side[: mask.shape[0], : mask.shape[1]] = mask
        tiles.append(np.hstack([pair.real, pair.fake, side]))
    each_ms = 1000 * (time.perf_counter() - started) / args.pairs
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"pairs-{args.seed}.png"
    cv2.imwrite(str(file), cv2.cvtColor(page(tiles), cv2.COLOR_RGB2BGR))
    print(f"{file}: {args.pairs} pairs, {each_ms:.1f} ms each")


if __name__ == "__main__":
    main()
