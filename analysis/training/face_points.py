"""Where the parts of a face are among the 478 points that MediaPipe finds in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image

OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400,
        377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103,
        67, 109]  # fmt: skip
BROWS = [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]
EYES = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246,
        263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466]  # fmt: skip
NOSE = [6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
JAW = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
       361, 323, 454]  # fmt: skip
ANCHORS = [10, 297, 67, 251, 21, 454, 234, 288, 58, 378, 149, 152, 33, 133, 362, 263, 159, 386,
           70, 105, 107, 336, 334, 300, 168, 4, 98, 327, 61, 291, 0, 17]  # fmt: skip
REGIONS = {
    "face": OVAL,
    "below_brows": JAW + BROWS,
    "inner": BROWS + EYES + NOSE + LIPS,
    "lower": [*JAW[2:-2], 129, 358, 6],
    "eyes": [*BROWS, *EYES, 195],
    "mouth": [*LIPS, 2, 18],
}
LEFT_EYE, RIGHT_EYE = EYES[:16], EYES[16:]


@dataclass(frozen=True, slots=True)
class Face:
    """``points`` (478 x 2) in pixels of ``image``."""

    image: Image
    points: NDArray[np.float32]
