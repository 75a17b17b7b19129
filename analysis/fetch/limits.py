"""What one fetch may cost. Each number is a setting of the service; these are its defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.media.limits import MediaLimits

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """``max_width_px`` and ``max_height_px`` are a video's; a photograph may have more of both.

    ``max_wall_s`` holds for extraction and download; ``max_extraction_s`` for the first alone.

    ``allowed_private`` names ``host:port`` exceptions to "public addresses only", for a private
    media server or a test. ``proxy`` is ``http://host:port``. ``trusted_certificates`` replaces
    the certificate authorities that are shipped. ``allow_generic`` lets links and pages of sites
    that yt-dlp does not know by name be tried.
    """

    max_bytes: int = 500 * MEBIBYTE
    max_duration_s: float = 900.0
    max_width_px: int = 4096
    max_height_px: int = 2304
    max_picture_pixels: int = MediaLimits().max_pixels
    max_frames: int = 120_000
    max_streams: int = 16
    max_wall_s: float = 300.0
    max_extraction_s: float = 60.0
    max_processor_s: int = 120
    max_memory_bytes: int = 1024 * MEBIBYTE
    max_page_bytes: int = 16 * MEBIBYTE
    min_average_bytes_per_s: int = 20_000
    slow_start_s: float = 15.0
    max_redirects: int = 5
    max_segments: int = 2_000
    socket_timeout_s: float = 15.0
    allowed_private: tuple[str, ...] = ()
    proxy: str | None = None
    trusted_certificates: Path | None = None
    allow_generic: bool = True

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_duration_s, self.max_wall_s) <= 0:
            raise ValueError("a limit of nothing lets nothing through")
