"""One window of frames: search once, then follow each face from frame to frame.

What comes out are strands: one face over the few frames of a window. Which strands are the same
person is decided later, over the whole video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.faces.appearance import Appearance, appearance, difference
from analysis.faces.crop import FaceBox, Image
from analysis.faces.detect import find_faces, follow_faces, overlap

# Above this, what stands where a face was a tenth of a second ago is somebody else.
_SOMEBODY_ELSE = 0.75


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame to look at; ``slot`` is its place among all sampled frames."""

    slot: int
    scene: int
    at_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class Sighting:
    slot: int
    at_s: float
    face: FaceBox


@dataclass(slots=True, eq=False)
class Strand:
    """``looks`` are those of its first and last sighting."""

    scene: int
    looks: list[Appearance]
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def slots(self) -> frozenset[int]:
        return frozenset(sighting.slot for sighting in self.sightings)

    @property
    def change(self) -> float:
        """How much one person's looks changed within half a second."""
        return difference(self.looks[0], self.looks[-1])


def follow_window(moments: Sequence[Moment], *, smallest_px: float) -> list[Strand]:
    """Every face of a window. ``smallest_px`` is the width from which a face is worth judging.

    Smaller faces are looked for where no larger one is found, so that a person can be told that
    the faces are too small and not that there are none.
    """
    finished: list[Strand] = []
    current: list[Strand] = []
    for moment in moments:
        if current and moment.scene != current[0].scene:
            finished += current
            current = []
        kept = _followed(current, moment)
        finished += [strand for strand in current if strand not in kept]
        if not kept or len(kept) < len(current):
            kept += _found(moment, kept, smallest_px=smallest_px)
        current = kept
    finished += current
    images = {moment.slot: moment.image for moment in moments}
    for strand in finished:
        last = strand.sightings[-1]
        if len(strand.sightings) > 1:
            strand.looks.append(appearance(images[last.slot], last.face))
    return finished


def _followed(current: Sequence[Strand], moment: Moment) -> list[Strand]:
    faces = follow_faces(moment.image, [strand.sightings[-1].face for strand in current])
    kept: list[Strand] = []
    for strand, face in zip(current, faces, strict=True):
        if face is None or any(overlap(face, other.sightings[-1].face) > 0.4 for other in kept):
            continue
        # It moved a good deal, or another face came into its place: look at it closely.
        moved = overlap(face, strand.sightings[-1].face) < 0.5
        if moved and difference(strand.looks[0], appearance(moment.image, face)) > _SOMEBODY_ELSE:
            continue
        strand.sightings.append(Sighting(moment.slot, moment.at_s, face))
        kept.append(strand)
    return kept


def _found(moment: Moment, known: Sequence[Strand], *, smallest_px: float) -> list[Strand]:
    faces = find_faces([moment.image], smallest_px=smallest_px)[0]
    if not faces and not known:
        faces = find_faces([moment.image], smallest_px=smallest_px / 2)[0]
    return [
        Strand(
            scene=moment.scene,
            looks=[appearance(moment.image, face)],
            sightings=[Sighting(moment.slot, moment.at_s, face)],
        )
        for face in faces
        if all(overlap(face, strand.sightings[-1].face) < 0.3 for strand in known)
    ]
