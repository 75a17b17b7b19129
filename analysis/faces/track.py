"""Strands become tracks: one person, one track, through turns of the head and across cuts.

Two strands that share a frame are two people, whatever they look like. All other pairs are joined
from the most to the least alike, as long as they are alike enough. A face that stays in its place
within one shot may change its looks a good deal. Anywhere else, how far its looks may lie apart is
measured on the face itself: a head that turns and passes through shadow changes more within half a
second than one that sits still, and two people filmed alike differ more than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.faces.appearance import difference
from analysis.faces.crop import FaceBox
from analysis.faces.follow import Sighting, Strand

_SAME_PLACE_SAME_SHOT = 0.62
_TIMES_OWN_CHANGE, _LEAST_ALLOWED, _MOST_ALLOWED = 1.6, 0.2, 0.4
_SIZE_ALIKE = 1.7


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One person's sightings in order of time."""

    sightings: tuple[Sighting, ...]

    @property
    def first_seen_s(self) -> float:
        return self.sightings[0].at_s

    @property
    def last_seen_s(self) -> float:
        return self.sightings[-1].at_s


def link_strands(strands: Sequence[Strand], *, frames: int) -> list[FaceTrack]:
    """Tracks, the longest first. ``frames`` is how many were looked at.

    A face seen in a single frame of many is dropped: detectors see faces in cloth and clouds, but
    rarely twice in a row.
    """
    groups = [[strand] for strand in strands]
    group_of = list(range(len(strands)))
    for _, a, b in _pairs(strands):
        first, second = sorted((group_of[a], group_of[b]))
        if first == second or _meet(groups[first], groups[second]):
            continue
        groups[first] += groups[second]
        group_of = [first if group == second else group for group in group_of]
        groups[second] = []
    tracks = [
        FaceTrack(tuple(sorted((s for x in group for s in x.sightings), key=lambda s: s.slot)))
        for group in groups
        if group
    ]
    seen_often = [track for track in tracks if len(track.sightings) > 1 or frames <= 1]
    return sorted(
        seen_often,
        key=lambda t: (-len(t.sightings), t.first_seen_s, t.sightings[0].face.left),
    )


def _pairs(strands: Sequence[Strand]) -> list[tuple[float, int, int]]:
    """Pairs that may be one person, the surest first."""
    pairs: list[tuple[float, int, int]] = []
    for a, first in enumerate(strands):
        for b in range(a + 1, len(strands)):
            second = strands[b]
            if _meet([first], [second]):
                continue
            unlike = min(difference(one, other) for one in first.looks for other in second.looks)
            distance, allowed = _place(first, second)
            if unlike < allowed:
                pairs.append((unlike - allowed + 0.1 * distance, a, b))
    return sorted(pairs)


def _place(first: Strand, second: Strand) -> tuple[float, float]:
    """How far apart in face widths, at most 3, and how unlike two strands there may be."""
    a, b = _nearest_faces(first, second)
    width = max(1e-6, (a.width + b.width) / 2)
    distance = min(3.0, (abs(a.left + a.right - b.left - b.right) / 2) / width)
    stays = distance < 1 and 1 / _SIZE_ALIKE < a.width / max(1e-6, b.width) < _SIZE_ALIKE
    if stays and first.scene == second.scene:
        return distance, _SAME_PLACE_SAME_SHOT
    own_change = max(first.change, second.change)
    return distance, min(_MOST_ALLOWED, max(_LEAST_ALLOWED, _TIMES_OWN_CHANGE * own_change))


def _nearest_faces(first: Strand, second: Strand) -> tuple[FaceBox, FaceBox]:
    if first.sightings[0].slot < second.sightings[0].slot:
        return first.sightings[-1].face, second.sightings[0].face
    return first.sightings[0].face, second.sightings[-1].face


def _meet(first: Sequence[Strand], second: Sequence[Strand]) -> bool:
    slots = {slot for strand in first for slot in strand.slots}
    return any(slots & strand.slots for strand in second)
