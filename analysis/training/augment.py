"""A stored portrait becomes a frame of somebody's video: the same way for both of a pair.

Three steps, each a frozen draw that is carried out without randomness of its own: a ``View`` of
the stored crop, the ``Scene`` before the blend (its light, and what a camera makes of that), the
``Delivery`` after it (scale, codec, upload). Nothing here may tell a pseudo-fake from its real one,
but for what a network does not draw: the traces of the camera.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image
from analysis.training.crop_store import STORED_MARGIN, StoredCrop
from analysis.training.face_points import BROWS, LEFT_EYE, LIPS, OVAL, RIGHT_EYE, Face
from analysis.training.mismatch import Mismatch, differing, jpeg
from analysis.training.occlude import occluded

MARGINS = (1.15, 1.45)
WORKING_SIDES_PX = (96, 288)
SKIN_SMOOTH = (0.3, 1.0)
BLOCK_PX = 16
FEATURES = (LEFT_EYE, RIGHT_EYE, BROWS[:5], BROWS[5:], LIPS)


@dataclass(frozen=True, slots=True)
class View:
    """Which square of the stored crop is seen, and how many pixels the scene gives it."""

    margin: float
    shift: tuple[float, float]
    turn_deg: float
    flip: bool
    side_px: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Light, and the camera that takes it down, before anything is blended. 0: not done."""

    light: Mismatch
    camera: Mismatch
    camera_crf: int
    camera_motion: tuple[int, int]
    skin_smooth: float
    occluder: int  # a seed
    background_blur_px: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """What editing, codecs and uploads do to the finished picture. 0 or 100: not done.

    ``corner`` is where the picture lies on the codecs' grid of blocks, as a face in a video lies
    anywhere on it. ``reverse``: the second of a pair comes first in the stream that both share,
    since its neighbours in a stream show in a picture.
    """

    corner: tuple[int, int]
    reverse: bool
    first_jpeg: int
    scale: float
    look: Mismatch
    motion_px: float
    motion_deg: float
    h264_crf: int
    h264_motion: tuple[int, int]
    second_jpeg: int


def draw_view(rng: np.random.Generator, *, native_side_px: int) -> View:
    margin = float(rng.uniform(*MARGINS))
    native = native_side_px * margin / STORED_MARGIN
    low, high = WORKING_SIDES_PX
    return View(
        margin=margin,
        shift=(float(rng.uniform(-0.06, 0.06)), float(rng.uniform(-0.06, 0.06))),
        turn_deg=float(rng.normal(0, 4)),
        flip=bool(rng.random() < 0.5),
        side_px=int(np.clip(rng.uniform(low, high), low, max(low, 1.15 * native))),
    )


def draw_scene(rng: np.random.Generator) -> Scene:
    dark = rng.random() < 0.25
    gain = float(rng.uniform(0.25, 0.65)) if dark else float(np.exp(rng.normal(0, 0.12)))
    tint = np.exp(rng.normal(0, 0.12 if rng.random() < 0.15 else 0.03, 3)) * gain
    light = Mismatch(
        gain=(float(tint[0]), float(tint[1]), float(tint[2])),
        lift=(float(rng.uniform(0, 12)),) * 3 if dark else (float(rng.normal(0, 6)),) * 3,
        gamma=float(np.exp(rng.normal(0, 0.15))),
        saturation=float(np.exp(rng.normal(-0.05, 0.2))),
    )
    camera = Mismatch(
        blur_px=float(rng.uniform(0.3, 1.5)) if rng.random() < 0.25 else 0.0,
        smooth=float(rng.uniform(0.3, 1)) if rng.random() < 0.12 else 0.0,
        sharpen=float(rng.uniform(0.2, 0.9)) if rng.random() < 0.1 else 0.0,
        noise=float(rng.uniform(1, 8)) if rng.random() < (0.6 if dark else 0.25) else 0.0,
        jpeg=int(rng.integers(40, 96)) if rng.random() < 0.35 else 100,
        seed=int(rng.integers(2**31)),
    )
    return Scene(
        light=light,
        camera=camera,
        camera_crf=int(rng.integers(16, 32)) if rng.random() < 0.25 else 0,
        camera_motion=(int(rng.integers(-3, 4)), int(rng.integers(-3, 4))),
        skin_smooth=float(rng.uniform(*SKIN_SMOOTH)) if rng.random() < 0.18 else 0.0,
        occluder=int(rng.integers(1, 2**31)) if rng.random() < 0.38 else 0,
        background_blur_px=float(rng.uniform(1, 4)) if rng.random() < 0.06 else 0.0,
    )


