"""The faces of a Finding as a moderator sees them; blind, without anything that the model said."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from analysis.finding import Finding as Seen
from analysis.finding import Picture, Track
from detector_service.checks.models import Finding
from detector_service.checks.words import why_not_judged

WIDTH = 1000.0
HEIGHT = 120.0


@dataclass(frozen=True, slots=True)
class Shown:
    at_s: float
    url: str


@dataclass(frozen=True, slots=True)
class Band:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Face:
    number: int
    fake_probability: float | None
    why_not_judged: str
    first_seen_s: float
    last_seen_s: float
    strip: tuple[Shown, ...]
    heat_maps: tuple[Shown, ...]
    duration_s: float
    curve: str  # the points of a polyline; empty where there is no time to speak of
    bands: tuple[Band, ...]


def faces_of(finding: Finding, *, blind: bool) -> list[Face]:
    """The most suspicious first; blind, in the order in which they appear."""
    seen = Seen.from_document(finding.document)
    duration_s = seen.media.duration_s or 0.0
    faces = [_face(track, finding, duration_s, blind) for track in seen.tracks]
    return faces if blind else sorted(faces, key=lambda face: -(face.fake_probability or -1.0))


def thumbnails(finding: Finding, *, blind: bool, most: int = 3) -> list[str]:
    """One picture a face."""
    return [face.strip[0].url for face in faces_of(finding, blind=blind) if face.strip][:most]


def picture_names(finding: Finding) -> set[str]:
    tracks = Seen.from_document(finding.document).tracks
    return {picture.name for track in tracks for picture in (*track.strip, *track.heat_maps)}


def _face(track: Track, finding: Finding, duration_s: float, blind: bool) -> Face:
    def shown(pictures: tuple[Picture, ...]) -> tuple[Shown, ...]:
        return tuple(
            Shown(each.at_s, reverse("admin:review_picture", args=(finding.pk, each.name)))
            for each in pictures
        )

    drawn = not blind and duration_s > 0
    return Face(
        number=track.number,
        fake_probability=None if blind else track.fake_probability,
        why_not_judged="" if blind or track.reason is None else why_not_judged(track),
        first_seen_s=track.first_seen_s,
        last_seen_s=track.last_seen_s,
        strip=shown(track.strip),
        duration_s=duration_s,
        heat_maps=() if blind else shown(track.heat_maps),
        curve=" ".join(
            f"{score.at_s / duration_s * WIDTH:.0f},{(1 - score.fake_probability) * HEIGHT:.0f}"
            for score in track.timeline
        )
        if drawn
        else "",
        bands=tuple(
            Band(
                round(stretch.start_s / duration_s * WIDTH),
                max(3, round((stretch.end_s - stretch.start_s) / duration_s * WIDTH)),
            )
            for stretch in track.suspicious
        )
        if drawn
        else (),
    )
