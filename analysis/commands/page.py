"""One HTML page with everything in it: it can be sent by mail and opened without a network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from analysis.commands.words import verdict_sentence, why_not_judged
from analysis.errors import Problem
from analysis.finding import Finding, Picture, Track
from analysis.models.bundles import Bundle

_WIDTH, _HEIGHT = 640, 90
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid #8886; padding: 1rem 0 2rem; }
h2 { overflow-wrap: anywhere; font-size: 1.15rem; margin: .2rem 0; }
.verdict { font-size: 1.1rem; font-weight: 600; }
.likely_manipulated { color: light-dark(#a8200d, #ff9579); }
figure { display: inline-block; margin: .3rem .3rem .3rem 0; text-align: center; }
figcaption, small { opacity: .75; font-size: .8rem; }
img { border-radius: .3rem; display: block; width: 96px; height: 96px; }
svg { width: 100%; height: auto; background: #8881; border-radius: .3rem; }
polyline { fill: none; stroke: currentColor; stroke-width: 2; }
line { stroke: #c33; stroke-dasharray: 4 4; }
rect { fill: #c333; }
"""
_HEAD = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
)


class Page:
    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._articles: list[str] = []

    def add(
        self, *, name: str, finding: Finding | None, problem: Problem | None, evidence: Path
    ) -> None:
        title = f"<h2>{escape(name.encode(errors='replace').decode())}</h2>"
        if finding is None:
            sentence = problem.sentence if problem else "It could not be looked at."
            self._articles.append(f'{title}<p class="verdict">Not judged: {escape(sentence)}</p>')
            return
        probability = (
            f" fake probability {finding.fake_probability:.2f}"
            if finding.fake_probability is not None
            else ""
        )
        verdict = escape(verdict_sentence(finding).capitalize())
        self._articles.append(
            f'{title}<p class="verdict {finding.outcome}">{verdict}.{probability}</p>'
            + "".join(self._track(track, finding, evidence) for track in finding.tracks)
        )

    def write(self, path: Path) -> None:
        articles = "".join(f"<article>{article}</article>\n" for article in self._articles)
        path.write_text(
            f"{_HEAD}<title>Faces looked at</title>\n<style>{_STYLE}</style>\n"
            f"<h1>Faces looked at</h1>\n{articles}"
            "<p><small>A score is a reason to look closer. It is no proof, neither of "
            "manipulation nor of its absence. "
            f"Judged with {escape(self._bundle.version)}.</small></p>\n</html>\n",
            encoding="utf-8",
        )

    def _track(self, track: Track, finding: Finding, evidence: Path) -> str:
        score = (
            f"fake probability {track.fake_probability:.2f}"
            if track.fake_probability is not None
            else f"not judged: {why_not_judged(track)}"
        )
        moving = finding.media.kind == "video"
        seen = (
            f"seen from {track.first_seen_s:.1f} to {track.last_seen_s:.1f} s, "
            f"{track.frames_used} of {track.frames_seen} frames used, "
            if moving
            else ""
        )
        return (
            f"<h3>Face {track.number}</h3><p>{escape(score)}; {seen}"
            f"{track.median_width_px:.0f} pixels wide</p>"
            + self._timeline(track, finding)
            + _figures(track.strip, evidence, moving=moving)
            + ("<p>Where the score comes from:</p>" if track.heat_maps else "")
            + _figures(track.heat_maps, evidence, moving=moving)
        )

    def _timeline(self, track: Track, finding: Finding) -> str:
        duration_s = finding.media.duration_s or 0.0
        if len(track.timeline) < 2 or duration_s <= 0:
            return ""

        def x(at_s: float) -> float:
            return min(1.0, at_s / duration_s) * _WIDTH

        def y(probability: float) -> float:
            return _HEIGHT - 5 - probability * (_HEIGHT - 10)

        points = " ".join(
            f"{x(score.at_s):.1f},{y(score.fake_probability):.1f}" for score in track.timeline
        )
        marked = "".join(
            f'<rect x="{x(part.start_s):.1f}" y="0" height="{_HEIGHT}" '
            f'width="{max(2.0, x(part.end_s) - x(part.start_s)):.1f}"/>'
            for part in track.suspicious
        )
        level = y(self._bundle.thresholds.likely_among(finding.faces_judged))
        return (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label="Score over time, 0 to {duration_s:.1f} seconds">{marked}'
            f'<line x1="0" x2="{_WIDTH}" y1="{level:.1f}" y2="{level:.1f}"/>'
            f'<polyline points="{points}"/></svg>'
        )


def _figures(pictures: Sequence[Picture], evidence: Path, *, moving: bool) -> str:
    return "".join(_figure(picture, evidence, moving=moving) for picture in pictures)


def _figure(picture: Picture, evidence: Path, *, moving: bool) -> str:
    encoded = base64.b64encode((evidence / picture.name).read_bytes()).decode()
    alt = f"Face at {picture.at_s:.1f} seconds" if moving else "Face"
    at = f"<figcaption>{picture.at_s:.1f} s</figcaption>" if moving else ""
    return f'<figure><img alt="{alt}" src="data:image/webp;base64,{encoded}">{at}</figure>'
