"""Open a stranger's file and say what it is. Runs only inside a guarded child.

Only formats that hold one video or picture are tried: no playlists, no lists of files, nothing
that makes the decoder open another address.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from analysis.errors import VideoProblem
from analysis.media.limits import MediaLimits

_FORMATS = (
    "mov,mp4,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,gif,apng,ivf,dv,h264,hevc,obu,mxf,"
    "nut,rm,m4v,yuv4mpegpipe,vc1,jpeg_pipe,png_pipe,webp_pipe,webp,bmp_pipe,tiff_pipe,jpegxl_pipe,"
    "avif,image2"
)
_PICTURE_FORMATS = ("_pipe", "image2", "webp")
_MICROSECONDS = 1_000_000
USUAL_RATE = 25.0
_BLOCKS_BEYOND_PX = 1 << 16


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


def video_stream(container: InputContainer, limits: MediaLimits) -> VideoStream:
    """The stream to look at: the largest one that is no cover picture of a sound file."""
    streams = [
        stream
        for stream in container.streams.video
        # No decoder for it: such a stream has not even a size.
        if stream.codec_context is not None
        and not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        raise VideoProblem("content.no_video_stream", f"{len(container.streams)} other streams")
    stream = max(streams, key=lambda stream: stream.width * stream.height)
    if stream.disposition & av.stream.Disposition.dependent:
        # One tile of a photo: PyAV does not say how they lie.
        raise VideoProblem("content.unsupported_kind", "a picture of tiles")
    pixels = stream.width * stream.height
    if pixels <= 0:
        raise VideoProblem("content.corrupt", "no size")
    if pixels > limits.max_pixels:
        raise VideoProblem("content.too_large", f"{stream.width} x {stream.height} pixels")
    duration_s = duration_of(container, stream)
    if duration_s is not None and duration_s > limits.max_duration_s:
        raise VideoProblem("content.too_long", f"{duration_s:.0f} s")
    # The picture inside can be larger than the container says, so the decoder is bound as well.
    # It counts the blocks that a picture is coded in, which reach beyond its edges.
    bound = 2 * limits.max_pixels + _BLOCKS_BEYOND_PX
    stream.codec_context.options = {"max_pixels": str(bound)}
    return stream


def describe(
    container: InputContainer, stream: VideoStream, *, rotation_deg: int
) -> dict[str, Any]:
    """The fields of ``Media`` that the container knows."""
    picture = is_picture(container, stream)
    duration_s = None if picture else duration_of(container, stream)
    rate = stream.average_rate or stream.guessed_rate
    width, height = stream.width, stream.height
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


def measured_duration(container: InputContainer, stream: VideoStream) -> float:
    """The last timestamp of the file, found by reading all of it without decoding.

    A stream without a container has none: then its packets are counted.
    """
    last = 0.0
    first: float | None = None
    packets = 0
    # Where it cannot be read any further, it ends.
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            packets += packet.size > 0
            if packet.pts is not None and packet.time_base is not None:
                at_s = float(packet.pts * packet.time_base)
                first = at_s if first is None else min(first, at_s)
                last = max(last, at_s + float((packet.duration or 0) * packet.time_base))
    if first is None:
        return packets / max(1.0, float(stream.average_rate or stream.guessed_rate or USUAL_RATE))
    return max(0.0, last - first)
