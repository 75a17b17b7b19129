"""Makes the table of what hybrid log-gamma looks like on a usual screen, once and for all.

    python -m analysis.media.hlg_table

It is FFmpeg's own, asked for every 36th part of red, green and blue, as a "Hald CLUT": a picture in
which red runs fastest, then green, then blue.
"""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc

from analysis.faces.crop import Image
from analysis.media.colours import HLG_TABLE

LEVEL = 6


def made() -> Image:
    steps = LEVEL**2
    number = np.arange(steps**3)
    colours = np.stack([number % steps, number // steps % steps, number // steps**2], axis=-1)
    picture = (colours * 65535 / (steps - 1)).round().astype(np.uint16).reshape(LEVEL**3, -1, 3)
    frame = VideoFrame.from_ndarray(picture, format="rgb48le")
    frame.color_trc, frame.color_primaries = ColorTrc.ARIB_STD_B67, ColorPrimaries.BT2020
    shown = frame.reformat(
        format="rgb24", dst_color_trc=ColorTrc.BT709, dst_color_primaries=ColorPrimaries.BT709
    )
    return np.asarray(shown.to_ndarray(), dtype=np.uint8)


if __name__ == "__main__":
    cv2.imwrite(
        str(HLG_TABLE),
        cv2.cvtColor(made(), cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_PNG_COMPRESSION, 9],
    )
