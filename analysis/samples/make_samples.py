"""Make the sample media from clips of the GRID corpus and a face of the London Set.

    python -m analysis.samples.make_samples --grid a.mpg b.mpg --portrait face.jpg

Each sample shows one thing that the rest of this project must get right; ATTRIBUTION.md says whose
faces they are. The blended one is made by the same code that training learns from.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from analysis.faces.crop import FaceBox, Image, crop_transform
from analysis.faces.detect import find_faces
from analysis.training.blends import Blend, Placement
from analysis.training.crop_store import STORED_MARGIN
from analysis.training.face_points import Face
from analysis.training.landmarks import mean_points
from analysis.training.mismatch import Mismatch
from analysis.training.pseudo_fakes import pseudo_fake

FOLDER = Path(__file__).parent
_FRAMES_PER_S = 25
_CROP_PX = 320
_LIGHT_LEFT = 0.1

# A copy of the face, warmer and half as sharp, put back a little too large: easy to see.
_VISIBLE = Blend(
    region="face",
    box=(1.4, 1.3, 1.6),
    grow=0.95,
    softness=0.012,
    edge=0.02,
    strength=1.0,
    placed=Placement(),
    moved=Placement(scale=1.04, shift=(0.008, 0.0), turn_deg=1.0),
    bend=0.0,
    mismatch=Mismatch(gain=(1.14, 0.98, 0.84), resolution=0.3, saturation=1.2),
    on_target=False,
    colour_match=0.0,
    light_match=0.0,
    two_band=False,
    poisson=False,
    drawn=False,
    seed=7,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grid", type=Path, nargs=2, required=True, metavar="CLIP")
    parser.add_argument("--portrait", type=Path, required=True, metavar="PICTURE")
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    first, second = (read_frames(path) for path in given.grid)
    write_clip(given.out / "untouched.mp4", first)
    write_clip(given.out / "blended.mp4", blended(first))
    write_clip(given.out / "two-people.mp4", side_by_side(first, second))
    write_clip(given.out / "dark.mp4", [darkened(frame) for frame in second])
    write_clip(given.out / "no-face.mp4", drawn(count=len(first)))
    shutil.copyfile(given.portrait, given.out / "portrait.jpg")


def read_frames(path: Path) -> list[Image]:
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            for frame in container.decode(video=0)
        ]


def blended(frames: Sequence[Image]) -> list[Image]:
    faces = [largest_face(frame) for frame in frames]
    return [blend_into(frame, face) for frame, face in zip(frames, faces, strict=True)]


def largest_face(frame: Image) -> FaceBox:
    (faces,) = find_faces([frame], smallest_px=40)
    return max(faces, key=lambda face: face.width * face.height)


def blend_into(frame: Image, face: FaceBox) -> Image:
    """Only the difference that the blend makes is carried back, so all else stays as it was."""
    matrix = crop_transform(face, side_px=_CROP_PX, margin=STORED_MARGIN)
    size = (_CROP_PX, _CROP_PX)
    crop = cv2.warpAffine(frame, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    real, fake, _ = pseudo_fake(Face(crop, mean_points(side_px=_CROP_PX)), _VISIBLE)
    change = fake.astype(np.float32) - real.astype(np.float32)
    back = cv2.warpAffine(
        change,
        matrix,
        (frame.shape[1], frame.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return np.asarray((frame + back).clip(0, 255).round(), dtype=np.uint8)


def side_by_side(left: Sequence[Image], right: Sequence[Image]) -> list[Image]:
    """Both people whole: the middle of each frame, at two thirds of its size."""
    pairs = zip(left, right, strict=False)
    return [np.concatenate([_middle(a), _middle(b)], axis=1) for a, b in pairs]


def darkened(frame: Image) -> Image:
    return np.asarray((frame * _LIGHT_LEFT).round(), dtype=np.uint8)


def drawn(*, count: int) -> list[Image]:
    """Hills and a sun that sets: no face, and nothing that is anybody's."""
    height, width = 288, 360
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    frames: list[Image] = []
    for number in range(count):
        sky = np.stack([120 + y * 0.35, 150 + y * 0.15, 210 - y * 0.2], axis=-1)
        sun = (x - 120 - number) ** 2 + (y - 60 - number) ** 2 < 30**2
        sky[sun] = (250, 210, 90)
        for shade, tall in ((0.7, 60), (0.45, 30)):
            ridge = height - 70 - tall * np.sin(x / (37 + tall) + tall)
            sky[y > ridge] = np.array([70, 120, 60]) * shade
        frames.append(np.asarray(sky.clip(0, 255), dtype=np.uint8))
    return frames


def write_clip(path: Path, frames: Sequence[Image]) -> None:
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=_FRAMES_PER_S)
        stream.width, stream.height, stream.pix_fmt = width & ~1, height & ~1, "yuv420p"
        stream.options = {"crf": "20", "preset": "veryslow", "threads": "1"}
        container.metadata["comment"] = "see ATTRIBUTION.md beside this file"
        for image in frames:
            even = np.ascontiguousarray(image[: height & ~1, : width & ~1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode(None))


def _middle(frame: Image) -> Image:
    width = frame.shape[1]
    return np.ascontiguousarray(frame[:, width // 6 : width - width // 6])


if __name__ == "__main__":
    main()
