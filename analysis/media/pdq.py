"""PDQ, the perceptual hash that Meta published for photographs: 256 bits that survive re-encoding.

    brightness -> blurred (twice a box) -> 64 x 64 -> its 256 lowest waves -> above the median?

Written out here because the package that binds the reference has to be compiled where it is
installed, and a bare machine has no compiler. The tests hold this to the reference's own hashes.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from analysis.faces.crop import Image

_SIDE = 64
_WAVES = 16
_BLURS = 2
# Brightness changes between neighbours, in hundredths, that make one point of quality.
_CHANGE_PER_POINT = 90

Plane = npt.NDArray[np.float32]


def pdq_hash(image: Image) -> tuple[bytes, int]:
    """32 bytes, and how much there was to tell them from: 0 to 100, below 50 is too little."""
    small = _decimated(_blurred(_brightness(image)))
    waves = _LOWEST_WAVES @ small @ _LOWEST_WAVES.T
    # Of an even number of values, the lower of the two in the middle, as the reference takes it.
    median = np.partition(waves, waves.size // 2 - 1, axis=None)[waves.size // 2 - 1]
    bits = (waves > median).reshape(-1)[::-1]
    return np.packbits(bits).tobytes(), _quality(small)


def _brightness(image: Image) -> Plane:
    weights = np.array([[0.299, 0.587, 0.114]], dtype=np.float32)
    plane: Plane = cv2.transform(image.astype(np.float32), weights)
    return plane


def _blurred(plane: Plane) -> Plane:
    """Where the window reaches over the edge, only what is inside it counts."""
    (height, before_y), (width, before_x) = map(_window, plane.shape)
    inside = np.outer(
        _inside(plane.shape[0], height, before_y), _inside(plane.shape[1], width, before_x)
    )
    for _ in range(_BLURS):
        summed = cv2.boxFilter(
            plane,
            cv2.CV_32F,
            (width, height),
            anchor=(before_x, before_y),
            normalize=False,
            borderType=cv2.BORDER_CONSTANT,
        )
        plane = summed / inside
    return plane


def _window(length_px: int) -> tuple[int, int]:
    """How wide the box is on a side of this length, and how much lies before its middle."""
    width_px = (length_px + 2 * _SIDE - 1) // (2 * _SIDE)
    return width_px, width_px - (width_px + 2) // 2


def _inside(length_px: int, width_px: int, before_px: int) -> Plane:
    first = np.arange(length_px) - before_px
    last = np.minimum(first + width_px, length_px)
    return (last - np.maximum(first, 0)).astype(np.float32)


def _decimated(plane: Plane) -> Plane:
    rows, columns = (
        ((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(int) for length in plane.shape
    )
    return plane[np.ix_(rows, columns)]


def _quality(small: Plane) -> int:
    changes = sum(
        int(np.abs(np.trunc(np.diff(small, axis=axis) * 100 / 255)).sum()) for axis in (0, 1)
    )
    return min(100, changes // _CHANGE_PER_POINT)


def _lowest_waves() -> Plane:
    """Rows of the discrete cosine transform, from the second: the first is only the brightness."""
    wave, place = np.arange(1, _WAVES + 1)[:, None], 2 * np.arange(_SIDE) + 1
    rows: Plane = np.sqrt(2 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * wave * place)
    return rows.astype(np.float32)


_LOWEST_WAVES = _lowest_waves()
