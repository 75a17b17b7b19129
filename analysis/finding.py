"""What one bundle saw in one video: the result of ``analysis`` and its only way out.

A Finding is plain data with a version. ``to_document`` and ``from_document`` turn it into JSON and
back; the same file and bundle always give the same document, so no clock or path is in it.
Times are seconds from the start of the video; boxes are fractions of the upright frame, so they
fit a player of any size.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1


class Outcome(StrEnum):
    """What a person is told. Never "real", never "fake"."""

    LIKELY_MANIPULATED = "likely_manipulated"
    NO_MANIPULATION_FOUND = "no_manipulation_found"
    INCONCLUSIVE = "inconclusive"


class Reason(StrEnum):
    """Why an outcome is inconclusive, or why one face was not judged."""

    NO_FACE = "no_face"
    FACE_TOO_SMALL = "face_too_small"
    TOO_DARK = "too_dark"
    TOO_SHORT = "too_short"
    TOO_BLURRED = "too_blurred"
    CUT_OFF = "cut_off"
    TOO_MANY_FACES = "too_many_faces"
    BORDERLINE = "borderline"
    ONE_STRETCH = "one_stretch"


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class FrameScore:
    """One looked-at moment of one face; ``fake_probability`` is calibrated like the track's."""

    at_s: float
    fake_probability: float
    box: Box


@dataclass(frozen=True, slots=True)
class Picture:
    """A WebP file in the evidence folder, named by ``name`` alone."""

    at_s: float
    name: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Stretch:
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Track:
    """One face followed through the video.

    ``fake_probability`` is None exactly when ``reason`` says why this face was not judged. One
    that was seen too briefly can have a ``suspicious`` stretch all the same.
    """

    number: int
    first_seen_s: float
    last_seen_s: float
    frames_seen: int
    frames_used: int
    median_width_px: float
    fake_probability: float | None
    reason: Reason | None
    timeline: tuple[FrameScore, ...]
    suspicious: tuple[Stretch, ...]
    strip: tuple[Picture, ...]
    heat_maps: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """The file as its container describes it; a picture has no duration and one frame."""

    kind: str  # "video" or "picture"
    container: str
    codec: str
    width_px: int
    height_px: int
    rotation_deg: int
    duration_s: float | None
    frames_per_s: float | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Counts:
    frames_decoded: int
    faces_seen: int
    faces_used: int


@dataclass(frozen=True, slots=True)
class PdqFrame:
    at_s: float
    hash_hex: str
    quality: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    sha256: str
    pdq: tuple[PdqFrame, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """C2PA content credentials. Absence is neutral: most platforms strip them."""

    present: bool
    valid: bool | None = None
    trusted: bool | None = None
    signer: str | None = None
    made_with: str | None = None
    digital_source_type: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """``fake_probability`` is that of the most suspicious judged track; None if none was judged."""

    schema_version: int
    bundle: str
    outcome: Outcome
    reason: Reason | None
    fake_probability: float | None
    media: Media
    counts: Counts
    tracks: tuple[Track, ...]
    fingerprint: Fingerprint
    provenance: Provenance

    @property
    def faces_judged(self) -> int:
        return sum(track.fake_probability is not None for track in self.tracks)

    def to_document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Finding:
        if document["schema_version"] != SCHEMA_VERSION:
            raise ValueError(
                f"finding of schema {document['schema_version']}, not {SCHEMA_VERSION}"
            )
        return cls(
            schema_version=document["schema_version"],
            bundle=document["bundle"],
            outcome=Outcome(document["outcome"]),
            reason=_reason(document["reason"]),
            fake_probability=document["fake_probability"],
            media=Media(**document["media"]),
            counts=Counts(**document["counts"]),
            tracks=tuple(_track(track) for track in document["tracks"]),
            fingerprint=Fingerprint(
                sha256=document["fingerprint"]["sha256"],
                pdq=tuple(PdqFrame(**frame) for frame in document["fingerprint"]["pdq"]),
            ),
            provenance=Provenance(**document["provenance"]),
        )


def _reason(value: str | None) -> Reason | None:
    return None if value is None else Reason(value)


def _track(document: dict[str, Any]) -> Track:
    return Track(
        **{
            **document,
            "reason": _reason(document["reason"]),
            "timeline": tuple(
                FrameScore(score["at_s"], score["fake_probability"], Box(**score["box"]))
                for score in document["timeline"]
            ),
            "suspicious": tuple(Stretch(**stretch) for stretch in document["suspicious"]),
            "strip": tuple(Picture(**picture) for picture in document["strip"]),
            "heat_maps": tuple(Picture(**picture) for picture in document["heat_maps"]),
        }
    )
