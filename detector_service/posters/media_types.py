"""Which kinds of file are taken, and what the first bytes of each look like.

A first, cheap look by the web process: it reads a few bytes and decodes nothing. What the file
really is, the guarded child finds out afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

HEAD_BYTES = 1024

_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_TS_PACKET_BYTES = 188


def _boxes(head: bytes) -> bool:
    """MP4, QuickTime and their relatives."""
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"} and (
        head[8:12] not in _PICTURE_BRANDS
    )


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == kind


def _transport(head: bytes) -> bool:
    return head[:1] == b"G" and head[_TS_PACKET_BYTES : _TS_PACKET_BYTES + 1] == b"G"


def _picture_boxes(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS


_matroska = _starts(b"\x1a\x45\xdf\xa3")

_LOOKS_LIKE = MappingProxyType(
    {
        "video/mp4": _boxes,
        "video/quicktime": _boxes,
        "video/x-m4v": _boxes,
        "video/3gpp": _boxes,
        "video/3gpp2": _boxes,
        "video/webm": _matroska,
        "video/x-matroska": _matroska,
        "video/matroska": _matroska,
        "video/x-msvideo": _riff(b"AVI "),
        "video/avi": _riff(b"AVI "),
        "video/x-flv": _starts(b"FLV"),
        "video/ogg": _starts(b"OggS"),
        "video/mpeg": _starts(b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3"),
        "video/mp2t": _transport,
        "image/jpeg": _starts(b"\xff\xd8\xff"),
        "image/png": _starts(b"\x89PNG\r\n\x1a\n"),
        "image/gif": _starts(b"GIF87a", b"GIF89a"),
        "image/webp": _riff(b"WEBP"),
        "image/avif": _picture_boxes,
        "image/heic": _picture_boxes,
        "image/heif": _picture_boxes,
    }
)


def is_taken(media_type: str) -> bool:
    return media_type in _LOOKS_LIKE


def looks_like(head: bytes, media_type: str) -> bool:
    """Whether a file that begins with ``head`` can be what it was announced as."""
    return _LOOKS_LIKE[media_type](head)
