"""What the report shows of each face, worked out before a template sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from analysis.finding import Finding, FrameScore, Picture, Stretch, Track
from detector_service.checks import words
from detector_service.pages.plots import Timeline, timeline

PictureUrl = Callable[[Picture], str]


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture of a face, plain or with a heat map on it, and what it scored just then."""

    at_s: float
    url: str
    width_px: int
    height_px: int
    fake_probability: float | None
    high: bool


@dataclass(frozen=True, slots=True)
class Face:
    number: int
    fake_probability: float | None
    high: bool
    why_not_judged: str
    first_seen_s: float
    last_seen_s: float
    median_width_px: float
    timeline: Timeline | None
    scores: tuple[FrameScore, ...]
    highest: FrameScore | None
    suspicious: tuple[Stretch, ...]
    moments: tuple[Moment, ...]
    heat_maps: tuple[Moment, ...]
    hottest: Moment | None
    shown: Moment | None  # beside the hottest, the picture from nearest that time


def faces(finding: Finding, *, limit: float | None, url_of: PictureUrl) -> tuple[Face, ...]:
    """The most suspicious first, those that were not judged last."""
    ordered = sorted(
        finding.tracks,
        key=lambda track: (
            track.fake_probability is None,
            -(track.fake_probability or 0.0),
            track.number,
        ),
    )
    duration_s = finding.media.duration_s or 0.0
    return tuple(
        _face(track, duration_s=duration_s, limit=limit, url_of=url_of) for track in ordered
    )


def boxes(face: Face, *, limit: float | None) -> list[dict[str, float | bool]]:
    """For the player: where the face was, and whether it looked suspicious just then."""
    return [
        {"at_s": score.at_s, "high": _is_high(score.fake_probability, limit), **asdict(score.box)}
        for score in face.scores
    ]


def _face(track: Track, *, duration_s: float, limit: float | None, url_of: PictureUrl) -> Face:
    def moment(picture: Picture) -> Moment:
        score = min(track.timeline, key=lambda score: abs(score.at_s - picture.at_s), default=None)
        probability = None if score is None else score.fake_probability
        return Moment(
            at_s=picture.at_s,
            url=url_of(picture),
            width_px=picture.width_px,
            height_px=picture.height_px,
            fake_probability=probability,
            high=_is_high(probability, limit),
        )

    moments = tuple(moment(picture) for picture in track.strip)
    heat_maps = tuple(moment(picture) for picture in track.heat_maps)
    hottest = max(heat_maps or moments, key=lambda each: each.fake_probability or 0.0, default=None)
    shown = min(
        moments, key=lambda each: abs(each.at_s - (hottest.at_s if hottest else 0.0)), default=None
    )
    judged = track.fake_probability is not None
    return Face(
        number=track.number,
        fake_probability=track.fake_probability,
        high=_is_high(track.fake_probability, limit),
        why_not_judged="" if track.reason is None else words.why_not_judged(track),
        first_seen_s=track.first_seen_s,
        last_seen_s=track.last_seen_s,
        median_width_px=track.median_width_px,
        timeline=timeline(
            scores=track.timeline, suspicious=track.suspicious, duration_s=duration_s, limit=limit
        )
        if judged
        else None,
        scores=track.timeline,
        highest=max(track.timeline, key=lambda score: score.fake_probability, default=None),
        suspicious=track.suspicious,
        moments=moments,
        heat_maps=heat_maps,
        hottest=hottest if heat_maps else None,
        shown=shown,
    )


def _is_high(probability: float | None, limit: float | None) -> bool:
    return probability is not None and limit is not None and probability >= limit
