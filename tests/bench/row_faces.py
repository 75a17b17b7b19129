"""What more faces cost: none, one, two and four of one size, in frames of one size; and how much
less than as many pictures one picture of a crowd costs."""

from __future__ import annotations

from functools import partial

from tests.bench.clips import picture_of, with_faces
from tests.bench.measure import Comparison, Measured, in_turn
from tests.bench.warm import warm_check

_FACES = (0, 1, 2, 4)
_CROWD = (12, 10)


def measure(runs: int) -> list[Comparison]:
    check = warm_check()
    costs = {count: Measured(f"{count} face{'' if count == 1 else 's'}") for count in _FACES}
    clips = {count: with_faces(count) for count in _FACES}
    for clip in clips.values():
        check(clip)
    in_turn(runs, *((costs[count], partial(check, clips[count])) for count in _FACES))
    crowd, alone = Measured("a picture of 120 faces"), Measured("a picture of one")
    many, one = picture_of(*_CROWD), picture_of(1, 1)
    for picture in (many, one):
        check(picture)
    in_turn(runs, (crowd, partial(check, many)), (alone, partial(check, one)))
    return [
        Comparison("faces" if count == 4 else f"faces, {count}", costs[count], costs[1],
                   "ours / other")
        for count in (4, 2, 0)
    ] + [Comparison("crowd", crowd, alone, "ours / other")]  # fmt: skip
