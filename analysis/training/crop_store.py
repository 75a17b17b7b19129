"""Face crops on disk: one file per source, each crop with room around the face and its landmarks.

A crop is cut once with ``STORED_MARGIN``, wider than any view of it that training asks for, at no
more than the resolution it was filmed in. Views with smaller margins are cut from it later.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image

STORED_MARGIN = 1.9
STORED_SIDE_MAX_PX = 352
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 97, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]


@dataclass(frozen=True, slots=True)
class StoredCrop:
    """``points``: n x 2 landmarks in pixels of ``image``, which is RGB and STORED_MARGIN wide."""

    image: Image
    points: NDArray[np.float32]
    at_s: float
    face_width_px: float


class SourceCrops:
    """The crops of one source in order of time, decoded one by one when asked for."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as stored:
            self._bytes = stored["jpeg"]
            self._ends = stored["ends"]
            self.points = stored["points"]
            self.at_s = stored["at_s"]
            self.face_width_px = stored["face_width_px"]

    def __len__(self) -> int:
        return len(self._ends)

    def image(self, number: int) -> Image:
        start = int(self._ends[number - 1]) if number else 0
        encoded = self._bytes[start : int(self._ends[number])]
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), dtype=np.uint8)

    def crop(self, number: int) -> StoredCrop:
        return StoredCrop(
            image=self.image(number),
            points=self.points[number],
            at_s=float(self.at_s[number]),
            face_width_px=float(self.face_width_px[number]),
        )


def write_crops(path: Path, crops: list[StoredCrop]) -> None:
    """Writes the file whole or not at all, so that a killed run leaves nothing half done."""
    encoded = []
    for crop in crops:
        good, data = cv2.imencode(".jpg", cv2.cvtColor(crop.image, cv2.COLOR_RGB2BGR), _JPEG)
        if not good:
            raise OSError(f"cannot encode a crop of {path.name}")
        encoded.append(data)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            jpeg=np.concatenate(encoded) if encoded else np.zeros(0, np.uint8),
            ends=np.cumsum([len(data) for data in encoded], dtype=np.int64),
            points=np.stack([crop.points for crop in crops]).astype(np.float32)
            if crops
            else np.zeros((0, 478, 2), np.float32),
            at_s=np.array([crop.at_s for crop in crops], np.float64),
            face_width_px=np.array([crop.face_width_px for crop in crops], np.float32),
        )
    partial.replace(path)
