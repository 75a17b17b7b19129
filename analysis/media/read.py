"""Frames of a file, decoded in a guarded child and handed over as they come.

The process that holds the models never parses a stranger's bytes: it gets pixels. A thread reads
ahead a little, so that decoding and looking at faces overlap, and no further, so that memory does
not grow with the video.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from analysis import sandbox
from analysis.errors import AnalysisFault, VideoProblem
from analysis.faces.crop import Image
from analysis.finding import Media
from analysis.media.death import problem_of_death
from analysis.media.limits import MediaLimits
from analysis.media.upright import upright
from analysis.media.windows import SamplingPlan
from analysis.sandbox import ChildDied, ChildRaised, Message, Sandbox, SandboxLimits

_DECODER = "analysis.media.decode_child"
_FRAMES_AHEAD = 6
_COMB_PX, _COMB_TIMES, _COMB_STEPS = 16, 1.25, 0.5


@dataclass(frozen=True, slots=True)
class Frame:
    """An upright frame, RGB, that belongs to one window. A new ``scene`` begins with each cut."""

    window: int
    scene: int
    at_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The first decoded frame of a second, small, for the fingerprint."""

    at_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class Decoded:
    """The end of the stream."""

    frames_decoded: int


Item = Media | Frame | Glimpse | Decoded


def make_ready() -> None:
    """Begin to load the decoder, before the first person waits for it."""
    sandbox.make_ready(_DECODER, threads=True)


@contextmanager
def read_frames(path: Path, *, plan: SamplingPlan, limits: MediaLimits) -> Iterator[Iterator[Item]]:
    """Media first, then frames and glimpses in the order of time, then Decoded.

    A second Media corrects the first: what came before it is void.
    """
    size_bytes = _size_within(path, limits)
    ahead: queue.Queue[Item | BaseException] = queue.Queue(maxsize=_FRAMES_AHEAD)
    stop = threading.Event()

    def put(item: Item | BaseException) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                ahead.put(item, timeout=0.1)
                return

    def read() -> None:
        try:
            child = _child(path, plan, limits)
            with _blaming_the_file(), child:
                for message in child.messages():
                    if stop.is_set():
                        return
                    if message is not None:
                        put(_item(message, size_bytes))
            put(Decoded(int(child.result["frames_decoded"])))
        except BaseException as error:
            put(error)

    def items() -> Iterator[Item]:
        while True:
            item = ahead.get()
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Decoded):
                return

    reader = threading.Thread(target=read, name="read-frames", daemon=True)
    reader.start()
    try:
        yield items()
    finally:
        stop.set()
        reader.join()


def _child(path: Path, plan: SamplingPlan, limits: MediaLimits) -> Sandbox:
    path = path.resolve()
    return Sandbox(
        f"{_DECODER}:decode",
        {"path": str(path), "limits": asdict(limits), "plan": asdict(plan)},
        limits=SandboxLimits(
            wall_s=limits.wall_s,
            cpu_s=limits.cpu_s,
            memory_bytes=limits.memory_bytes,
            silence_s=limits.silence_s,
            threads=True,
        ),
        readable=(path,),
        warm=_DECODER,
    )


@contextmanager
def _blaming_the_file() -> Iterator[None]:
    try:
        yield
    except ChildDied as death:
        raise problem_of_death(death) from death
    except ChildRaised as error:
        raise AnalysisFault(f"decoder: {error}") from error


def _size_within(path: Path, limits: MediaLimits) -> int:
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise VideoProblem("content.corrupt", f"cannot be read: {error}") from error
    if not path.is_file() or size_bytes == 0:
        raise VideoProblem("content.corrupt", "empty or not a file")
    if size_bytes > limits.max_bytes:
        raise VideoProblem("content.too_large", f"{size_bytes} bytes")
    return size_bytes


def _item(message: Message, size_bytes: int) -> Item:
    header = message.header
    if "media" in header:
        return Media(**header["media"], size_bytes=size_bytes)
    image = _image(header, message.payload)
    if "frame" in header:
        return Frame(
            window=header["frame"], scene=header["scene"], at_s=header["at_s"], image=image
        )
    return Glimpse(at_s=header["at_s"], image=image)


def _image(header: dict[str, Any], payload: bytearray) -> Image:
    width, height, stride = header["width"], header["height"], header["stride"]
    rows = np.frombuffer(payload, dtype=np.uint8).reshape(height, stride)
    channels = header["channels"]
    image = rows[:, : channels * width].reshape(height, width, channels)
    if channels == 4:
        image = _on_white(image)
    if header["interlaced"] and _is_combed(image):
        # One field alone: two moments in one picture comb every edge that moved between them.
        image = np.asarray(
            cv2.resize(np.ascontiguousarray(image[::2]), (width, height)), dtype=np.uint8
        )
    turned = upright(image, rotation_deg=header["rotation_deg"], mirrored=header["mirrored"])
    return np.ascontiguousarray(turned)


def _is_combed(image: Image) -> bool:
    """Whether its two fields are of two moments.

    Much of what is stored as fields, or merely flagged so, was filmed as whole pictures; to drop a
    field then costs half of what there is to see. Where something moved, a row resembles the next
    but one more than its neighbour, by more than noise makes it seem so.
    """
    green = image[: len(image) // 2 * 2, ::2, 1].astype(np.int16)
    height, width = green.shape
    if height < _COMB_PX or width < _COMB_PX:
        return bool(height > 2)
    blocks = (width // _COMB_PX, height // _COMB_PX)
    neighbour, next_but_one = (
        cv2.resize(
            np.abs(other - green[:-2]).astype(np.float32), blocks, interpolation=cv2.INTER_AREA
        )
        for other in (green[1:-1], green[2:])
    )
    stands_out = neighbour > np.maximum(_COMB_TIMES * next_but_one, next_but_one + _COMB_STEPS)
    return bool(np.any(stands_out))


def _on_white(rgba: Image) -> Image:
    """As a page shows it: colours hidden behind transparency are nobody's face."""
    alpha = rgba[..., 3:].astype(np.uint16)
    if alpha.min() == 255:
        return rgba[..., :3]
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
