"""How much of a stranger's file is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MiB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class MediaLimits:
    max_bytes: int = 2048 * MiB
    max_duration_s: float = 4 * 3600
    max_pixels: int = 64_000_000
    wall_s: float = 180.0
    cpu_s: int = 240
    silence_s: float = 45.0
    memory_bytes: int = 3072 * MiB
    """Address space of the decoding child: its threads reserve far more than they touch."""
