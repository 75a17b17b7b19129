"""A thousand damaged files: each decodes or fails cleanly, and nothing outside is hurt."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np

from analysis.media.limits import MediaLimits
from analysis.sandbox import ChildDied, Sandbox, SandboxLimits
from tests.fetch.site.media import make_sound, make_video
from tests.media.tiled_photo import write_tiled_photo

FILES = 1_000
CLEAN = {
    "decoded",
    "content.corrupt",
    "content.no_video_stream",
    "content.too_large",
    "content.too_long",
}


def mutated(original: bytes, chance: random.Random) -> bytes:
    body = bytearray(original)
    kind = chance.randrange(5)
    if kind == 0:  # bits, anywhere
        for _ in range(chance.randint(1, 60)):
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    elif kind == 1:  # bytes, where containers keep their numbers
        for _ in range(chance.randint(1, 12)):
            body[chance.randrange(min(len(body), 900))] = chance.randrange(256)
    elif kind == 2:  # cut off
        del body[chance.randrange(8, len(body)) :]
    elif kind == 3:  # a part twice, or in another place
        start, end = sorted(chance.randrange(len(body)) for _ in range(2))
        at = chance.randrange(len(body))
        body[at:at] = body[start : min(end, start + 4000)]
    else:  # a number as large as it can be
        at = chance.randrange(len(body) - 4)
        body[at : at + 4] = chance.choice([b"\xff" * 4, b"\x7f\xff\xff\xff", bytes(4)])
    return bytes(body)


def test_a_thousand_damaged_files_decode_or_fail_cleanly(tmp_path: Path) -> None:
    small = {"width": 64, "height": 48, "frames": 6}
    photo = np.full((100, 160, 3), 90, np.uint8)
    originals = [
        make_video(**small),
        make_video(container="webm", codec="libvpx-vp9", **small),
        make_video(container="mpegts", **small),
        make_video(container="avi", codec="mpeg4", **small),
        make_video(container="mov", codec="mjpeg", **small),
        make_video(options={"movflags": "frag_keyframe+empty_moov"}, **small),
        make_sound(),
        write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=64).read_bytes(),
    ]
    chance = random.Random(20_261_026)
    paths = []
    for number in range(FILES):
        path = tmp_path / f"{number}"
        path.write_bytes(mutated(originals[number % len(originals)], chance))
        paths.append(str(path))

    outcomes: Counter[str] = Counter()
    waiting = paths
    while waiting:
        done, death = decode_in_child(waiting, tmp_path)
        outcomes.update(done)
        waiting = waiting[len(done) :]
        if death is not None:  # the file that it died over; the next child goes on after it
            outcomes[f"died: {death.reason}"] += 1
            waiting = waiting[1:]

    assert outcomes.total() == FILES
    unexpected = set(outcomes) - CLEAN - {"died: silence", "died: memory", "died: crash"}
    assert not unexpected
    assert outcomes["decoded"] > FILES // 10, "the damage is such that something is left to decode"
    assert outcomes["content.corrupt"] > FILES // 20


def decode_in_child(paths: list[str], folder: Path) -> tuple[list[str], ChildDied | None]:
    outcomes: list[str] = []
    child = Sandbox(
        "tests.fetch.mutants_child:decode_all",
        {"paths": paths, "limits": asdict(MediaLimits())},
        readable=(folder, Path(__file__).parents[1]),
        limits=SandboxLimits(wall_s=120, silence_s=10, cpu_s=110, memory_bytes=1 << 30),
    )
    with child:
        try:
            for message in filter(None, child.messages()):
                outcomes.append(message.header["outcome"])  # noqa: PERF401 - kept if it dies
        except ChildDied as death:
            return outcomes, death
    return outcomes, None
