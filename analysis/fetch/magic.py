"""The family of containers that a file's first bytes belong to, whatever its name or label says."""

from __future__ import annotations

# fmt: off
VIDEO_FAMILIES = frozenset({
    "iso", "avi", "matroska", "flv", "asf", "ogg", "mpeg", "mpegts", "mxf", "ivf", "y4m", "dv",
    "h26x",
})
# fmt: on

_ISO_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"free", b"skip", b"wide"})
_TRANSPORT_PACKET_BYTES = 188
_STAMP_BYTES = 4  # before each packet, as cameras and discs have it
_BEGINNINGS = {
    b"\x1aE\xdf\xa3": "matroska",
    b"FLV\x01": "flv",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    b"OggS": "ogg",
    b"\x00\x00\x01\xba": "mpeg",
    b"\x00\x00\x01\xb3": "mpeg",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02": "mxf",
    b"DKIF": "ivf",
    b"YUV4MPEG2 ": "y4m",
    b"\x1f\x07\x00": "dv",
    b"\x00\x00\x00\x01": "h26x",
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"BM": "bmp",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
}


def family_of(head: bytes) -> str | None:
    """None for what is neither a video nor a picture; ``head`` should hold 197 bytes or more."""
    if head[4:8] in _ISO_BOXES:
        return "iso"
    if head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"WEBP"}:
        return "avi" if head[8:12] == b"AVI " else "webp"
    for first, packet_bytes in (
        (0, _TRANSPORT_PACKET_BYTES),
        (_STAMP_BYTES, _STAMP_BYTES + _TRANSPORT_PACKET_BYTES),
    ):
        if head[first : first + 1] == head[first + packet_bytes :][:1] == b"G":
            return "mpegts"
    return next((name for start, name in _BEGINNINGS.items() if head.startswith(start)), None)
