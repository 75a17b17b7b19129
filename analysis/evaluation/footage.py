"""The file to look at for one row of a manifest: a half cut out, a degradation done, nothing else.

A half is cut without loss, plane by plane, so that what is judged is what was in the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.errors import VideoProblem
from analysis.evaluation import degrade
from analysis.evaluation.degrade import LOSSLESS, Degradation
from analysis.faces.crop import Image
from analysis.media.upright import is_mirrored, rotation_deg, upright
from analysis.training.manifest import Source
from analysis.training.prepare import PICTURES, region_of


def footage_of(
    source: Source, *, root: Path, degradation: Degradation | None, cache: Path
) -> Path | None:
    """A file that shows this row; None where a still picture cannot be degraded like a video."""
    path = root / source.file
    if not path.is_file():
        raise VideoProblem("content.corrupt", f"no file {source.file}")
    if degradation is None and source.region == "full":
        return path
    picture = path.suffix.lower() in PICTURES
    if picture and degradation is not None:
        return None
    stat = path.stat()
    name = degradation.name if degradation else "as_is"
    told = f"{source.id} {stat.st_size} {stat.st_mtime_ns} {_recipe(degradation)} {_making_code()}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:10]
    made = cache / f"{source.id}-{name}-{digest}.{'png' if picture else 'mp4'}"
    if not made.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        partial = made.with_suffix(f".{os.getpid()}.partial{made.suffix}")
        if picture:
            _cut(path, partial, region=source.region)
        else:
            _transcode(path, partial, region=source.region, degradation=degradation)
        partial.replace(made)
    return made


def _recipe(degradation: Degradation | None) -> str:
    return f"{degradation.name} {degradation.codec}" if degradation else "as_is"


def _making_code() -> str:
    """What was made by other code than this is made again."""
    files = (Path(__file__), Path(degrade.__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _cut(path: Path, out: Path, *, region: str) -> None:
    image = cv2.imread(str(path))
    if image is None:
        raise VideoProblem("content.corrupt", f"{path.name} is no picture")
    cv2.imwrite(str(out), region_of(np.asarray(image, dtype=np.uint8), region))


def _transcode(path: Path, out: Path, *, region: str, degradation: Degradation | None) -> None:
    import av

    codec, options = degradation.codec if degradation else LOSSLESS
    try:
        with av.open(str(path)) as reading, av.open(str(out), "w") as writing:
            if not reading.streams.video:
                raise VideoProblem("content.no_video_stream", path.name)
            source = reading.streams.video[0]
            source.thread_type = "AUTO"
            stream: Any = None
            for number, frame in enumerate(reading.decode(source)):
                made = _half(frame, region)
                if degradation and degradation.change:
                    made = _changed(made, degradation.change, number)
                if stream is None:
                    stream = writing.add_stream(codec, rate=source.average_rate, options=options)
                    stream.width, stream.height = made.width, made.height
                    stream.pix_fmt = "yuv420p"
                    stream.time_base = source.time_base
                    context = source.codec_context
                    stream.codec_context.color_range = context.color_range
                    stream.codec_context.colorspace = context.colorspace
                made.pts, made.time_base = frame.pts, source.time_base
                for packet in stream.encode(made):
                    writing.mux(packet)
            if stream is None:
                raise VideoProblem("content.corrupt", f"no frame in {path.name}")
            for packet in stream.encode():
                writing.mux(packet)
    except av.FFmpegError as error:
        raise VideoProblem("content.corrupt", f"{path.name}: {error}") from error


def _changed(frame: Any, change: Callable[[Image, int], Image], number: int) -> Any:
    """In the colours of the footage, whose tags the encoded stream takes over."""
    import av

    image = change(frame.to_ndarray(format="rgb24"), number)
    return av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=frame.colorspace, dst_color_range=frame.color_range
    )


def _half(frame: Any, region: str) -> Any:
    """The wanted half of what is shown, cut from the planes; even sides, as 4:2:0 wants them."""
    import av

    shown = partial(upright, rotation_deg=rotation_deg(frame), mirrored=is_mirrored(frame))
    if frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p")
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    planes = [
        shown(_plane(plane)[: height // step, : width // step])
        for plane, step in zip(frame.planes, (1, 2, 2), strict=True)
    ]
    height, width = planes[0].shape
    half = width // 2
    left, right = {"full": (0, width), "left": (0, half), "right": (half, width)}[region]
    left, right = left // 2 * 2, right // 2 * 2
    planes = [
        plane[:, left // step : right // step]
        for plane, step in zip(planes, (1, 2, 2), strict=True)
    ]
    flat = np.concatenate([plane.reshape(-1) for plane in planes])
    cut = av.VideoFrame.from_ndarray(flat.reshape(height * 3 // 2, right - left), format="yuv420p")
    cut.colorspace, cut.color_range = frame.colorspace, frame.color_range
    return cut


def _plane(plane: Any) -> NDArray[np.uint8]:
    rows = np.frombuffer(plane, dtype=np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
