"""Seen before? What is proposed, why, and how it is switched off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from detector_service.checks.models import Video
from detector_service.review import banks, matching
from detector_service.review.matching import FrameIndex, KnownFrames
from detector_service.review.models import BankEntry, Case, Match, VideoPrint
from tests.review.conftest import checked, film, let_time_pass, opened, overturn, signed_in, someone

pytestmark = pytest.mark.django_db
NUMBERS = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "known_frames", KnownFrames())


def hashes(count: int) -> np.ndarray[Any, Any]:
    return NUMBERS.integers(0, 256, (count, 32), dtype=np.uint8)


def changed(frame: np.ndarray[Any, Any], bits: int) -> np.ndarray[Any, Any]:
    flipped = np.unpackbits(frame)
    flipped[NUMBERS.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flipped)


def video(number: int) -> Video:
    made = checked(number).video
    assert made is not None
    return made


def test_the_index_finds_exactly_what_comparing_all_would() -> None:
    many = hashes(5000)
    index = FrameIndex(many, np.arange(5000))
    for bits in (0, 1, 16, 30, 31, 32, 40):
        for at in range(0, 5000, 250):
            frame = changed(many[at], bits)
            distances = np.unpackbits(many ^ frame, axis=1).sum(axis=1)
            alike = set(np.flatnonzero(distances <= 31).tolist())
            assert set(index.owners_of(frame).tolist()) == alike
            assert (at in alike) == (bits <= 31)


def test_bits_that_are_spread_as_badly_as_can_be_are_found() -> None:
    """Two in every piece but one, and one in that: 31, and no piece is the same."""
    frame = hashes(1)[0]
    bits = np.unpackbits(frame)
    for piece in range(16):
        bits[piece * 16 : piece * 16 + (1 if piece == 9 else 2)] ^= 1
    assert 4 in FrameIndex(frame[None], np.array([4])).owners_of(np.packbits(bits))


def test_of_a_video_every_look_alike_is_found_however_hard_it_was_changed() -> None:
    """As many bits differ in every frame as may: two are looked up so that none is missed."""
    many = hashes(2000)
    index = FrameIndex(many, np.arange(2000) // 10)
    for number in range(0, 200, 10):
        film = np.array([changed(frame, 31) for frame in many[number * 10 : number * 10 + 10]])
        assert set(index.owners_of(film).tolist()) == {number}


def test_what_was_added_since_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_TAIL_FRAMES", 25)
    known, kept = KnownFrames(), []
    for number in range(1, 8):  # the tail is sorted in, twice
        frames = hashes(10)
        row = video(number)
        VideoPrint.objects.create(video=row, hashes=frames.tobytes(), frames=10)
        kept.append((row.pk, frames))
        for pk, each in kept:
            assert known.videos_near(each) == [pk]


def test_a_copy_of_a_decided_video_is_proposed_and_explained() -> None:
    frames = hashes(40)
    first = film(video(1), frames)
    matching.match(first)
    case = opened_of(first)
    overturn(case, someone())
    let_time_pass()
    noisy = np.array([changed(frame, 20) for frame in frames[:35]] + list(hashes(5)))
    second = film(video(2), noisy)
    assert [round(match.share, 3) for match in matching.match(second)] == [0.875]
    copy = Case.objects.get(video=second)
    assert set(copy.reasons.values_list("kind", flat=True)) == {"near_duplicate"}
    page = signed_in(someone()).get(f"/admin/review/case/{copy.pk}/").content.decode()
    assert "88 % of frames match" in page and f"case {case.pk}" in page
    assert "The broadcaster&#x27;s own recording shows the same." in page
    assert not hasattr(second, "override")  # proposed, never copied


def test_a_clip_of_a_longer_video_is_found() -> None:
    frames = hashes(60)
    matching.match(film(video(1), frames))
    (match,) = matching.match(film(video(2), frames[20:30]))
    assert match.share == 1.0 and match.other_share == pytest.approx(10 / 60, abs=1e-3)


def test_a_longer_video_that_holds_a_known_clip_is_found() -> None:
    frames = hashes(60)
    matching.match(film(video(1), frames[20:30]))
    (match,) = matching.match(film(video(2), frames))
    assert match.other_share == 1.0


def test_frames_too_plain_to_be_told_apart_match_nothing() -> None:
    frames = hashes(20)
    matching.match(film(video(1), frames, quality=40))
    assert matching.match(film(video(2), frames)) == []


def test_a_likeness_to_what_nobody_decided_opens_no_case() -> None:
    frames = hashes(20)
    matching.match(film(video(1), frames))
    assert len(matching.match(film(video(2), frames))) == 1
    assert not Case.objects.exists()


def test_a_known_video_in_a_bank_opens_the_case_of_its_copy() -> None:
    frames = hashes(20)
    first = film(video(1), frames)
    matching.match(first)
    banks.put_in_bank(
        video=first, bank="manipulated", by=someone("senior"), reason="Its maker said"
    )
    matching.match(film(video(2), frames))
    assert Case.objects.count() == 1


def test_a_benign_match_is_switched_off_for_good() -> None:
    frames = hashes(20)
    intro = film(video(1), frames)
    matching.match(intro)
    second = film(video(2), frames)
    matching.match(second)
    assert matching.matches_of(second)
    banks.put_in_bank(video=intro, bank="ignored", by=someone("senior"), reason="A test card")
    assert matching.matches_of(second) == []
    assert matching.match(film(video(3), frames[:10])) == [
        Match.objects.get(video__sha256=f"{3:08x}" * 8)
    ]
    assert not Match.objects.filter(video__sha256=f"{3:08x}" * 8, other=intro).exists()


def test_the_list_of_banks_asks_as_often_however_long_it_is() -> None:
    client, asked = signed_in(someone("senior")), []
    for number in range(1, 7):
        known = {"bank": "genuine", "reason": "Its maker said"}
        banks.put_in_bank(video=video(number), by=someone("senior"), **known)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/review/bankentry/").status_code == 200
        asked.append(len(queries))
    assert asked[-1] == asked[1]  # the first was the first of this process


def test_a_pair_that_was_switched_off_stays_so_when_it_is_seen_again() -> None:
    frames = hashes(20)
    matching.match(film(video(1), frames))
    second = film(video(2), frames)
    (match,) = matching.match(second)
    banks.dismiss(match, by=someone("senior"))
    matching.match(second)
    assert matching.matches_of(second) == [] and BankEntry.objects.count() == 0


def test_a_pair_is_one_proposal_whichever_of_the_two_is_seen_again() -> None:
    frames = hashes(20)
    first, second = film(video(1), frames), film(video(2), frames)
    matching.match(first)
    (match,) = matching.match(second)
    assert matching.match(first) == [match] == matching.matches_of(first)
    banks.dismiss(match, by=someone("senior"))
    matching.match(first)  # as after a look of another bundle
    assert matching.matches_of(first) == matching.matches_of(second) == []


def test_a_copy_that_is_seen_again_after_the_other_was_decided_comes_before_people() -> None:
    frames = hashes(20)
    first, second = film(video(1), frames), film(video(2), frames)
    matching.match(first)
    matching.match(second)
    overturn(opened_of(second), someone())
    let_time_pass()
    matching.match(first)
    assert Case.objects.get(video=first).reasons.get().kind == "near_duplicate"


def opened_of(row: Video) -> Case:
    from detector_service.review import opening
    from detector_service.review.models import CaseReason

    return opening.open_case(row, CaseReason.Kind.BY_HAND)


def test_a_video_is_no_match_of_itself() -> None:
    case = opened(1)
    film(case.video, hashes(10))
    assert matching.match(case.video) == matching.match(case.video) == []
