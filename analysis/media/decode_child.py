"""Decode the frames that somebody will look at. Runs only inside a guarded child.

It sends, in the order of time:
    {"media": {...}}      first; once more if its duration turns out not to be true: forget the rest
    {"frame": window, "at_s": ..., "width": ..., "height": ..., "stride": ..., ...}  RGB, in windows
    {"glimpse": second, "at_s": ..., ...}                 RGB, small, for the fingerprint
and returns how many frames it decoded. Frames come unrotated: turning them is cheap for the parent.
What may be transparent comes as RGBA.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from analysis.errors import VideoProblem
from analysis.media import container as containers
from analysis.media.colours import Screen, say_how_mixed
from analysis.media.container import Clock, Length
from analysis.media.limits import MediaLimits
from analysis.media.photo_grid import Grid
from analysis.media.photo_tiles import put_together
from analysis.media.scenes import Scenes
from analysis.media.shape import longest_side_px
from analysis.media.upright import is_mirrored, rotation_deg
from analysis.media.windows import SamplingPlan, Window, plan_windows

if TYPE_CHECKING:
    from analysis.sandbox.enter import Channel

LONGEST_SIDE_PX = 1920
GLIMPSE_SIDE_PX = 320
MOST_GLIMPSES = 64
_MOST_THREADS = 4
_SQUARE_ENOUGH = 0.25
_GRACE_S = 0.005
"""Containers round their timestamps."""
_SHOWN_LATER_S, _MOST_REORDERED = 0.15, 3
_STANDS_S = 1.1
"""A frame that is shown for longer is a still: a photo of a slideshow, a page being explained."""


def probe(arguments: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """What the file is, after one frame of it has been decoded to prove that it can be."""
    limits = MediaLimits(**arguments["limits"])
    with _blaming_the_file(), containers.open_container(arguments["path"]) as container:
        stream, grid = containers.video_stream(container, limits)
        first = put_together(container, grid) if grid else _first_frame(container, stream)
        return containers.describe(container, stream, grid, rotation_deg=rotation_deg(first))


def decode(arguments: dict[str, Any], channel: Channel) -> dict[str, Any]:
    path = arguments["path"]
    limits = MediaLimits(**arguments["limits"])
    plan = SamplingPlan(**arguments["plan"])
    frames_decoded = 0
    seen = False
    with _blaming_the_file():
        for length in _lengths(path, limits):
            # Opened anew each time: some formats can only be read from their beginning.
            with containers.open_container(path) as container:
                stream, grid = containers.video_stream(container, limits)
                decoding = _Decoding(container, stream, grid, channel, length=length, plan=plan)
                seen = decoding.look()
                frames_decoded += decoding.frames_decoded
            if seen:
                break
    if not seen:
        raise VideoProblem("content.corrupt", "no frame could be decoded")
    return {"frames_decoded": frames_decoded}


def _lengths(path: str, limits: MediaLimits) -> Iterator[Length]:
    """What to believe of the length, in turn: what was counted, and nothing at all.

    What the container claims is not asked: it may end long after its last frame, or long before.
    """
    with containers.open_container(path) as container:
        stream, _ = containers.video_stream(container, limits)
        if containers.is_picture(container, stream):
            yield Length(0.0)
            return
        length = containers.measure(container, stream)
    if length.duration_s > limits.max_duration_s:
        raise VideoProblem("content.too_long", f"{length.duration_s:.0f} s")
    yield length
    yield replace(length, duration_s=0.0)


class _Decoding:
    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        grid: Grid | None,
        channel: Channel,
        *,
        length: Length,
        plan: SamplingPlan,
    ) -> None:
        self.frames_decoded = 0
        self._container = container
        self._stream = stream
        self._grid = grid
        self._length = length
        self._plan = _fitted(plan, stream)
        self._channel = channel
        self._target_s = 0.0
        self._taken_until_s = -inf
        self._jump_from_s = 0.0
        self._mirrored: bool | None = None
        self._glimpsed: set[int] = set()
        self._scenes = Scenes()
        self._screens = {"frame": Screen(), "glimpse": Screen()}
        time_base = stream.time_base
        if time_base is None:
            raise VideoProblem("content.corrupt", "no clock")
        self._tick_s = float(time_base)
        self._origin = stream.start_time or 0
        # For streams without a container, whose frames carry no time.
        rate = float(stream.average_rate or stream.guessed_rate or containers.USUAL_RATE)
        self._frame_ticks = max(1, round(1 / max(rate, 1.0) / self._tick_s))
        self._last_pts = self._origin - self._frame_ticks
        self._is_picture = containers.is_picture(container, stream)
        self._context = stream.codec_context
        self._codec = self._context.codec.canonical_name
        self._context.thread_type = "AUTO"
        self._context.thread_count = min(_MOST_THREADS, os.cpu_count() or 1)

    def look(self) -> bool:
        """Whether any frame was in a window."""
        index = sorted(
            ((entry.timestamp - self._origin) * self._tick_s, entry.is_keyframe)
            for entry in (self._stream.index_entries if self._length.one_clock else ())
            if not entry.is_discard
        )
        windows = plan_windows(
            self._plan,
            duration_s=self._length.duration_s,
            key_frames_s=[at_s for at_s, is_key_frame in index if is_key_frame],
            indexed_until_s=index[-1][0] if index else 0.0,
        )
        any_decoded = any_seen = False
        for frame, at_s, window in self._wanted_frames(windows):
            if not any_decoded:
                self._describe(frame)
                any_decoded = True
            if window is not None:
                any_seen = True
                longest_px = longest_side_px(LONGEST_SIDE_PX, *_shown_size(self._stream, frame))
                self._send("frame", window.number, frame, at_s, longest_px=longest_px)
            self._glimpse(frame, at_s)
        return any_seen

    def _describe(self, frame: VideoFrame) -> None:
        """How the picture is turned is known only from a decoded frame."""
        media = containers.describe(
            self._container, self._stream, self._grid, rotation_deg=rotation_deg(frame)
        )
        length = self._length
        if media["kind"] == "video":
            media["duration_s"] = round(length.begins_at_s + length.duration_s, 3)
            if not self._stream.average_rate and length.duration_s:
                # As of what a browser recorded, for which only a guess would be left.
                media["frames_per_s"] = round(length.counted / length.duration_s, 3)
        self._channel.send({"media": media})

    def _wanted_frames(
        self, windows: list[Window]
    ) -> Iterator[tuple[VideoFrame, float, Window | None]]:
        """What is shown in order, and when, each with its window if it is part of one."""
        frames = self._shown(self._photo(self._grid) if self._grid else self._decoded())
        for window in windows:
            if window.first_at_s + self._plan.window_s <= self._taken_until_s:
                # The clock has leapt over it.
                continue
            self._target_s = window.first_at_s
            if window.seek_to_s is not None and self._length.one_clock:
                if window.seek_to_s >= self._jump_from_s:
                    self._seek(window.seek_to_s)
                    frames = self._shown(self._decoded())
                else:
                    self._target_s = min(
                        self._target_s, self._taken_until_s + self._plan.longest_run_s
                    )
            taken = 0
            next_at_s = 0.0
            for frame, at_s in frames:
                wanted_from_s = next_at_s if taken else self._target_s
                if at_s <= self._taken_until_s or at_s + _GRACE_S < wanted_from_s:
                    yield frame, at_s, None
                    continue
                yield frame, at_s, window
                taken += 1
                self._taken_until_s = at_s
                next_at_s = at_s + self._plan.spacing_s
                if taken == self._plan.frames_per_window:
                    break

    def _shown(self, frames: Iterator[VideoFrame]) -> Iterator[tuple[VideoFrame, float]]:
        """Each frame when it comes, and again for as long as it stands.

        One photo of a slideshow is often one frame, and its viewers look at it for seconds.
        """
        last: VideoFrame | None = None
        for frame in frames:
            say_how_mixed(frame, is_picture=self._is_picture, codec=self._codec)
            at_s = self._time_of(frame)
            if last is not None:
                yield from self._still(last, until_s=at_s)
            self._scenes.look_at(frame, at_s)
            yield frame, at_s
            last = frame
        if last is not None:
            yield from self._still(last, until_s=self._length.duration_s)

    def _still(self, frame: VideoFrame, *, until_s: float) -> Iterator[tuple[VideoFrame, float]]:
        at_s = self._time_of(frame)
        if until_s - at_s <= _STANDS_S:
            return
        while (at_s := at_s + self._plan.spacing_s) + _GRACE_S < until_s:
            self._scenes.look_at(frame, at_s)
            yield frame, at_s

    def _seek(self, at_s: float) -> None:
        # Indexes tell when a key frame is decoded; it is shown, and found, a little later.
        later = round(_SHOWN_LATER_S / self._tick_s)
        if self._context.has_b_frames:
            later = max(later, _MOST_REORDERED * self._frame_ticks)
        target = self._origin + round(at_s / self._tick_s) + later
        self._container.seek(target, stream=self._stream, backward=True)
        self._context.flush_buffers()
        self._scenes.jump()

    def _photo(self, grid: Grid) -> Iterator[VideoFrame]:
        photo = put_together(self._container, grid)
        photo.pts = self._origin
        self.frames_decoded = 1
        yield photo

    def _decoded(self) -> Iterator[VideoFrame]:
        begun = False
        packets = containers.packets_of(self._container, self._stream, Clock(self._stream))
        for number, packet in enumerate(packets):
            if self._is_picture and number and packet.size:
                # Behind a photo can lie others that nobody is shown.
                continue
            packet_s = None if packet.pts is None else (packet.pts - self._origin) * self._tick_s
            if not begun and packet_s is not None:
                # An index can lie, and a jump end far before its goal.
                if packet_s + self._plan.longest_run_s < self._taken_until_s:
                    # It even went back. Another that does costs as much as all that has been read,
                    # so none is tried before twice as far.
                    self._jump_from_s = 2 * self._target_s - packet_s
                self._target_s = min(
                    self._target_s,
                    max(
                        packet_s + 2 * self._plan.longest_run_s,
                        self._taken_until_s + self._plan.longest_run_s,
                    ),
                )
                begun = True
            # On the way to a window, frames that no other frame needs are not decoded at all.
            on_the_way = packet_s is not None and packet_s + _GRACE_S < self._target_s
            self._context.skip_frame = "NONREF" if on_the_way else "DEFAULT"
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                # A damaged stretch: what comes after it can still be looked at.
                continue
            for frame in frames:
                self.frames_decoded += 1
                # A frame patched up by the decoder would look manipulated, and be no one's doing.
                if isinstance(frame, VideoFrame) and not frame.is_corrupt:
                    if frame.pts is None:
                        frame.pts = self._last_pts + self._frame_ticks
                    self._last_pts = frame.pts
                    yield frame

    def _time_of(self, frame: VideoFrame) -> float:
        assert frame.pts is not None
        return (frame.pts - self._origin) * self._tick_s

    def _glimpse(self, frame: VideoFrame, at_s: float) -> None:
        second = int(at_s)
        if second not in self._glimpsed and len(self._glimpsed) < MOST_GLIMPSES:
            self._glimpsed.add(second)
            self._send("glimpse", second, frame, at_s, longest_px=GLIMPSE_SIDE_PX)

    def _send(
        self, kind: str, number: int, frame: VideoFrame, at_s: float, *, longest_px: float
    ) -> None:
        width, height = _shown_size(self._stream, frame)
        shrink = min(1.0, longest_px / max(width, height))
        pixels = "rgba" if _has_alpha(frame) else "rgb24"
        rgb = self._screens[kind].show(
            frame,
            width=max(1, round(width * shrink)),
            height=max(1, round(height * shrink)),
            pixels=pixels,
            interpolation="AREA" if shrink < 1 else "BICUBIC",
        )
        if self._mirrored is None:
            self._mirrored = is_mirrored(frame)
        plane = rgb.planes[0]
        header = {
            kind: number,
            "at_s": round(self._length.begins_at_s + at_s, 3),
            "width": rgb.width,
            "height": rgb.height,
            "stride": plane.line_size,
            "channels": len(rgb.format.components),
            "mirrored": self._mirrored,
            "rotation_deg": rotation_deg(frame),
            "interlaced": bool(frame.interlaced_frame),
            "scene": self._scenes.number,
        }
        self._channel.send(header, memoryview(plane)[: plane.line_size * rgb.height])


def _fitted(plan: SamplingPlan, stream: VideoStream) -> SamplingPlan:
    """The same plan with a spacing that is a whole number of frames, so that steps are even.

    A slideshow can be read over longer times: it costs what its few frames cost.
    """
    rate = float(stream.average_rate or 0)
    if 0 < rate < 1:
        return replace(plan, longest_run_s=plan.longest_run_s * containers.USUAL_RATE / rate)
    if not 1 <= rate <= 1000:
        return plan
    return replace(plan, spacing_s=max(1, round(plan.spacing_s * rate)) / rate)


@contextmanager
def _blaming_the_file() -> Iterator[None]:
    try:
        yield
    except (av.error.FFmpegError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise VideoProblem("content.corrupt", f"{type(error).__name__}: {error}") from error


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    for packet in container.demux(stream):
        try:
            for frame in packet.decode():
                return frame
        except av.error.FFmpegError:
            continue
    raise VideoProblem("content.corrupt", "no frame could be decoded")


def _shown_size(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """The size with square pixels; a hair's breadth off square is left as it is."""
    aspect = float(stream.sample_aspect_ratio or 1)
    if abs(aspect - 1) <= _SQUARE_ENOUGH or not 0.2 < aspect < 5:
        return frame.width, frame.height
    return round(frame.width * aspect), frame.height


def _has_alpha(frame: VideoFrame) -> bool:
    pixels = frame.format
    return pixels.has_palette or any(component.is_alpha for component in pixels.components)
