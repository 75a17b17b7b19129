"""What a face and its surroundings look like, cheaply: enough to tell two people in a video apart.

This is no recognition of who somebody is. It compares texture of the face with the colours of
face, hair and clothes, which stay alike within one video and mean nothing outside of it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import FaceBox, Image, crop_face

Appearance = NDArray[np.float32]

_SIDE_PX, _MARGIN, _FACE_PX = 144, 2.2, 66
_CELLS, _COLOUR_GRID = 6, 3
_NEIGHBOURS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


def appearance(frame: Image, face: FaceBox) -> Appearance:
    around = crop_face(frame, face, side_px=_SIDE_PX, margin=_MARGIN)
    edge = (_SIDE_PX - _FACE_PX) // 2
    inner = np.ascontiguousarray(around[edge : edge + _FACE_PX, edge : edge + _FACE_PX])
    texture = _texture(cv2.cvtColor(inner, cv2.COLOR_RGB2GRAY).astype(np.int16))
    colours = _colours(cv2.resize(around, (96, 96), interpolation=cv2.INTER_AREA))
    return np.concatenate([texture, colours * np.float32(np.sqrt(0.5))])


def difference(a: Appearance, b: Appearance) -> float:
    """0 for the same picture, 1.5 for nothing in common.

    In talking-head video: below .25 between moments of one steady person, .3 to .5 when the head
    turns, above .3 between people filmed alike, above .5 between most others.
    """
    return 1.5 - float(a @ b)


def _uniform_codes() -> NDArray[np.int64]:
    """Local binary patterns with at most two changes around the circle keep a bin of their own."""
    codes = np.full(256, 58, dtype=np.int64)
    following = 0
    for value in range(256):
        bits = [(value >> bit) & 1 for bit in range(8)]
        if sum(bits[i] != bits[i - 1] for i in range(8)) <= 2:
            codes[value] = following
            following += 1
    return codes


_CODES = _uniform_codes()


def _texture(grey: NDArray[np.int16]) -> Appearance:
    centre = grey[1:-1, 1:-1]
    pattern = np.zeros(centre.shape, dtype=np.int64)
    rows, columns = centre.shape
    for bit, (dy, dx) in enumerate(_NEIGHBOURS):
        neighbour = grey[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]
        pattern |= (neighbour >= centre).astype(np.int64) << bit
    return _cell_histograms(_CODES[pattern], bins=59, cells=_CELLS)


def _colours(image: Image) -> Appearance:
    hue, saturation, value = (
        channel.astype(np.int64) for channel in cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV))
    )
    bins = (hue * 8 // 180) * 24 + (saturation * 6 // 256) * 4 + value * 4 // 256
    return _cell_histograms(bins, bins=192, cells=_COLOUR_GRID)


def _cell_histograms(values: NDArray[np.int64], *, bins: int, cells: int) -> Appearance:
    """Square roots of each cell's shares, so that a dot product of two is their similarity."""
    side = values.shape[0]
    cell = np.arange(side) * cells // side
    index = (cell[:, None] * cells + cell[None, :]) * bins + values
    counts = np.bincount(index.ravel(), minlength=cells * cells * bins).reshape(-1, bins)
    shares = np.sqrt(counts / counts.sum(axis=1, keepdims=True)) / cells
    return np.asarray(shares.ravel(), dtype=np.float32)
