"""Whatever is in a file, the answer is a problem with a code, and this process is untouched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from analysis.errors import AnalysisFault, VideoProblem
from analysis.media import read
from analysis.media.limits import MediaLimits
from analysis.media.read import Frame, read_frames
from analysis.media.windows import SamplingPlan
from analysis.sandbox import Sandbox, SandboxLimits
from tests.media.clips import numbered_frame, write_clip

PLAN = SamplingPlan(windows=3, frames_per_window=4, spacing_s=0.08)


def problem_of(path: Path, limits: MediaLimits | None = None) -> str:
    with (
        pytest.raises(VideoProblem) as met,
        read_frames(path, plan=PLAN, limits=limits or MediaLimits()) as items,
    ):
        list(items)
    return met.value.code


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "good.mp4", [numbered_frame(number) for number in range(50)])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="text"),
        pytest.param(bytes(100_000), id="zeros"),
        pytest.param(np.random.default_rng(1).bytes(100_000), id="noise"),
        pytest.param(b"ffconcat version 1.0\nfile '/etc/hostname'\n", id="a list of other files"),
        pytest.param(
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", id="a playlist"
        ),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="a drawing"),
    ],
)
def test_what_is_no_video_is_corrupt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(content)

    assert problem_of(path) == "content.corrupt"


def test_an_animated_webp_is_of_another_kind_and_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "waving.webp"
    animation = cv2.Animation()
    animation.frames = [numbered_frame(number) for number in range(5)]
    animation.durations = [80] * 5
    cv2.imwriteanimation(str(path), animation)

    assert problem_of(path) == "content.unsupported_kind"


def test_what_is_longer_than_it_claims_is_too_long_all_the_same(tmp_path: Path) -> None:
    piece = write_clip(tmp_path / "piece.ts", [numbered_frame(number) for number in range(50)])
    piece.write_bytes(piece.read_bytes() * 3)

    assert problem_of(piece, MediaLimits(max_duration_s=5)) == "content.too_long"


def test_a_file_that_is_not_there_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "nothing.mp4") == "content.corrupt"


def test_a_file_cut_off_before_its_index_is_corrupt(good: Path) -> None:
    good.write_bytes(good.read_bytes()[:2000])

    assert problem_of(good) == "content.corrupt"


def test_a_damaged_stretch_does_not_hide_the_rest(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "damaged.ts",
        [numbered_frame(number) for number in range(100)],
        options={"g": "10"},
    )
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : third + 20_000] = np.random.default_rng(2).bytes(20_000)
    path.write_bytes(content[: len(content)])

    with read_frames(path, plan=PLAN, limits=MediaLimits()) as items:
        frames = [item for item in items if isinstance(item, Frame)]
    assert len(frames) >= 4


def test_sound_alone_has_no_video_stream(tmp_path: Path) -> None:
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 44_100), dtype=np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    assert problem_of(path) == "content.no_video_stream"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (MediaLimits(max_bytes=100), "content.too_large"),
        (MediaLimits(max_pixels=1000), "content.too_large"),
        (MediaLimits(max_duration_s=1), "content.too_long"),
    ],
)
def test_more_than_is_allowed_is_refused(good: Path, limits: MediaLimits, code: str) -> None:
    assert problem_of(good, limits) == code


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets one of the wicked children do the decoding."""

    def set_to(deed: str) -> None:
        monkeypatch.setattr(read, "_child", lambda *_: wicked(deed))

    def wicked(deed: str) -> Sandbox:
        return Sandbox(
            f"tests.media.wicked_child:{deed}",
            {},
            limits=SandboxLimits(wall_s=60, cpu_s=2, memory_bytes=1 << 30, silence_s=5.0),
            readable=(Path(__file__).parents[1],),
        )

    return set_to


@pytest.mark.parametrize("deed", ["crash", "allocate", "babble"])
def test_a_decoder_that_goes_wrong_is_the_files_fault(
    good: Path, decoder: Callable[[str], None], deed: str
) -> None:
    decoder(deed)

    assert problem_of(good) == "content.corrupt"


@pytest.mark.parametrize("deed", ["hang", "spin"])
def test_a_decoder_that_takes_too_long_says_nothing_of_the_file(
    good: Path, decoder: Callable[[str], None], deed: str
) -> None:
    decoder(deed)

    assert problem_of(good) == "service.timeout"


def test_a_decoder_that_the_machine_kills_says_nothing_of_the_file(
    good: Path, decoder: Callable[[str], None]
) -> None:
    decoder("lose_the_last_memory")

    with pytest.raises(AnalysisFault, match="killed"):
        problem_of(good)


def test_a_bug_of_ours_is_not_blamed_on_the_file(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "asdict", lambda limits: {"unknown": 1})

    with (
        pytest.raises(AnalysisFault),
        read_frames(good, plan=PLAN, limits=MediaLimits()) as items,
    ):
        list(items)


def test_leaving_early_ends_the_child_and_its_thread(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "long.mp4", [numbered_frame(n, width=640, height=360) for n in range(200)]
    )
    before = threading.active_count()
    with (
        pytest.raises(KeyError),
        read_frames(path, plan=SamplingPlan(20, 4, 0.08), limits=MediaLimits()) as items,
    ):
        next(items)
        raise KeyError("enough")

    assert threading.active_count() == before


def test_a_picture_that_grows_on_the_way_is_not_decoded_beyond_the_limit(tmp_path: Path) -> None:
    parts = []
    for begins_s, (width, height) in ((0, (320, 180)), (2, (1280, 720))):
        frames = [numbered_frame(number, width=width, height=height) for number in range(50)]
        times_s = [begins_s + number / 25 for number in range(50)]
        part = tmp_path / f"{width}.ts"
        parts.append(write_clip(part, frames, times_s=times_s, format_name="mpegts").read_bytes())
    grows = tmp_path / "grows.ts"
    grows.write_bytes(b"".join(parts))

    def widths(limits: MediaLimits) -> set[int]:
        with read_frames(grows, plan=PLAN, limits=limits) as items:
            return {item.image.shape[1] for item in items if isinstance(item, Frame)}

    assert widths(MediaLimits()) == {320, 1280}
    assert widths(MediaLimits(max_pixels=640 * 360)) == {320}
