"""What networks answer on the Keras backend of this process.

    python -m tests.models.answers FOLDER

For each NAME.weights.h5 and the pictures in NAME.npy beside it, the answers go to NAME.npz.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from analysis.models.registry import architecture

WEIGHTS = ".weights.h5"


def main(folder: Path) -> None:
    for weights in sorted(folder.glob(f"*{WEIGHTS}")):
        name = weights.name.removesuffix(WEIGHTS)
        images = np.load(folder / f"{name}.npy")
        encoder = architecture(name).build_encoder(side_px=images.shape[1], weights=None)
        encoder.load_weights(weights)
        np.savez(folder / f"{name}.npz", **encoder.predict_on_batch(images))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
