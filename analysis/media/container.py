"""Open a stranger's file and say what it is. Runs only inside a guarded child.

Only formats that hold one video or picture are tried: no playlists, no lists of files, nothing
that makes the decoder open another address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from analysis.errors import VideoProblem
from analysis.media.limits import MediaLimits
from analysis.media.photo_grid import Grid, read_grid
from analysis.media.photo_tiles import streams_of

_FORMATS = (
    "mov,mp4,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,gif,apng,ivf,dv,h264,hevc,obu,mxf,"
    "nut,rm,m4v,yuv4mpegpipe,vc1,jpeg_pipe,png_pipe,webp_pipe,webp,bmp_pipe,tiff_pipe,jpegxl_pipe,"
    "avif,image2"
)
_PICTURE_FORMATS = ("_pipe", "image2", "webp")
_MICROSECONDS = 1_000_000
_TIMED_FROM_ZERO = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
USUAL_RATE = 25.0
_BLOCKS_BEYOND_PX = 1 << 16
_STEP_BACK_S = 1.0
"""Frames are stored out of the order they are shown in, but never by so much."""


def open_container(path: str) -> InputContainer:
    try:
        container: InputContainer = av.open(
            path,
            mode="r",
            metadata_errors="replace",
            container_options={
                "format_whitelist": _FORMATS,
                "protocol_whitelist": "file",
            },
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoProblem("content.corrupt", f"cannot open: {error}") from error
    return container


def video_stream(container: InputContainer, limits: MediaLimits) -> tuple[VideoStream, Grid | None]:
    """The stream that a player shows, which is no cover picture of a sound file.

    A moving one before a still, the default before another, the largest of what is left. A photo of
    tiles has a stream for each; then it is the first, and how all of them lie.
    """
    streams = [
        stream
        for stream in container.streams.video
        # No decoder for it: such a stream has not even a size.
        if stream.codec_context is not None
        and not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        raise VideoProblem("content.no_video_stream", f"{len(container.streams)} other streams")
    grid = _grid(container)
    if grid is None:
        streams = [stream for stream in streams if not _is_tile(stream)]
        if not streams:
            raise VideoProblem("content.unsupported_kind", "tiles that make no picture")
        parts = [max(streams, key=_shown_rather)]
        width, height = parts[0].width, parts[0].height
    else:
        parts = streams_of(container, grid)
        width, height = grid.width_px, grid.height_px
    stream = parts[0]
    pixels = [part.width * part.height for part in parts]
    if min(width * height, *pixels) <= 0:
        if _is_animated_webp(Path(container.name)):
            raise VideoProblem("content.unsupported_kind", "an animated WebP")
        raise VideoProblem("content.corrupt", "no size")
    if width * height > limits.max_pixels or sum(pixels) > 2 * limits.max_pixels:
        raise VideoProblem("content.too_large", f"{width} x {height} pixels")
    duration_s = duration_of(container, stream)
    if duration_s is not None and duration_s > limits.max_duration_s:
        raise VideoProblem("content.too_long", f"{duration_s:.0f} s")
    # The picture inside can be larger than the container says, so the decoder is bound as well.
    # It counts the blocks that a picture is coded in, which reach beyond its edges.
    bound = 2 * limits.max_pixels // len(parts) + _BLOCKS_BEYOND_PX
    for part in parts:
        part.codec_context.options = {"max_pixels": str(bound)}
    return stream, grid


def _grid(container: InputContainer) -> Grid | None:
    if not any(_is_tile(stream) for stream in container.streams.video):
        return None
    return read_grid(Path(container.name))


def _shown_rather(stream: VideoStream) -> tuple[bool, bool, int]:
    default = bool(stream.disposition & av.stream.Disposition.default)
    return stream.frames != 1, default, stream.width * stream.height


def _is_animated_webp(path: Path) -> bool:
    """Every browser plays those, and FFmpeg has no decoder for them."""
    with path.open("rb") as file:
        head = file.read(21)
    return head[8:16] == b"WEBPVP8X" and bool(head[20] & 2)


def _is_tile(stream: VideoStream) -> bool:
    return stream.frames == 1 and bool(stream.disposition & av.stream.Disposition.dependent)


def describe(
    container: InputContainer, stream: VideoStream, grid: Grid | None, *, rotation_deg: int
) -> dict[str, Any]:
    """The fields of ``Media`` that the container knows."""
    picture = is_picture(container, stream)
    duration_s = None if picture else duration_of(container, stream)
    rate = stream.average_rate or stream.guessed_rate
    width, height = grid.shown_size if grid else (stream.width, stream.height)
    if rotation_deg % 180:
        width, height = height, width
    return {
        "kind": "picture" if picture else "video",
        "container": container.format.name,
        "codec": stream.codec_context.codec.canonical_name,
        "width_px": width,
        "height_px": height,
        "rotation_deg": rotation_deg,
        "duration_s": None if duration_s is None else round(duration_s, 3),
        "frames_per_s": None if picture or not rate else round(float(rate), 3),
    }


def is_picture(container: InputContainer, stream: VideoStream) -> bool:
    name = container.format.name
    return name.endswith(_PICTURE_FORMATS) or (stream.frames == 1 and not container.duration)


def duration_of(container: InputContainer, stream: VideoStream) -> float | None:
    """None where the container does not say, as in a recording that was cut off."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / _MICROSECONDS
    return None