def draw_delivery(rng: np.random.Generator) -> Delivery:
    h264 = rng.random() < 0.45
    return Delivery(
        corner=(int(rng.integers(BLOCK_PX)), int(rng.integers(BLOCK_PX))),
        reverse=bool(rng.random() < 0.5),
        first_jpeg=int(rng.integers(45, 98)) if rng.random() < 0.4 else 100,
        scale=float(rng.uniform(0.5, 1.0)) if rng.random() < 0.3 else 1.0,
        look=Mismatch(
            gain=(float(np.exp(rng.normal(0, 0.08))),) * 3,
            lift=(float(rng.normal(0, 5)),) * 3,
            saturation=float(np.exp(rng.normal(0, 0.12))),
            blur_px=float(rng.uniform(0.2, 1.1)) if rng.random() < 0.2 else 0.0,
            sharpen=float(rng.uniform(0.2, 0.8)) if rng.random() < 0.1 else 0.0,
            noise=float(rng.uniform(0.5, 4)) if rng.random() < 0.15 else 0.0,
            seed=int(rng.integers(2**31)),
        ),
        motion_px=float(rng.uniform(1, 6)) if rng.random() < 0.1 else 0.0,
        motion_deg=float(rng.uniform(0, 180)),
        h264_crf=int(rng.integers(18, 36)) if h264 else 0,
        h264_motion=(int(rng.integers(-3, 4)), int(rng.integers(-3, 4))),
        second_jpeg=int(rng.integers(30, 98)) if rng.random() < (0.15 if h264 else 0.6) else 100,
    )


