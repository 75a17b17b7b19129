"""The geometry of the drawings."""

from __future__ import annotations

from analysis.finding import Box, FrameScore, Stretch
from detector_service.pages.plots import HEIGHT, WIDTH, dots, gauge, timeline
from detector_service.pages.templatetags.pages import clock, container, host, web_address

BOX = Box(0.1, 0.1, 0.2, 0.2)


def scores(*pairs: tuple[float, float]) -> list[FrameScore]:
    return [FrameScore(at_s, probability, BOX) for at_s, probability in pairs]


def drawn(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def test_the_timeline_spans_the_video_and_higher_is_more_suspicious() -> None:
    plot = timeline(
        scores=scores((0.0, 0.0), (5.0, 1.0), (10.0, 0.5)),
        suspicious=[Stretch(4.0, 6.0)],
        duration_s=10.0,
        limit=0.7,
    )
    assert plot is not None
    ((low, high, middle),) = [drawn(curve) for curve in plot.curves]
    assert (low[0], high[0], middle[0]) == (0.0, WIDTH / 2, WIDTH)
    assert 0 < high[1] < middle[1] < low[1] < HEIGHT
    assert (plot.bands[0].x, plot.bands[0].width) == (400.0, 200.0)
    assert plot.limit_y is not None
    assert high[1] < plot.limit_y < middle[1]


def test_a_face_that_was_away_leaves_a_break() -> None:
    seen = [(at / 2, 0.5) for at in range(8)] + [(20 + at / 2, 0.5) for at in range(8)]
    plot = timeline(scores=scores(*seen), suspicious=[], duration_s=30.0, limit=None)
    assert plot is not None
    assert len(plot.curves) == 2


def test_a_stretch_of_one_frame_is_still_seen() -> None:
    plot = timeline(
        scores=scores((0.0, 0.5), (600.0, 0.5)),
        suspicious=[Stretch(600.0, 600.0)],
        duration_s=600.0,
        limit=0.5,
    )
    assert plot is not None
    assert plot.bands[0].width >= 3
    assert plot.bands[0].x + plot.bands[0].width <= WIDTH


def test_a_picture_has_no_timeline() -> None:
    assert timeline(scores=scores((0.0, 0.9)), suspicious=[], duration_s=0.0, limit=0.7) is None


def test_the_gauge_covers_the_whole_scale() -> None:
    drawn_gauge = gauge(0.93, none_below=0.35, manipulated_from=0.7)
    assert drawn_gauge.none_below_x == 35.0
    assert drawn_gauge.between_width is not None
    assert drawn_gauge.manipulated_width is not None
    assert 35.0 + drawn_gauge.between_width + drawn_gauge.manipulated_width == 100.0
    assert drawn_gauge.needle_x == 93.0


def test_a_hundred_dots_with_the_wrong_ones_last() -> None:
    hundred = dots(52)
    assert len({(dot.x, dot.y) for dot in hundred}) == 100
    assert [dot.wrong for dot in hundred] == [False] * 48 + [True] * 52


def test_times_as_people_write_them() -> None:
    assert [clock(at_s) for at_s in (0, 3.46, 9.99, 61.4, 61.7, 3599.9, 3725)] == [
        "0:00.0", "0:03.5", "0:10.0", "1:01", "1:01", "59:59", "1:02:05",
    ]  # fmt: skip


def test_containers_as_people_know_them() -> None:
    assert container("mov,mp4,m4a,3gp,3g2,mj2") == "mp4"
    assert container("matroska,webm") == "webm"
    assert container("avi") == "avi"


def test_only_web_addresses_become_links() -> None:
    assert web_address("https://video.example/a") == "https://video.example/a"
    assert web_address("javascript:alert(1)") == ""
    assert web_address("data:text/html,x") == ""
    assert host("https://www.video.example:8443/a?b") == "www.video.example"
