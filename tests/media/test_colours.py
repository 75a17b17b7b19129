"""Hybrid log-gamma goes through a table, which must say what FFmpeg says without one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc

from analysis.media.colours import HLG_TABLE, Screen
from analysis.media.hlg_table import made

PORTRAIT = Path(__file__).parents[2] / "analysis" / "samples" / "portrait.jpg"


def test_the_table_is_the_one_that_is_made() -> None:
    kept = cv2.imread(str(HLG_TABLE), cv2.IMREAD_COLOR_RGB)
    assert kept is not None
    assert np.abs(kept.astype(int) - made()).max() <= 1


@pytest.fixture
def filmed() -> VideoFrame:
    """A face as a phone films it."""
    image = cv2.imread(str(PORTRAIT), cv2.IMREAD_COLOR_RGB)
    frame = VideoFrame.from_ndarray(np.asarray(image, np.uint8), format="rgb24")
    frame.color_trc, frame.color_primaries = ColorTrc.BT709, ColorPrimaries.BT709
    phone = {"dst_color_trc": ColorTrc.ARIB_STD_B67, "dst_color_primaries": ColorPrimaries.BT2020}
    frame = frame.reformat(format="rgb48le", **phone)
    return frame.reformat(format="yuv420p10le", dst_colorspace=9)


def test_a_face_looks_as_without_the_table_in_whatever_size_it_is_shown(filmed: VideoFrame) -> None:
    usual = {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709}
    wanted = filmed.reformat(format="rgb24", **usual).to_ndarray()
    unseen = filmed.reformat(format="rgb24").to_ndarray()
    screen = Screen()
    for size in ((filmed.width, filmed.height), (96, 128), (filmed.width, filmed.height)):
        for pixels in ("rgb24", "rgb24", "rgba"):
            width, height = size
            shown = screen.show(filmed, pixels=pixels, width=width, height=height)
            image = shown.to_ndarray()[..., :3]
            assert np.abs(image.astype(int) - cv2.resize(wanted, size)).mean() < 4
            assert np.abs(image.astype(int) - cv2.resize(unseen, size)).mean() > 12


def test_a_frame_that_was_shown_keeps_its_time(filmed: VideoFrame) -> None:
    deep = filmed.reformat(format="rgb48le")
    deep.pts, deep.time_base = 77, Fraction(1, 90)
    Screen().show(deep, pixels="rgb24", width=deep.width, height=deep.height)
    assert (deep.pts, deep.time_base) == (77, Fraction(1, 90))
