"""Seen before? Frames are compared by PDQ hash; a match proposes and explains, a person decides.

Two frames are alike when at most 31 of 256 bits differ. Such hashes, cut into 16 pieces of 16
bits, have at least one piece with at most one differing bit; so a frame is looked up by 16 x 17
pieces, and only what lies there is compared in full. The database holds the truth, a row a video;
the index is made of it in memory and learns what was added since.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from analysis.finding import Finding as Seen
from detector_service.checks.models import Finding, Video
from detector_service.review.models import BankEntry, Case, CaseReason, Match, VideoPrint
from detector_service.review.opening import open_case

MAX_DISTANCE_BITS = 31
MIN_QUALITY = 50
MIN_SHARE = 0.8
MIN_FRAMES = 3
HASH_BYTES = 32
_PIECES = 16
_TAIL_FRAMES = 20_000  # compared one by one, until there are enough of them to sort anew

Hashes = NDArray[np.uint8]  # N x 32


class FrameIndex:
    """Which videos hold a frame like this one."""

    def __init__(self, hashes: Hashes, owners: NDArray[np.int64]) -> None:
        self._hashes = np.ascontiguousarray(hashes)
        self._words = self._hashes.view(np.uint64)
        self._owners = owners
        pieces = self._hashes.view(np.uint16)
        # For each piece the frames in its order, and where each of its 65,536 values begins.
        self._order = [
            np.argsort(pieces[:, at], kind="stable").astype(np.uint32) for at in range(_PIECES)
        ]
        self._starts = [
            np.concatenate(
                ([0], np.cumsum(np.bincount(pieces[:, at], minlength=1 << 16), dtype=np.int64))
            )
            for at in range(_PIECES)
        ]

    def __len__(self) -> int:
        return len(self._hashes)

    def owners_of(self, frame: Hashes) -> set[int]:
        candidates = self._candidates(frame.view(np.uint16))
        if not len(candidates):
            return set()
        distance = np.bitwise_count(self._words[candidates] ^ frame.view(np.uint64)).sum(axis=1)
        return set(self._owners[candidates[distance <= MAX_DISTANCE_BITS]].tolist())

    def _candidates(self, pieces: NDArray[np.uint16]) -> NDArray[np.uint32]:
        found = []
        for at in range(_PIECES):
            near = pieces[at] ^ _ONE_BIT_AWAY
            starts = self._starts[at]
            for begin, end in zip(starts[near].tolist(), starts[near + 1].tolist(), strict=True):
                if end > begin:
                    found.append(self._order[at][begin:end])
        return np.concatenate(found) if found else np.empty(0, np.uint32)


_ONE_BIT_AWAY = np.array([0, *(1 << bit for bit in range(16))], np.int32)


class KnownFrames:
    """The index of this process, brought up to date before every look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest_pk = 0
        self._sorted = FrameIndex(np.empty((0, HASH_BYTES), np.uint8), np.empty(0, np.int64))
        self._hashes: list[Hashes] = []
        self._owners: list[NDArray[np.int64]] = []
        self._tail = self._sorted

    def videos_with(self, frames: Hashes) -> dict[int, int]:
        """How many of these frames each video holds."""
        with self._lock:
            self._catch_up()
            indexes = (self._sorted, self._tail)
        held: dict[int, int] = defaultdict(int)
        for frame in frames:
            for owner in set().union(*(index.owners_of(frame) for index in indexes)):
                held[owner] += 1
        return held

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
    print_of = keep_print(finding)
    if print_of is None:
        return []
    made = [_propose(video, alike) for alike in _alike(print_of)]
    if any(_is_decided(each.other_id) for each in made if each.dismissed_at is None):
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
    held = known_frames.videos_with(frames)
    held.pop(mine.video_id, None)
    enough = {pk: count for pk, count in held.items() if count >= MIN_FRAMES}
    ignored = set(
        BankEntry.objects.filter(bank=BankEntry.Bank.IGNORED, video__in=enough).values_list(
            "video", flat=True
        )
    )
    others = VideoPrint.objects.filter(video__in=enough.keys() - ignored)
    for other in others:
        count = enough[other.video_id]
        share = count / len(frames)
        other_share = _share_held(unpacked(other.hashes), frames)
        if max(share, other_share) >= MIN_SHARE:
            yield Alike(other.video_id, round(share, 4), round(other_share, 4), count)


def _share_held(frames: Hashes, by: Hashes) -> float:
    words = np.ascontiguousarray(by).view(np.uint64)
    found = sum(
        bool((np.bitwise_count(words ^ frame).sum(axis=1) <= MAX_DISTANCE_BITS).any())
        for frame in np.ascontiguousarray(frames).view(np.uint64)
    )
    return found / len(frames)


def _propose(video: Video, alike: Alike) -> Match:
    facts = {"share": alike.share, "other_share": alike.other_share, "frames": alike.frames}
    made, _ = Match.objects.update_or_create(video=video, other_id=alike.other_pk, defaults=facts)
    return made


def _is_decided(video_pk: int) -> bool:
    return (
        Case.objects.filter(video=video_pk, decision__isnull=False).exists()
        or BankEntry.objects.filter(video=video_pk).exclude(bank=BankEntry.Bank.IGNORED).exists()
    )
