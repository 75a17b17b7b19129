"""Container and streams of one file, inside a guarded child: counted, not believed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from analysis.errors import VideoProblem
from analysis.media import container as containers
from analysis.media import decode_child
from analysis.media.limits import MediaLimits

# fmt: off
_CODECS = frozenset({
    "av1", "vp8", "vp9", "h263", "h264", "hevc", "vc1", "wmv1", "wmv2", "wmv3", "prores",
    "dnxhd", "cfhd", "dvvideo", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v2", "msmpeg4v3",
    "theora", "flv1", "vp6", "vp6f", "ffv1", "huffyuv", "ffvhuff", "qtrle", "rawvideo", "mjpeg",
    "jpeg2000", "png", "apng", "gif", "webp", "bmp", "tiff",
})
# fmt: on
_TELL_EVERY_PACKETS = 2_000


def inspect(arguments: dict[str, Any], channel: Any) -> dict[str, Any]:
    limits = arguments["limits"]
    media_limits = MediaLimits(
        max_duration_s=limits["max_duration_s"], max_pixels=limits["max_picture_pixels"]
    )
    try:
        with containers.open_container(arguments["path"]) as container:
            stream, grid = containers.video_stream(container, media_limits)
            # A photo of tiles has one for each, and is bound by their number.
            if grid is None and len(container.streams) > limits["max_streams"]:
                raise VideoProblem("content.corrupt", f"{len(container.streams)} streams")
            _check_codec(stream)
            if not containers.is_picture(container, stream):
                _check_lines(stream, limits)
                pixels = limits["max_width_px"] * limits["max_height_px"]
                media_limits = replace(media_limits, max_pixels=pixels)
            counted = _count(container, stream, limits, channel)
        shown = decode_child.probe(
            {"path": arguments["path"], "limits": asdict(media_limits)}, channel
        )
    except (av.error.FFmpegError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise VideoProblem("content.corrupt", f"{type(error).__name__}: {error}") from error
    frames, duration_s, streams = counted
    return {
        "kind": shown["kind"],
        "container": shown["container"],
        "codec": shown["codec"],
        "width_px": shown["width_px"],
        "height_px": shown["height_px"],
        "duration_s": None if shown["kind"] == "picture" else round(duration_s, 3),
        "frames": frames,
        "streams": streams,
    }


def _check_codec(stream: VideoStream) -> None:
    codec = stream.codec_context.codec.canonical_name
    if codec not in _CODECS:
        raise VideoProblem("content.corrupt", f"codec {codec}")


def _check_lines(stream: VideoStream, limits: dict[str, Any]) -> None:
    longer, shorter = max(stream.width, stream.height), min(stream.width, stream.height)
    widest = max(limits["max_width_px"], limits["max_height_px"])
    lowest = min(limits["max_width_px"], limits["max_height_px"])
    if longer > widest or shorter > lowest:
        raise VideoProblem("content.too_large", f"{stream.width} x {stream.height} pixels")


def _count(
    container: InputContainer, stream: VideoStream, limits: dict[str, Any], channel: Any
) -> tuple[int, float, int]:
    """Frames and seconds as the packets have them; a header can claim anything."""
    frames, first_s, last_s = 0, None, 0.0
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        frames += 1
        if packet.pts is not None and packet.time_base is not None:
            at_s = float(packet.pts * packet.time_base)
            first_s = at_s if first_s is None else min(first_s, at_s)
            last_s = max(last_s, at_s + float((packet.duration or 0) * packet.time_base))
        if frames > limits["max_frames"] or last_s - (first_s or 0.0) > limits["max_duration_s"]:
            raise VideoProblem("content.too_long", f"{frames} frames, {last_s:.0f} s")
        if frames % _TELL_EVERY_PACKETS == 0:
            channel.send({"frames": frames})
    if frames == 0:
        raise VideoProblem("content.corrupt", "no frame in it")
    return frames, max(0.0, last_s - (first_s or 0.0)), len(container.streams)
