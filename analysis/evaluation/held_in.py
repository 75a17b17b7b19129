"""Single pictures of people that training left out, and how a bundle tells two lots apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.evaluation.metrics import auc, interval
from analysis.models.bundles import Bundle
from analysis.training.feed import Faces
from analysis.training.manifest import read_manifest

SEED = 7_933
BATCH = 64


def faces_of(crops: Path, *, split: str) -> Faces:
    """Every set of the split that has real faces, each as often as the others."""
    sources = [source for source in read_manifest(crops / "manifest.csv") if source.split == split]
    present = sorted({source.set for source in sources if source.label == "real"})
    return Faces(crops, sources, dict.fromkeys(present, 1.0))


def scored(images: NDArray[np.uint8], *, bundle: Bundle) -> NDArray[np.float64]:
    parts = [images[n : n + BATCH] for n in range(0, len(images), BATCH)]
    return np.concatenate([bundle.score_faces(part).frame_logits for part in parts], dtype=float)


def told_apart(scores: NDArray[np.float64], groups: list[str]) -> tuple[float, ...]:
    """AUC and its interval over people; the two lots alternate."""
    labels = np.tile([0, 1], len(scores) // 2)
    whole = auc(labels, scores)
    ends = interval(lambda cases: auc(labels[cases], scores[cases]), groups)
    if whole is None or ends is None:
        raise SystemExit("too few people in this split to say how sure this is")
    return (whole, *ends)
