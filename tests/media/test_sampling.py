"""Windows are spread over the whole video, and their number does not grow with it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analysis.media.windows import LONGEST_RUN_S, SamplingPlan, plan_windows

PLAN = SamplingPlan(windows=5, frames_per_window=4, spacing_s=0.12)


def test_an_hour_is_looked_at_in_no_more_than_three_times_the_windows_of_a_short_clip() -> None:
    short = plan_windows(PLAN, duration_s=10, key_frames_s=[0.0])
    hour = plan_windows(PLAN, duration_s=3600, key_frames_s=[i * 10.0 for i in range(360)])

    assert len(short) == 5
    assert len(hour) == 15
    assert hour[0].first_at_s < 300
    assert hour[-1].first_at_s > 3300


def test_a_key_frame_in_a_windows_share_is_where_the_window_begins() -> None:
    windows = plan_windows(PLAN, duration_s=600, key_frames_s=[i * 7.0 for i in range(85)])

    assert all(window.first_at_s == window.seek_to_s for window in windows)


def test_a_short_clip_with_one_key_frame_is_read_through_without_a_jump() -> None:
    windows = plan_windows(PLAN, duration_s=10, key_frames_s=[0.0])

    assert [window.seek_to_s for window in windows] == [None] * 5


def test_a_long_file_with_one_key_frame_does_not_cost_its_whole_length() -> None:
    windows = plan_windows(PLAN, duration_s=100, key_frames_s=[0.0, 60.0])

    runs = [b.first_at_s - a.first_at_s for a, b in pairwise(windows)]
    assert all(run <= LONGEST_RUN_S + PLAN.window_s + 60 for run in runs)
    assert windows[-1].first_at_s <= 100


def test_an_index_whose_key_frames_are_rare_is_an_index_all_the_same() -> None:
    windows = plan_windows(PLAN, duration_s=240, key_frames_s=[0.0], indexed_until_s=240.0)

    assert all(window.seek_to_s is None for window in windows)
    assert windows[-1].first_at_s > 150


def test_a_long_file_without_an_index_is_entered_where_its_windows_are() -> None:
    windows = plan_windows(PLAN, duration_s=600, key_frames_s=[])

    assert windows[-1].first_at_s > 500
    assert all(window.seek_to_s is not None for window in windows[1:])


def test_a_clip_shorter_than_a_window_is_one_window_from_its_beginning() -> None:
    (window,) = plan_windows(PLAN, duration_s=0.2, key_frames_s=[0.0])

    assert window.first_at_s == 0.0


@given(
    duration_s=st.floats(0, 20_000, allow_nan=False),
    key_frames_s=st.lists(st.floats(-1, 20_000, allow_nan=False), max_size=40).map(sorted),
)
def test_windows_follow_each_other_inside_the_video(
    duration_s: float, key_frames_s: list[float]
) -> None:
    windows = plan_windows(PLAN, duration_s=duration_s, key_frames_s=key_frames_s)

    begins = [window.first_at_s for window in windows]
    assert 1 <= len(windows) <= 15
    assert begins == sorted(begins)
    assert all(0 <= begin <= max(duration_s, 0.0) for begin in begins)
    assert all(w.seek_to_s is None or w.seek_to_s <= w.first_at_s for w in windows)
