"""The family of containers that a file's first bytes belong to, whatever its name or label says."""

from __future__ import annotations

VIDEO_FAMILIES = frozenset({"iso", "avi", "matroska", "flv", "asf", "ogg", "mpeg", "mpegts"})

_ISO_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"free", b"skip", b"wide"})
_TRANSPORT_PACKET_BYTES = 188
_BEGINNINGS = {
    b"\x1aE\xdf\xa3": "matroska",
    b"FLV\x01": "flv",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    b"OggS": "ogg",
    b"\x00\x00\x01\xba": "mpeg",
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}


def family_of(head: bytes) -> str | None:
    """None for what is neither a video nor a picture; ``head`` should hold 189 bytes or more."""
    if head[4:8] in _ISO_BOXES:
        return "iso"
    if head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"WEBP"}:
        return "avi" if head[8:12] == b"AVI " else "webp"
    if head[:1] == b"G" and head[_TRANSPORT_PACKET_BYTES:][:1] == b"G":
        return "mpegts"
    return next((name for start, name in _BEGINNINGS.items() if head.startswith(start)), None)
