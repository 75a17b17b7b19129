"""Files that look like what they are not, cheaply: the web process looks at nothing else."""

from __future__ import annotations

import hashlib

MP4_HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"


def a_video(size_bytes: int = 1000, *, fill: bytes = b"v") -> bytes:
    return MP4_HEAD + fill * (size_bytes - len(MP4_HEAD))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
