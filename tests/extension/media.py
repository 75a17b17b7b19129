"""Media for pages that are not about faces: made here, so that nobody's face has to be."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH_PX, HEIGHT_PX, FRAMES_PER_S, DURATION_S = 480, 270, 6, 12


def write_video(path: Path) -> None:
    """Twelve seconds of a drawn figure that moves, in a format that every browser plays."""
    with av.open(str(path), "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=FRAMES_PER_S)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.bit_rate = 300_000
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for i in range(FRAMES_PER_S * DURATION_S):
            frame = av.VideoFrame.from_ndarray(_scene(i / FRAMES_PER_S), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _scene(at_s: float) -> np.ndarray:
    down = np.linspace(0, 1, HEIGHT_PX)[:, None, None]
    scene = (np.array([38, 52, 110]) * (1 - down) + np.array([214, 140, 120]) * down).repeat(
        WIDTH_PX, axis=1
    )
    scene = np.ascontiguousarray(scene.astype(np.uint8))
    x = int(WIDTH_PX / 2 + 50 * np.sin(at_s))
    _figure(scene, x, 142, 64)
    return scene


def _figure(scene: np.ndarray, x: int, y: int, size_px: int) -> None:
    cv2.ellipse(scene, (x, y + 2 * size_px), (2 * size_px, size_px), 0, 0, 360, (52, 60, 92), -1)
    cv2.ellipse(scene, (x, y), (int(size_px * 0.75), size_px), 0, 0, 360, (232, 196, 170), -1)
    for side in (-1, 1):
        eye = (x + side * size_px // 3, y - size_px // 5)
        cv2.circle(scene, eye, size_px // 11, (40, 40, 60), -1)
    cv2.ellipse(
        scene, (x, y + size_px // 3), (size_px // 4, size_px // 9), 0, 0, 180, (150, 70, 70), 4
    )


@cache
def face_picture(name: str) -> bytes:
    """A drawn face as the evidence has it: 160 pixels square."""
    shift = sum(name.encode()) % 17 - 8
    scene = np.full((160, 160, 3), (96, 104, 150), np.uint8)
    _figure(scene, 80 + shift, 78, 58)
    return cv2.imencode(".webp", scene[..., ::-1])[1].tobytes()
