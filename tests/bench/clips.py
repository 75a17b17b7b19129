"""The videos that the rows look at, made once from the shipped samples, in ``.cache/bench``.

One person talks for ten seconds at 1280 x 720 and 30 frames a second. The shipped sample is three
seconds long and smaller, so it is enlarged, played to and fro, which has no cuts, and given a
little grain, without which so soft a picture would cost a decoder nothing. Longer videos are the
same packets again and again: no frame is encoded twice. Other sizes and numbers of faces are made
in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "bench"
CLIP_S, FRAMES_PER_S, WIDTH_PX, HEIGHT_PX = 10, 30, 1280, 720
_KEY_FRAME_EVERY = 150
_GRAIN = 4.0


def clip() -> Path:
    """Ten seconds, 720p30."""
    path = FOLDER / "clip-10s.mp4"
    return path if path.exists() else _write(path, lambda into: _encode(into, _enlarged))


def repeated(minutes: int) -> Path:
    """The clip again and again, ``minutes`` long."""
    once = clip()
    path = FOLDER / f"clip-{minutes}min.mp4"
    times = minutes * 60 // CLIP_S
    return path if path.exists() else _write(path, lambda into: _repeat(once, into, times=times))


def with_faces(count: int) -> Path:
    """The same face in ``count`` of the four quarters of the picture, black in the rest."""

    def arrange(picture: np.ndarray) -> np.ndarray:
        quarter = _enlarged(picture, height=HEIGHT_PX // 2)
        black = np.zeros_like(quarter)
        shown = [quarter] * count + [black] * (4 - count)
        return np.vstack([np.hstack(shown[:2]), np.hstack(shown[2:])])

    path = FOLDER / f"clip-{count}-faces.mp4"
    return path if path.exists() else _write(path, lambda into: _encode(into, arrange))


def picture_of(columns: int, rows: int) -> Path:
    """So many faces in one picture, each from another moment of the sample and in its own light."""

    def write(into: Path) -> None:
        random = np.random.default_rng(7)
        moments = _sample()
        faces = [
            np.clip(moments[k] * random.uniform(0.8, 1.15), 0, 255).astype(np.uint8)
            for k in random.integers(len(moments), size=columns * rows)
        ]
        lines = [np.hstack(faces[row * columns : (row + 1) * columns]) for row in range(rows)]
        cv2.imwrite(str(into), cv2.cvtColor(np.vstack(lines), cv2.COLOR_RGB2BGR))

    path = FOLDER / f"picture-{columns}x{rows}-faces.jpg"
    return path if path.exists() else _write(path, write)


def with_lines(lines: int) -> Path:
    """The clip at another size."""
    path = FOLDER / f"clip-{lines}-lines.mp4"
    return path if path.exists() else _write(
        path, lambda into: _encode(into, lambda picture: _enlarged(picture, height=lines))
    )  # fmt: skip


def _write(path: Path, write) -> Path:
    """Under another name first, so that an interrupted run leaves no half a clip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"unfinished-{path.name}")
    write(unfinished)
    return unfinished.replace(path)


def _sample() -> list[np.ndarray]:
    with av.open(str(ROOT / "analysis/samples/untouched.mp4")) as sample:
        return [frame.to_ndarray(format="rgb24") for frame in sample.decode(video=0)]


def _encode(path: Path, arrange: Callable[[np.ndarray], np.ndarray]) -> None:
    forth = _sample()
    to_and_fro = cycle(forth + forth[-2:0:-1])
    random = np.random.default_rng(7)
    height, width = arrange(forth[0]).shape[:2]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FRAMES_PER_S)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "23", "preset": "medium", "g": str(_KEY_FRAME_EVERY)}
        for picture in islice(to_and_fro, CLIP_S * FRAMES_PER_S):
            large = arrange(picture)
            grain = random.normal(0, _GRAIN, large.shape[:2]).astype(np.float32)[..., None]
            grainy = np.clip(large + grain, 0, 255).astype(np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(grainy, format="rgb24")))
        output.mux(stream.encode())


def _enlarged(picture: np.ndarray, *, height: int = HEIGHT_PX) -> np.ndarray:
    """As large as fits into a picture of that height, black beside it."""
    width = height * WIDTH_PX // HEIGHT_PX
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    frame = np.zeros((height, width, 3), dtype=np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    frame[top : top + size[1], left : left + size[0]] = cv2.resize(
        picture, size, interpolation=cv2.INTER_CUBIC
    )
    return frame


def _repeat(once: Path, path: Path, *, times: int) -> None:
    with av.open(str(once)) as source, av.open(str(path), "w") as output:
        stream = source.streams.video[0]
        copied = output.add_stream_from_template(stream)
        for turn in range(times):
            source.seek(0)
            ticks = round(turn * CLIP_S / Fraction(stream.time_base))
            for packet in source.demux(stream):
                if packet.dts is None:
                    continue
                packet.pts += ticks
                packet.dts += ticks
                packet.stream = copied
                output.mux(packet)
