"""Know a file again: its SHA-256, and perceptual hashes that survive re-encoding."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import VideoProblem
from analysis.faces.crop import Image
from analysis.finding import PdqFrame
from analysis.media.pdq import pdq_hash

_BLOCK_BYTES = 4 * 1024 * 1024
# Every C2PA manifest lies in a JUMBF box of this label.
_CREDENTIALS_MARK = b"c2pa"


@dataclass(frozen=True, slots=True)
class FileRead:
    sha256: str
    may_have_credentials: bool


def read_whole(path: Path) -> FileRead:
    """One pass over the bytes: most files hold no credentials, and need no parser to say so."""
    digest = hashlib.sha256()
    marked = False
    tail = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                marked = marked or _CREDENTIALS_MARK in tail + block
                tail = block[-len(_CREDENTIALS_MARK) :]
    except OSError as error:
        raise VideoProblem("content.corrupt", f"cannot be read: {error}") from error
    return FileRead(sha256=digest.hexdigest(), may_have_credentials=marked)


def pdq_frame(image: Image, *, at_s: float) -> PdqFrame:
    """The PDQ hash of one frame; ``quality`` below 50 means too plain to be told apart."""
    bits, quality = pdq_hash(image)
    return PdqFrame(at_s=at_s, hash_hex=bits.hex(), quality=quality)