def seen(crop: StoredCrop, view: View) -> Face:
    """The view of a stored crop, with its landmarks."""
    stored = crop.image.shape[0]
    side = view.side_px
    scale = side / (stored * view.margin / STORED_MARGIN)
    angle = np.deg2rad(view.turn_deg)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if view.flip:
        turn = np.diag([-1.0, 1.0]) @ turn
    centre = np.array([stored / 2, stored / 2]) + np.array(view.shift) * stored / STORED_MARGIN
    matrix = np.concatenate([turn, (side / 2 - turn @ centre)[:, None]], axis=1)
    image = crop.image
    if scale < 0.7:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.35 / scale), np.uint8)
    picture = cv2.warpAffine(
        image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    points = crop.points @ matrix[:, :2].T + matrix[:, 2]
    return Face(np.asarray(picture, np.uint8), points.astype(np.float32))


def lit(face: Face, scene: Scene, *, other: Image | None = None) -> Face:
    """The face as it is there to be taken; an occluder is cut from ``other`` or is plain."""
    image = face.image
    if scene.background_blur_px:
        image = _background_blurred(image, face.points, scene.background_blur_px)
    if scene.occluder:
        image = occluded(image, face.points, scene.occluder, other)
    return Face(differing(image, scene.light), face.points)


def taken(face: Face, scene: Scene) -> Face:
    """The face as the camera gives it: blurred, grainy, made up, and coded a first time."""
    image = differing(face.image, scene.camera)
    if scene.skin_smooth:
        image = _skin_smoothed(image, face.points, scene.skin_smooth)
    if scene.camera_crf:
        [image] = h264([image], crf=scene.camera_crf, motion=scene.camera_motion)
    return Face(image, face.points)


def delivered(images: Sequence[Image], how: Delivery, *, side_px: int) -> list[Image]:
    """All pictures through the very same re-encoding, as squares of ``side_px``."""
    side = images[0].shape[0]
    left, top = how.corner
    around = (top, BLOCK_PX - top, left, BLOCK_PX - left)
    results = [
        np.asarray(cv2.copyMakeBorder(image, *around, cv2.BORDER_REFLECT_101), np.uint8)
        for image in images
    ]
    if how.first_jpeg < 100:
        results = [jpeg(image, how.first_jpeg) for image in results]
    if how.scale < 1:
        small = max(64, round((side + BLOCK_PX) * how.scale))
        results = [resized(image, small) for image in results]
    if how.motion_px:
        kernel = _motion_kernel(how.motion_px, how.motion_deg)
        results = [np.asarray(cv2.filter2D(image, -1, kernel), np.uint8) for image in results]
    results = [differing(image, how.look) for image in results]
    if how.h264_crf:
        stream = results[::-1] if how.reverse else results
        stream = h264(stream, crf=how.h264_crf, motion=how.h264_motion)
        results = stream[::-1] if how.reverse else stream
    if how.second_jpeg < 100:
        results = [jpeg(image, how.second_jpeg) for image in results]
    scale = results[0].shape[0] / (side + BLOCK_PX)
    x, y, inner = (round(length * scale) for length in (left, top, side))
    return [resized(image[y : y + inner, x : x + inner], side_px) for image in results]


def h264(images: Sequence[Image], *, crf: int, motion: tuple[int, int]) -> list[Image]:
    """The pictures as the third frame of one stream, side by side, so all share its rate."""
    sheet = np.concatenate(list(images), axis=1)
    height, width = sheet.shape[0] & ~1, sheet.shape[1] & ~1
    even = np.ascontiguousarray(sheet[:height, :width])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "ultrafast" if crf % 2 else "veryfast",
                          "tune": "zerolatency", "threads": "1"}  # fmt: skip
        for before in (2, 1, 0):
            moved = np.roll(even, (before * motion[1], before * motion[0]), axis=(0, 1))
            frame = av.VideoFrame.from_ndarray(moved, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        container.streams.video[0].thread_count = 1
        last = list(container.decode(video=0))[-1].to_ndarray(format="rgb24")
    result = sheet.copy()
    result[:height, :width] = last
    side = images[0].shape[1]
    return [result[:, n * side : (n + 1) * side] for n in range(len(images))]


def resized(image: Image, side: int) -> Image:
    if image.shape[0] == side:
        return image
    way = cv2.INTER_AREA if side < image.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=way), np.uint8)


def _motion_kernel(length_px: float, angle_deg: float) -> NDArray[np.float32]:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1
    turn = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), angle_deg, 1)
    kernel = cv2.warpAffine(kernel, turn, (size, size))
    return np.asarray(kernel / max(1e-3, float(kernel.sum())), np.float32)


def _skin_smoothed(image: Image, points: NDArray[np.float32], share: float) -> Image:
    """What cameras do to skin for beauty: flat and a little lighter, but for eyes, brows, lips."""
    width = float(np.ptp(points[OVAL, 0]))
    skin = np.zeros(image.shape[:2], np.float32)
    for part, value in ((OVAL, 1.0), *((feature, 0.0) for feature in FEATURES)):
        hull = cv2.convexHull(np.round(points[part]).astype(np.int32))
        cv2.fillConvexPoly(skin, hull, value)
    skin = np.asarray(cv2.GaussianBlur(skin, (0, 0), 0.03 * width), np.float32)[..., None]
    flat = cv2.bilateralFilter(image, 9, 30, 0.03 * width).astype(np.float32)
    flat = flat * (1 + 0.05 * share)
    return np.asarray((image + share * skin * (flat - image)).clip(0, 255), np.uint8)


def _background_blurred(image: Image, points: NDArray[np.float32], blur_px: float) -> Image:
    """Portrait mode: the head stays sharp, what is around it does not."""
    side = image.shape[0]
    low, high = points.min(0), points.max(0)
    centre, half = (low + high) / 2, (high - low) / 2 * np.array([1.25, 1.35])
    head = np.zeros((side, side), np.float32)
    cv2.ellipse(head, (centre.astype(int).tolist(), (half * 2).tolist(), 0.0), 1.0, -1)
    head = cv2.GaussianBlur(head, (0, 0), 0.02 * side)[..., None]
    far = cv2.GaussianBlur(image, (0, 0), blur_px).astype(np.float32)
    return np.asarray(far + head * (image - far), np.uint8)
