"""Small videos of every kind that the site serves, made on the spot."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np


def make_video(
    *,
    container: str = "mp4",
    codec: str = "libx264",
    width: int = 320,
    height: int = 180,
    frames: int = 24,
    pts: list[int] | None = None,
    time_base: Fraction = Fraction(1, 24),
    options: dict[str, str] | None = None,
    noise: bool = False,
) -> bytes:
    """A moving gradient, or noise where the size in bytes matters."""
    file = io.BytesIO()
    random = np.random.default_rng(7)
    with av.open(file, "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=24)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.time_base = stream.codec_context.time_base = time_base
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "g": "12"}
        rows = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
        columns = np.linspace(0, 255, width, dtype=np.uint8)[None, :]
        for number in range(frames):
            if noise:
                image = random.integers(0, 255, (height, width, 3), dtype=np.uint8)
            else:
                image = np.dstack(
                    np.broadcast_arrays(rows, columns, np.uint8(number * 9 % 256))
                ).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts = pts[number] if pts else number
            frame.time_base = time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def make_sound(*, container: str = "mp4", codec: str = "aac", seconds: int = 1) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=44_100)
        stream.layout = "mono"
        for number in range(seconds * 43):
            samples = np.zeros((1, 1024), dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.rate, frame.pts = 44_100, number * 1024
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def make_many_streams(*, count: int) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as output:
        streams = [output.add_stream("mpeg4", rate=24) for _ in range(count)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        image = np.zeros((32, 32, 3), dtype=np.uint8)
        for stream in streams:
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode())
    return file.getvalue()


def with_rotation(mp4: bytes) -> bytes:
    """The same file with a display matrix of 90 degrees in its track header."""
    identity = _matrix(1, 0, 0, 1)
    at = mp4.index(identity, mp4.index(b"tkhd"))
    return mp4[:at] + _matrix(0, 1, -1, 0) + mp4[at + len(identity) :]


def _matrix(a: int, b: int, c: int, d: int) -> bytes:
    numbers = (a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    return b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)


def with_claimed_size(mp4: bytes, *, width: int, height: int) -> bytes:
    """The same file whose sample description claims another size."""
    at = mp4.index(b"avc1", mp4.index(b"stsd")) + 4 + 24
    return mp4[:at] + width.to_bytes(2, "big") + height.to_bytes(2, "big") + mp4[at + 4 :]


def split_for_hls(ts: bytes, *, pieces: int) -> list[bytes]:
    """A transport stream in parts of whole packets."""
    packets = len(ts) // 188
    size = max(1, packets // pieces) * 188
    parts = [ts[start : start + size] for start in range(0, len(ts), size)]
    return [*parts[: pieces - 1], b"".join(parts[pieces - 1 :])]


def boxes(mp4: bytes) -> list[tuple[bytes, bytes]]:
    """Top-level boxes of an ISO file with their names."""
    found, at = [], 0
    while at < len(mp4):
        size = int.from_bytes(mp4[at : at + 4], "big")
        found.append((mp4[at + 4 : at + 8], mp4[at : at + size]))
        at += size
    return found
