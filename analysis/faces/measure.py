"""How well faces are found and followed, measured on labelled clips.

    python -m analysis.faces.measure --root data/ --manifest data/manifest.csv --out faces.json

A clip has as many people in view as it has rows in the manifest; where a row says ``crop=left`` or
``crop=right``, that person stays in that half. Every clip is looked at as it is, with a tenth of
its light, and joined by a cut to the clip before it, where no track may hold faces of both.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from analysis.faces.follow import Moment, Strand, follow_window
from analysis.faces.track import FaceTrack, link_strands
from analysis.media.limits import MediaLimits
from analysis.media.read import Frame, read_frames
from analysis.media.windows import SamplingPlan

_PLAN = SamplingPlan(windows=5, frames_per_window=4, spacing_s=0.12)
_SMALLEST_PX = 48.0
_LIGHT_LEFT = 0.1
_SUFFIXES = (".mp4", ".mpg", ".mov", ".webm", ".mkv", ".avi")


@dataclass(frozen=True, slots=True)
class Clip:
    file: str
    people: int
    halves: bool


@dataclass(frozen=True, slots=True)
class Measured:
    file: str
    people: int
    frames: int
    faces_in_daylight: int
    faces_in_the_dark: int
    tracks: int
    tracks_in_both_halves: int
    tracks_shared_with_the_clip_before: int

    @property
    def followed(self) -> bool:
        return self.tracks == self.people and self.tracks_in_both_halves == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="write every clip's numbers as JSON")
    given = parser.parse_args()
    measured: list[Measured] = []
    before: list[Strand] = []
    for clip in clips_of(given.manifest):
        result, before = measure_clip(clip, given.root, before)
        measured.append(result)
        if not result.followed:
            sys.stderr.write(f"{result}\n")
    summary = summarise(measured)
    if given.out:
        document = {"summary": summary, "clips": [asdict(clip) for clip in measured]}
        given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name, value in summary.items():
        sys.stdout.write(f"{name:45} {value}\n")


def clips_of(manifest: Path) -> Iterator[Clip]:
    rows: dict[str, list[str]] = {}
    with manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["file"].endswith(_SUFFIXES):
                rows.setdefault(row["file"], []).append(row["note"])
    for name, notes in rows.items():
        yield Clip(name, people=len(notes), halves=any("crop=left" in note for note in notes))


def measure_clip(clip: Clip, root: Path, before: list[Strand]) -> tuple[Measured, list[Strand]]:
    """The clip's numbers and its strands, for the next clip to be joined to."""
    windows, width_px = _windows(root / clip.file)
    frames = sum(map(len, windows))
    strands = _strands(windows)
    tracks = link_strands(strands, frames=frames)
    dark = link_strands(_strands([_darkened(window) for window in windows]), frames=frames)
    joined = link_strands(
        [*before, *_after_a_cut(strands, before)], frames=frames + len(before) * 4
    )
    first_slot = _next_slot(before)
    result = Measured(
        file=clip.file,
        people=clip.people,
        frames=frames,
        faces_in_daylight=_seen(tracks, people=clip.people),
        faces_in_the_dark=_seen(dark, people=clip.people),
        tracks=len(tracks),
        tracks_in_both_halves=sum(_crosses(t, width_px / 2) for t in tracks) if clip.halves else 0,
        tracks_shared_with_the_clip_before=sum(
            t.sightings[0].slot < first_slot <= t.sightings[-1].slot for t in joined
        ),
    )
    return result, strands


def summarise(measured: Sequence[Measured]) -> dict[str, float | int | str]:
    wanted = sum(clip.people * clip.frames for clip in measured)
    day = sum(clip.faces_in_daylight for clip in measured)
    one = [clip for clip in measured if clip.people == 1]
    more = [clip for clip in measured if clip.people > 1]
    return {
        "clips": len(measured),
        "faces wanted": wanted,
        "share found": round(day / wanted, 4),
        "share found in the dark, of those in daylight": round(
            sum(clip.faces_in_the_dark for clip in measured) / day, 4
        ),
        "one-face clips with one track": f"{sum(c.followed for c in one)} of {len(one)}",
        "two-face clips with two tracks": f"{sum(c.followed for c in more)} of {len(more)}",
        "tracks in both halves": sum(clip.tracks_in_both_halves for clip in measured),
        "tracks that hold two people over a cut": sum(
            clip.tracks_shared_with_the_clip_before for clip in measured
        ),
    }


def _windows(path: Path) -> tuple[list[list[Moment]], int]:
    windows: dict[int, list[Moment]] = {}
    slot = 0
    width_px = 0
    with read_frames(path, plan=_PLAN, limits=MediaLimits()) as items:
        for item in items:
            if isinstance(item, Frame):
                moment = Moment(slot, item.scene, item.at_s, item.image)
                windows.setdefault(item.window, []).append(moment)
                slot += 1
                width_px = item.image.shape[1]
    return list(windows.values()), width_px


def _strands(windows: Sequence[Sequence[Moment]]) -> list[Strand]:
    return [s for window in windows for s in follow_window(window, smallest_px=_SMALLEST_PX)]


def _darkened(window: Sequence[Moment]) -> list[Moment]:
    return [
        replace(m, image=np.asarray((m.image * _LIGHT_LEFT).round(), dtype=np.uint8))
        for m in window
    ]


def _after_a_cut(strands: Sequence[Strand], before: Sequence[Strand]) -> list[Strand]:
    first_slot = _next_slot(before)
    first_scene = 1 + max((strand.scene for strand in before), default=-1)
    return [
        Strand(
            scene=strand.scene + first_scene,
            looks=strand.looks,
            sightings=[replace(s, slot=s.slot + first_slot) for s in strand.sightings],
        )
        for strand in strands
    ]


def _next_slot(strands: Sequence[Strand]) -> int:
    return 1 + max((slot for strand in strands for slot in strand.slots), default=-1)


def _seen(tracks: Sequence[FaceTrack], *, people: int) -> int:
    """Faces of the people in view; what else was taken for a face does not count."""
    return sum(len(track.sightings) for track in _persons(tracks, people=people))


def _persons(tracks: Sequence[FaceTrack], *, people: int) -> list[FaceTrack]:
    """No slot may count more often than there are people in it."""
    room: dict[int, int] = {}
    kept: list[FaceTrack] = []
    for track in tracks:
        inside = [s for s in track.sightings if room.get(s.slot, 0) < people]
        for sighting in inside:
            room[sighting.slot] = room.get(sighting.slot, 0) + 1
        if inside:
            kept.append(FaceTrack(tuple(inside)))
    return kept


def _crosses(track: FaceTrack, middle: float) -> bool:
    sides = {(s.face.left + s.face.right) / 2 < middle for s in track.sightings}
    return len(sides) > 1


if __name__ == "__main__":
    main()
