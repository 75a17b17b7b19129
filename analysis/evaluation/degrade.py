"""What happens to videos on their way to a viewer: codecs, scaling, noise, light.

Each degradation is done to real and fake alike. ``benign`` ones are what an honest person does to
an honest video, so they must not make it look manipulated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from analysis.faces.crop import Image

LOSSLESS = ("libx264", {"qp": "0", "preset": "ultrafast"})


@dataclass(frozen=True, slots=True)
class Degradation:
    """A change of every frame, then a codec. ``change`` gets the frame and its number."""

    name: str
    change: Callable[[Image, int], Image] | None = None
    codec: tuple[str, dict[str, str]] = LOSSLESS
    benign: bool = True


def _h264(crf: int) -> tuple[str, dict[str, str]]:
    """Without the macroblock tree, whose sums differ from run to run where there are B-frames."""
    return "libx264", {"crf": str(crf), "preset": "veryfast", "x264-params": "mbtree=0"}


def _scaled(image: Image, factor: float) -> Image:
    height, width = image.shape[:2]
    size = (max(2, int(width * factor) // 2 * 2), max(2, int(height * factor) // 2 * 2))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _jpeg(image: Image, quality: int) -> Image:
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), dtype=np.uint8)


def _noisy(image: Image, number: int, sigma: float) -> Image:
    noise = np.random.default_rng(number).normal(0.0, sigma, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255), dtype=np.uint8)


def _lit(image: Image, *, gain: float, gamma: float) -> Image:
    values = 255 * gain * (np.arange(256) / 255) ** gamma
    return np.asarray(np.clip(values, 0, 255).astype(np.uint8)[image])


def _saturated(image: Image, factor: float) -> Image:
    grey = image.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(grey + factor * (image - grey), 0, 255), dtype=np.uint8)


ALL = {
    degradation.name: degradation
    for degradation in (
        Degradation("h264_crf23", codec=_h264(23)),
        Degradation("h264_crf28", codec=_h264(28)),
        Degradation("h264_crf33", codec=_h264(33)),
        Degradation("h264_crf40", codec=_h264(40)),
        Degradation(
            "hevc_crf30",
            codec=(
                "libx265",
                {"crf": "30", "preset": "ultrafast", "x265-params": "log-level=none"},
            ),
        ),
        Degradation("jpeg_50", lambda image, _: _jpeg(image, 50)),
        Degradation(
            "blur_1px",
            lambda image, _: np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), dtype=np.uint8),
        ),
        Degradation("noise_8", lambda image, number: _noisy(image, number, 8.0)),
        Degradation("scale_60", lambda image, _: _scaled(image, 0.6)),
        Degradation("brighter", lambda image, _: _lit(image, gain=1.25, gamma=1.0)),
        Degradation("low_light", lambda image, _: _lit(image, gain=0.5, gamma=1.4)),
        Degradation("saturated", lambda image, _: _saturated(image, 1.5)),
        Degradation("mirrored", lambda image, _: np.ascontiguousarray(image[:, ::-1])),
    )
}
STANDARD = ("h264_crf23", "h264_crf33", "jpeg_50", "blur_1px", "noise_8", "scale_60", "low_light")
CODECS = ("h264_crf23", "h264_crf28", "h264_crf33", "h264_crf40", "hevc_crf30")
