"""The same bytes have the same SHA-256, the same pictures nearly the same PDQ."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from analysis.media.fingerprint import pdq_frame, read_whole
from analysis.media.limits import MediaLimits
from analysis.media.read import Glimpse, read_frames
from analysis.media.windows import SamplingPlan
from analysis.samples.make_samples import read_frames as all_frames
from tests.media.clips import write_clip

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"


def glimpses(path: Path) -> list[Glimpse]:
    plan = SamplingPlan(windows=3, frames_per_window=4, spacing_s=0.08)
    with read_frames(path, plan=plan, limits=MediaLimits()) as items:
        return [item for item in items if isinstance(item, Glimpse)]


def distance(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


def test_a_re_encoded_clip_is_known_by_its_pictures_and_another_is_not(tmp_path: Path) -> None:
    original = SAMPLES / "untouched.mp4"
    again = write_clip(tmp_path / "again.mp4", all_frames(original), options={"crf": "34"})
    first, second, other = (
        pdq_frame(glimpses(path)[0].image, at_s=0.0)
        for path in (original, again, SAMPLES / "two-people.mp4")
    )

    assert read_whole(original).sha256 != read_whole(again).sha256
    assert distance(first.hash_hex, second.hash_hex) <= 31
    assert distance(first.hash_hex, other.hash_hex) > 80


def test_a_plain_frame_is_known_to_be_too_plain() -> None:
    assert pdq_frame(np.full((90, 160, 3), 128, dtype=np.uint8), at_s=0.0).quality < 50


def test_the_hash_is_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(np.random.default_rng(0).bytes(9_000_000))

    assert read_whole(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_mark_of_credentials_is_seen_across_the_border_of_two_blocks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"-" * (4 * 1024 * 1024 - 2) + b"c2pa")
    assert read_whole(path).may_have_credentials

    path.write_bytes(b"-" * 100)
    assert not read_whole(path).may_have_credentials
