"""Seen before? Frames are compared by PDQ hash; a match proposes and explains, a person decides.

Two frames are alike when at most 31 of 256 bits differ. A video is looked up in two steps. First
the index names the few videos that hold any frame like one of its own; then the frames of those are
all compared with all of its own, which says exactly how many are alike.

Such hashes, cut into 16 pieces of 16 bits, have at least one piece with at most one differing bit,
and mostly several with none. So every frame is looked up by eight of its pieces as they are, and
two frames by all of theirs and by all that lies one bit away: those are found whatever was done to
them. The database holds the truth, a row a video; the index is made of it in memory and learns what
was added since.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import Q
from numpy.typing import NDArray

from analysis.finding import Finding as Seen
from detector_service.checks.models import Finding, Video
from detector_service.review import erasing
from detector_service.review.models import BankEntry, Case, CaseReason, Match, VideoPrint
from detector_service.review.opening import open_case

MAX_DISTANCE_BITS = 31
MIN_QUALITY = 50
MIN_SHARE = 0.8
MIN_FRAMES = 3
HASH_BYTES = 32
_PIECES = 16
_LOOKED_UP_CLOSELY = 2  # frames of a video, evenly spread
_AT_ONCE = 512  # frames, to keep what is worked on small
_MOST_VIDEOS = 200  # that are compared in full, those with the most frames in common
_TAIL_FRAMES = 20_000  # compared one by one, until there are enough of them to sort anew

Hashes = NDArray[np.uint8]  # N x 32


class FrameIndex:
    """Which videos hold a frame like one of these."""

    def __init__(self, hashes: Hashes, owners: NDArray[np.int64]) -> None:
        self._hashes = np.ascontiguousarray(hashes)
        self._words = self._hashes.view(np.uint64)
        self._owners = owners
        pieces = self._hashes.view(np.uint16)
        # For each piece the frames in its order, and where each of its 65,536 values begins.
        self._order = np.empty((_PIECES, len(pieces)), np.uint32)
        self._starts = np.zeros((_PIECES, (1 << 16) + 1), np.uint32)
        for at in range(_PIECES):
            self._order[at] = np.argsort(pieces[:, at], kind="stable")
            counts = np.bincount(pieces[:, at], minlength=1 << 16)
            np.cumsum(counts, out=self._starts[at, 1:])

    def __len__(self) -> int:
        return len(self._hashes)

    def owners_of(self, frames: Hashes) -> NDArray[np.int64]:
        """One entry for each pair of frames that was found to be alike."""
        frames = np.ascontiguousarray(frames).reshape(-1, HASH_BYTES)
        mine, theirs = self._candidates(frames.view(np.uint16))
        differing = self._words.take(theirs, axis=0)
        differing ^= frames.view(np.uint64).take(mine, axis=0)
        distance = np.bitwise_count(differing).sum(axis=1)
        alike: NDArray[np.int64] = self._owners[theirs[distance <= MAX_DISTANCE_BITS]]
        return alike

    def _candidates(
        self, pieces: NDArray[np.uint16]
    ) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
        """Pairs that share a piece, all found at once: nothing here loops over frames."""
        closely = np.unique(np.linspace(0, len(pieces) - 1, _LOOKED_UP_CLOSELY).astype(np.intp))
        near = pieces[closely][:, :, None] ^ _AT_MOST_ONE_BIT
        # The even pieces of one frame, the odd ones of the next.
        some_rows = np.arange(len(pieces)).repeat(_PIECES // 2)
        some_at = np.tile(np.arange(_PIECES // 2) * 2, len(pieces)) + some_rows % 2
        rows = np.concatenate((some_rows, closely.repeat(_PIECES * 17)))
        at = np.concatenate((some_at, np.tile(np.arange(_PIECES).repeat(17), len(closely))))
        values = np.concatenate((pieces[some_rows, some_at], near.ravel())).astype(np.intp)
        begins = self._starts[at, values].astype(np.intp)
        counts = self._starts[at, values + 1] - begins
        there = counts > 0
        rows, at, begins, counts = rows[there], at[there], begins[there], counts[there]
        # Where each run of candidates begins in the answer, and from there one step at a time.
        skipped = begins + at * len(self._hashes) - (np.cumsum(counts) - counts)
        places = np.repeat(skipped, counts) + np.arange(counts.sum())
        return np.repeat(rows, counts), self._order.ravel()[places]


_AT_MOST_ONE_BIT = np.array([0, *(1 << bit for bit in range(16))], np.uint16)


class KnownFrames:
    """The index of this process, brought up to date before every look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest_pk = 0
        self._sorted = FrameIndex(np.empty((0, HASH_BYTES), np.uint8), np.empty(0, np.int64))
        self._hashes: list[Hashes] = []
        self._owners: list[NDArray[np.int64]] = []
        self._tail = self._sorted

    def videos_near(self, frames: Hashes) -> list[int]:
        """Those that hold a frame like one of these; those with the most such frames first."""
        with self._lock:
            self._catch_up()
            indexes = (self._sorted, self._tail)
        found = np.concatenate(
            [
                index.owners_of(frames[begin : begin + _AT_ONCE])
                for index in indexes
                for begin in range(0, len(frames), _AT_ONCE)
            ]
        )
        owners, counts = np.unique(found, return_counts=True)
        most_first: list[int] = owners[np.argsort(-counts, kind="stable")].tolist()
        return most_first

    def _catch_up(self) -> None:
        new = VideoPrint.objects.filter(pk__gt=self._latest_pk).order_by("pk")
        rows = list(new.values_list("pk", "video_id", "hashes"))
        if not rows:
            return
        self._latest_pk = rows[-1][0]
        for _, video_pk, hashes in rows:
            array = unpacked(hashes)
            self._hashes.append(array)
            self._owners.append(np.full(len(array), video_pk, np.int64))
        waiting = sum(map(len, self._hashes)) - len(self._sorted)
        if waiting > _TAIL_FRAMES:
            self._sorted = FrameIndex(np.concatenate(self._hashes), np.concatenate(self._owners))
            self._hashes = [self._sorted._hashes]
            self._owners = [self._sorted._owners]
            self._tail = FrameIndex(np.empty((0, HASH_BYTES), np.uint8), np.empty(0, np.int64))
        else:
            begin = 1 if len(self._sorted) else 0
            self._tail = FrameIndex(
                np.concatenate(self._hashes[begin:]), np.concatenate(self._owners[begin:])
            )