@dataclass(frozen=True, slots=True)
class Length:
    """How long a video is, how long its player shows nothing first, and whether one clock runs
    through all of it. ``counted`` are its packets, one for each frame."""

    duration_s: float
    counted: int = 0
    begins_at_s: float = 0.0
    one_clock: bool = True


def measure(container: InputContainer, stream: VideoStream) -> Length:
    """Until the last frame was shown, found by reading all of the file without decoding.

    A stream without a container has none: then its packets are counted.
    """
    first = last = None
    stands = counted = 0
    clock = Clock(stream)
    # Where it cannot be read any further, it ends.
    with suppress(av.error.FFmpegError):
        for packet in packets_of(container, stream, clock):
            counted += packet.size > 0
            if packet.pts is not None and not packet.is_discard:
                first = packet.pts if first is None else min(first, packet.pts)
                last = packet.pts if last is None else max(last, packet.pts)
                # Until the next is decoded. Shown in another order, a frame stands as long as
                # that only where none comes after it.
                stands = packet.duration or 0
    if first is None or last is None or stream.time_base is None:
        rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
        return Length(counted / max(1.0, float(rate)), counted)
    return Length(
        float((last + stands - first) * stream.time_base),
        counted,
        begins_at_s=_begins_at(container, stream),
        one_clock=not clock.stepped_back,
    )


def _begins_at(container: InputContainer, stream: VideoStream) -> float:
    """Later than the file where the sound begins first, as in pieces cut without encoding anew.

    In what browsers play also where nothing begins with the file: their clocks show its own times.
    """
    if container.start_time is None or stream.start_time is None or stream.time_base is None:
        return 0.0
    file_s = container.start_time / _MICROSECONDS
    if container.format.name in _TIMED_FROM_ZERO:
        file_s = min(0.0, file_s)
    return max(0.0, float(stream.start_time * stream.time_base) - file_s)


class Clock:
    """Files joined end to end each bring their own time; by this it runs on from one to the next.

    Otherwise whatever follows the first part would lie in the past, and nobody would look at it.
    """

    def __init__(self, stream: VideoStream) -> None:
        self.stepped_back = False
        self._most_back = round(_STEP_BACK_S / float(stream.time_base or 1))
        self._ahead = 0
        self._reached: int | None = None

    def set(self, packet: Packet[VideoStream]) -> None:
        stored = packet.dts if packet.dts is not None else packet.pts
        if stored is None:
            return
        if self._reached is not None and stored + self._ahead < self._reached - self._most_back:
            self._ahead = self._reached - stored
            self.stepped_back = True
        at = stored + self._ahead
        end = at + (packet.duration or 0)
        self._reached = end if self._reached is None else max(self._reached, end)
        if self._ahead:
            packet.dts = None if packet.dts is None else packet.dts + self._ahead
            packet.pts = None if packet.pts is None else packet.pts + self._ahead


def packets_of(
    container: InputContainer, stream: VideoStream, clock: Clock
) -> Iterator[Packet[VideoStream]]:
    for packet in container.demux(stream):
        # What was trimmed off is still in the file: others need it to be decoded, and it is never
        # shown. Its time says nothing.
        if not packet.is_discard:
            clock.set(packet)
        yield packet
