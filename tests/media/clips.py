"""Small clips whose every frame says which one it is and which way is up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from analysis.faces.crop import Image

GREY_STEP = 4


def numbered_frame(number: int, *, width: int = 320, height: int = 180) -> Image:
    """Grey tells the number; the upper left corner is red, the lower right one blue."""
    frame = np.full((height, width, 3), 20 + GREY_STEP * (number % 50), dtype=np.uint8)
    frame[: height // 4, : width // 4] = (220, 30, 30)
    frame[-height // 4 :, -width // 4 :] = (30, 30, 220)
    return frame


def number_of(image: Image) -> int:
    height, width = image.shape[:2]
    centre = image[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8].mean()
    return round((float(centre) - 20) / GREY_STEP)


def write_clip(
    path: Path,
    frames: Sequence[Image],
    *,
    rate: int = 25,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    times_s: Sequence[float] | None = None,
    rotation_deg: int = 0,
    mirrored: bool = False,
    format_name: str | None = None,
) -> Path:
    """``times_s`` gives each frame its own time.

    ``rotation_deg`` and ``mirrored`` are for the player to undo.
    """
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w", format=format_name) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        # Enough of them that neighbouring greys stay apart.
        stream.bit_rate = 8_000_000
        quality = {"crf": "6"} if codec == "libx264" else {}
        stream.options = {"threads": "1", **quality, **(options or {})}
        if times_s is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation_deg or mirrored:
            stream.set_display_rotation(rotation_deg, hflip=mirrored)
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            if times_s is not None:
                frame.pts = round(times_s[number] * 1000)
                frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
