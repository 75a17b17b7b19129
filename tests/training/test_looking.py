"""The clip stage learns from what a bundle that looks in a mirror will serve."""

from __future__ import annotations

import numpy as np

from analysis.training.looking import Floats, mirrored_too


def test_in_a_mirror_a_picture_is_seen_alike() -> None:
    def left_edge(images: Floats) -> dict[str, Floats]:
        edge = images[:, :, 0].mean(axis=(1, 2))
        return {"features": edge[:, None], "frame_logit": edge[:, None]}

    images = np.random.default_rng(1).random((3, 8, 8, 3)).astype(np.float32)
    look = mirrored_too(left_edge)
    seen, there = look(images), look(images[:, :, ::-1])
    assert not np.allclose(left_edge(images)["features"], left_edge(images[:, :, ::-1])["features"])
    for name in ("features", "frame_logit"):
        np.testing.assert_allclose(seen[name], there[name], rtol=1e-6)
