"""One person is one track; two people never share one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.faces.crop import FaceBox, Image
from analysis.faces.follow import Moment, Sighting, Strand, follow_window
from analysis.faces.track import FaceTrack, link_strands
from analysis.samples.make_samples import read_frames

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"


@pytest.fixture(scope="module")
def one() -> list[Image]:
    return read_frames(SAMPLES / "untouched.mp4")[::3]


@pytest.fixture(scope="module")
def two() -> list[Image]:
    return read_frames(SAMPLES / "two-people.mp4")[::3]


def moments(frames: list[Image], *, first_slot: int = 0, scene: int = 0) -> list[Moment]:
    return [
        Moment(slot=first_slot + n, scene=scene, at_s=(first_slot + n) * 0.12, image=frame)
        for n, frame in enumerate(frames)
    ]


def tracks_of(*windows: list[Moment]) -> list[FaceTrack]:
    strands = [s for window in windows for s in follow_window(window, smallest_px=40)]
    return link_strands(strands, frames=sum(len(window) for window in windows))


def half(frame: Image, side: str) -> Image:
    """One of the two people, alone in the middle of a frame of their own."""
    width = frame.shape[1] // 2
    part = frame[:, :width] if side == "left" else frame[:, width:]
    return np.ascontiguousarray(part)


def test_one_person_is_one_track_over_all_windows(one: list[Image]) -> None:
    (track,) = tracks_of(moments(one[:4]), moments(one[10:14], first_slot=4))

    assert [sighting.slot for sighting in track.sightings] == list(range(8))


def test_two_people_at_once_are_two_tracks(two: list[Image]) -> None:
    left, right = sorted(
        tracks_of(moments(two[:4]), moments(two[10:14], first_slot=4)),
        key=lambda track: track.sightings[0].face.left,
    )

    middle = two[0].shape[1] / 2
    assert all(s.face.right < middle for s in left.sightings)
    assert all(s.face.left > middle for s in right.sightings)
    assert len(left.sightings) == len(right.sightings) == 8


def test_somebody_else_in_the_same_place_after_a_cut_is_another_track(two: list[Image]) -> None:
    first = moments([half(frame, "left") for frame in two[:4]])
    second = moments([half(frame, "right") for frame in two[4:8]], first_slot=4, scene=1)

    assert [len(track.sightings) for track in tracks_of(first, second)] == [4, 4]


def test_somebody_else_within_one_window_is_another_track(two: list[Image]) -> None:
    frames = [half(frame, "left") for frame in two[:2]] + [
        half(frame, "right") for frame in two[2:4]
    ]
    cut = [Moment(m.slot, int(m.slot >= 2), m.at_s, m.image) for m in moments(frames)]

    assert [len(track.sightings) for track in tracks_of(cut)] == [2, 2]


def test_the_same_person_closer_after_a_cut_keeps_the_track(one: list[Image]) -> None:
    height, width = one[0].shape[:2]
    closer = [
        np.asarray(cv2.resize(f[20:260, 30:330], (width, height)), dtype=np.uint8) for f in one[5:9]
    ]

    (track,) = tracks_of(moments(one[:4]), moments(closer, first_slot=4, scene=1))
    assert len(track.sightings) == 8


def test_two_people_who_change_places_over_a_cut_keep_their_tracks(two: list[Image]) -> None:
    def apart(frame: Image, *sides: str) -> Image:
        room = ((0, 0), (60, 60), (0, 0))
        return np.concatenate([np.pad(half(frame, s), room, "edge") for s in sides], axis=1)

    before = [apart(frame, "left", "right") for frame in two[:4]]
    after = [apart(frame, "right", "left") for frame in two[5:9]]
    first, second = tracks_of(moments(before), moments(after, first_slot=4, scene=1))
    for track in (first, second):
        sides = [sighting.face.left < before[0].shape[1] / 2 for sighting in track.sightings]
        assert sides[:4] == [sides[0]] * 4
        assert sides[4:] == [not sides[0]] * 4


def test_a_face_that_looks_away_for_a_moment_keeps_its_track(one: list[Image]) -> None:
    hidden = one[4].copy()
    hidden[40:260, 80:300] = 90

    (track,) = tracks_of(
        moments([one[0], one[1], hidden, one[3]]), moments(one[6:10], first_slot=4)
    )
    assert [s.slot for s in track.sightings] == [0, 1, 3, 4, 5, 6, 7]


def test_a_face_seen_once_among_many_frames_is_dropped(one: list[Image]) -> None:
    empty = np.full_like(one[0], 120)

    assert tracks_of(moments([empty, one[0], empty, empty])) == []


def test_a_picture_needs_its_face_only_once(one: list[Image]) -> None:
    assert len(tracks_of(moments(one[:1]))) == 1


def _face(left: float) -> FaceBox:
    return FaceBox(left, 10, left + 50, 70, (left + 15, 30), (left + 35, 30), 1.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 400), st.integers(0, 3)),
        max_size=14,
    )
)
def test_strands_that_share_a_frame_are_never_joined(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    """However alike they look, and wherever they are."""
    strands = [
        Strand(
            scene=scene,
            looks=[np.eye(4, dtype=np.float32)[look] * np.float32(np.sqrt(1.5))],
            sightings=[
                Sighting(slot=4 * window + n, at_s=window + n / 10, face=_face(left + index / 100))
                for n in range(4)
            ],
        )
        for index, (window, scene, left, look) in enumerate(drawn)
    ]

    tracks = link_strands(strands, frames=24)
    for track in tracks:
        slots = [sighting.slot for sighting in track.sightings]
        assert slots == sorted(set(slots))
    assert sum(len(track.sightings) for track in tracks) == 4 * len(strands)
