"""What a person can look at: faces with their times, heat maps, stretches that stand out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisFault
from analysis.faces.crop import Image
from analysis.finding import Picture, Stretch
from analysis.models.bundles import Calibration

PICTURE_PX = 160
MOST_FACES, MOST_HEAT_MAPS = 6, 3
_WEBP_QUALITY = 80
_MOST_HEAT = 0.6


@dataclass(frozen=True, slots=True)
class Shown:
    """One scored crop of a track."""

    window: int
    at_s: float
    crop: Image
    fake_probability: float
    activation_map: NDArray[np.float32]


def draw_strip(shown: Sequence[Shown], *, track: int, folder: Path) -> tuple[Picture, ...]:
    """Faces spread evenly over the track."""
    count = min(MOST_FACES, len(shown))
    chosen = [shown[(2 * index + 1) * len(shown) // (2 * count)] for index in range(count)]
    return tuple(
        _save(face.crop, at_s=face.at_s, name=f"track-{track}-face-{number}.webp", folder=folder)
        for number, face in enumerate(chosen, start=1)
    )


def draw_heat_maps(
    shown: Sequence[Shown], *, track: int, folder: Path, calibration: Calibration
) -> tuple[Picture, ...]:
    """The most suspicious frame of each of the most suspicious windows, in order of time.

    Colour lies where the score comes from, and is the stronger the more that place alone would
    look manipulated: a face without a suspicion stays without colour.
    """
    worst: dict[int, Shown] = {}
    for face in shown:
        if face.window not in worst or face.fake_probability > worst[face.window].fake_probability:
            worst[face.window] = face
    chosen = sorted(worst.values(), key=lambda face: (-face.fake_probability, face.at_s))
    return tuple(
        _save(
            _heated(face.crop, calibration.probabilities(face.activation_map)),
            at_s=face.at_s,
            name=f"track-{track}-heat-{number}.webp",
            folder=folder,
        )
        for number, face in enumerate(
            sorted(chosen[:MOST_HEAT_MAPS], key=lambda face: face.at_s), start=1
        )
    )


def suspicious_stretches(shown: Sequence[Shown], *, at_least: float) -> tuple[Stretch, ...]:
    """Runs of windows whose mean score reaches ``at_least``.

    Single frames are not enough: a blink or a smear of compression would mark half of all videos.
    """
    by_window: dict[int, list[Shown]] = {}
    for face in shown:
        by_window.setdefault(face.window, []).append(face)
    stretches: list[Stretch] = []
    last_window: int | None = None
    for window, faces in sorted(by_window.items()):
        if float(np.mean([face.fake_probability for face in faces])) < at_least:
            continue
        start_s, end_s = faces[0].at_s, faces[-1].at_s
        if stretches and last_window == window - 1:
            stretches[-1] = Stretch(stretches[-1].start_s, end_s)
        else:
            stretches.append(Stretch(start_s, end_s))
        last_window = window
    return tuple(stretches)


def _heated(crop: Image, heat: NDArray[np.float64]) -> Image:
    side = crop.shape[0]
    smooth = cv2.resize(heat.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    smooth = np.clip(smooth, 0, 1)
    colours = cv2.applyColorMap((255 * smooth).astype(np.uint8), cv2.COLORMAP_INFERNO)
    weight = (_MOST_HEAT * smooth)[..., None]
    return np.asarray(crop * (1 - weight) + colours[..., ::-1] * weight, dtype=np.uint8)


def _save(image: Image, *, at_s: float, name: str, folder: Path) -> Picture:
    small = cv2.resize(image, (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    saved, encoded = cv2.imencode(
        ".webp", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY]
    )
    if not saved:
        raise AnalysisFault("this build of OpenCV cannot write WebP")
    (folder / name).write_bytes(encoded.tobytes())
    return Picture(at_s=at_s, name=name, width_px=PICTURE_PX, height_px=PICTURE_PX)