known_frames = KnownFrames()


@dataclass(frozen=True, slots=True)
class Alike:
    other_pk: int
    share: float  # of this video's frames
    other_share: float  # of the other's
    frames: int


def match(video: Video) -> list[Match]:
    """Keep this video's hashes, and propose what it looks like. Said twice, it changes nothing."""
    finding = video.findings.order_by("-pk").first()
    if finding is None:
        return []
    with transaction.atomic():
        print_of = keep_print(finding) if erasing.will_stay(video) else None
    if print_of is None:
        return []
    found = list(_alike(print_of))  # takes its time, in which a person may ask to be forgotten
    with transaction.atomic():
        if not erasing.will_stay(video):
            return []
        made = [_propose(video, alike) for alike in found]
    others = (_other_than(video, each) for each in made if each.dismissed_at is None)
    if any(_is_decided(other_pk) for other_pk in others):
        open_case(video, CaseReason.Kind.NEAR_DUPLICATE)
    return made


def keep_print(finding: Finding) -> VideoPrint | None:
    """None where too few frames are rich enough to be told apart."""
    seen = Seen.from_document(finding.document)
    hashes = [
        bytes.fromhex(frame.hash_hex)
        for frame in seen.fingerprint.pdq
        if frame.quality >= MIN_QUALITY
    ]
    if len(hashes) < MIN_FRAMES:
        return None
    kept, _ = VideoPrint.objects.get_or_create(
        video=finding.video, defaults={"hashes": b"".join(hashes), "frames": len(hashes)}
    )
    return kept


def matches_of(video: Video) -> list[Match]:
    """What is proposed of it, in both directions; nothing that was switched off."""
    rows = (
        Match.objects.filter(Q(video=video) | Q(other=video), dismissed_at=None)
        .exclude(video__bank_entry__bank=BankEntry.Bank.IGNORED)
        .exclude(other__bank_entry__bank=BankEntry.Bank.IGNORED)
        .select_related("video__case__decision", "other__case__decision")
        .select_related("video__bank_entry", "other__bank_entry")
    )
    return list(rows.order_by("-share")[:20])


def unpacked(hashes: bytes | memoryview) -> Hashes:
    return np.frombuffer(bytes(hashes), np.uint8).reshape(-1, HASH_BYTES)


def _alike(mine: VideoPrint) -> Iterable[Alike]:
    frames = unpacked(mine.hashes)
    near = [pk for pk in known_frames.videos_near(frames) if pk != mine.video_id]
    ignored = BankEntry.objects.filter(bank=BankEntry.Bank.IGNORED, video__in=near[:_MOST_VIDEOS])
    compared = VideoPrint.objects.filter(video__in=near[:_MOST_VIDEOS])
    for other in compared.exclude(video__in=ignored.values("video")):
        theirs = unpacked(other.hashes)
        alike = _alike_in_both(frames, theirs)
        count = int(alike[0].sum())
        share, other_share = count / len(frames), float(alike[1].mean())
        if count >= MIN_FRAMES and max(share, other_share) >= MIN_SHARE:
            yield Alike(other.video_id, round(share, 4), round(other_share, 4), count)


def _alike_in_both(mine: Hashes, theirs: Hashes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each frame of either, whether the other video holds one like it."""
    their_words = np.ascontiguousarray(theirs).view(np.uint64)
    held_by_them = np.zeros(len(mine), np.bool_)
    held_by_me = np.zeros(len(theirs), np.bool_)
    for begin in range(0, len(mine), _AT_ONCE):
        words = np.ascontiguousarray(mine[begin : begin + _AT_ONCE]).view(np.uint64)
        distance = np.bitwise_count(words[:, None] ^ their_words[None]).sum(axis=2)
        near = distance <= MAX_DISTANCE_BITS
        held_by_them[begin : begin + _AT_ONCE] = near.any(axis=1)
        held_by_me |= near.any(axis=0)
    return held_by_them, held_by_me


def _propose(video: Video, alike: Alike) -> Match:
    """A pair is one proposal, whichever of the two was looked at again: so it is dismissed once."""
    before = Match.objects.filter(video=alike.other_pk, other=video).first()
    if before is not None:
        return before
    facts = {"share": alike.share, "other_share": alike.other_share, "frames": alike.frames}
    made, _ = Match.objects.update_or_create(video=video, other_id=alike.other_pk, defaults=facts)
    return made


def _other_than(video: Video, match: Match) -> int:
    return match.video_id if match.other_id == video.pk else match.other_id


def _is_decided(video_pk: int) -> bool:
    return (
        Case.objects.filter(video=video_pk, decision__isnull=False).exists()
        or BankEntry.objects.filter(video=video_pk).exclude(bank=BankEntry.Bank.IGNORED).exists()
    )
