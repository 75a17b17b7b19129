"""Our PDQ against the hashes that Meta's reference gives for the same pictures (pdqhash 0.2.8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from analysis.faces.crop import Image
from analysis.media.pdq import pdq_hash

CLIP = Path(__file__).parents[2] / "analysis" / "samples" / "blended.mp4"
BY_THE_REFERENCE: dict[str, tuple[Callable[[Image], Image], str]] = {
    "whole": (
        lambda image: image,
        "058c78d9870bfa74830b5cf485ca323dd353ccb7acd232cd92d0cf2d3970a69b",
    ),
    "mirrored": (
        lambda image: image[:, ::-1],
        "50d92d8cd257af21d65e09e1509f6768860699e2f9876798c7859a786c25f3ce",
    ),
    "on its side": (
        np.rot90,
        "38edab3b5133aa655466599a399d5579c679ad451546aa14cb156aab2ae1b62a",
    ),
    "narrow": (
        lambda image: image[:, 100:200],
        "1e229daf68d861db0e38c2c731c64c28971dcc7371f38b8c8e3ec33878e73333",
    ),
    "coarse": (
        lambda image: image[::3, ::4],
        "858c7ad8a78e7a74c30a5cf485ca323cf352cc37acd232cd92d0cf2d3970a69b",
    ),
    "smaller than the hash": (
        lambda image: image[::9, ::12],
        "c5a63adc958a3e74c32a7cfe45c2b62c7b486cb7e4f212cf9840672c9830e69b",
    ),
}


@pytest.fixture(scope="module")
def frame() -> Image:
    with av.open(CLIP) as clip:
        return next(clip.decode(video=0)).to_ndarray(format="rgb24")


@pytest.mark.parametrize("name", BY_THE_REFERENCE)
def test_it_is_the_reference_s_hash(name: str, frame: Image) -> None:
    """Two bits of 256 are left to rounding, which differs between processors."""
    view, reference = BY_THE_REFERENCE[name]
    bits, quality = pdq_hash(np.ascontiguousarray(view(frame)))
    assert (int(reference, 16) ^ int.from_bytes(bits)).bit_count() <= 2
    assert quality == 100


def test_a_slow_change_is_too_little_to_be_told_from() -> None:
    ramp = np.linspace(0, 255, 300, dtype=np.uint8)
    bits, quality = pdq_hash(
        np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (200, 300, 3)))
    )
    assert len(bits) == 32
    assert quality == 44
