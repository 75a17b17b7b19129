"""What is told of a video with several faces, reckoned from clips that show one each.

The highest of many scores is high by chance. Here clips of different recordings stand for the
faces of one video, so nothing binds their scores together. Those of a real video share a camera and
a codec, so that the highest of them should be high less often.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from analysis.evaluation.calibration_fit import USUALLY_ALLOWED, Allowed, cross_fitted
from analysis.evaluation.observation import Observation

FACES = (1, 2, 3, 4, 6, 12, 30)


def told_among_faces(
    rows: Sequence[Observation], allowed: Allowed = USUALLY_ALLOWED
) -> dict[str, dict[str, float]] | None:
    """By number of faces, with calibration and thresholds fitted on all other groups.

    How often genuine ones alone are called likely manipulated, how often they would be by the
    threshold of one face, and how often a manipulated one is by its own score.
    """
    labels = np.array([o.label for o in rows], dtype=np.int64)
    logits = np.array([o.logit for o in rows], dtype=np.float64)
    fitted = cross_fitted(labels, logits, [o.group for o in rows], allowed=allowed)
    if not fitted.complete:
        return None
    genuine, manipulated = labels == 0, labels == 1
    total = int(genuine.sum())
    alone = int(fitted.likely[genuine].sum())
    found = {}
    for faces in (number for number in FACES if number <= total):
        called = fitted.likely_among(faces)
        found[str(faces)] = {
            "genuine_called": _any_of(faces, marked=int(called[genuine].sum()), total=total),
            "genuine_called_as_if_alone": _any_of(faces, marked=alone, total=total),
            "manipulated_called": float(called[manipulated].mean()),
        }
    return found


def _any_of(drawn: int, *, marked: int, total: int) -> float:
    """The chance that at least one of ``drawn`` different cases is a marked one."""
    return 1 - comb(total - marked, drawn) / comb(total, drawn)
