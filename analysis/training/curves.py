"""The curves of a run as one picture: losses above, figures on faces not learnt from below."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH_PX, PANEL_PX, LEFT_PX = 720, 220, 56
COLOURS = ("#1f5fa8", "#c2541b", "#3b7d3b", "#7a4fa3", "#8a6d1d", "#444444")
LOSSES = ("frame_logit_loss", "seam_map_loss", "features_loss", "grid_0_loss", "grid_1_loss")
FIGURES = ("holdin_frame_auc", "video_auc", "frame_auc", "video_blur_auc")

Lines = Mapping[str, Sequence[tuple[float, float]]]


def draw_curves(run: Path) -> None:
    panels = [
        ("loss", _lines(run / "history.jsonl", LOSSES)),
        ("area under the curve", _lines(run / "monitor.jsonl", FIGURES)),
    ]
    drawn = [
        _panel(title, lines, top=number * PANEL_PX)
        for number, (title, lines) in enumerate(panels)
        if any(lines.values())
    ]
    (run / "curves.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" '
        f'height="{PANEL_PX * len(panels)}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'
    )


def _lines(path: Path, names: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {
        name: [(row["step"], row[name]) for row in rows if row.get(name) is not None]
        for name in names
    }


def _panel(title: str, lines: Lines, *, top: int) -> str:
    points = [point for line in lines.values() for point in line]
    last = max(step for step, _ in points) or 1
    low, high = min(value for _, value in points), max(value for _, value in points)
    span = (high - low) or 1.0
    bottom, height, width = top + PANEL_PX - 28, PANEL_PX - 56, WIDTH_PX - LEFT_PX - 170

    def place(step: float, value: float) -> str:
        return f"{LEFT_PX + width * step / last:.1f},{bottom - height * (value - low) / span:.1f}"

    parts = [f'<text x="{LEFT_PX}" y="{top + 16}" font-weight="bold">{title}</text>']
    for share in (0.0, 0.5, 1.0):
        y = bottom - height * share
        parts.append(
            f'<line x1="{LEFT_PX}" x2="{LEFT_PX + width}" y1="{y}" y2="{y}" stroke="#ddd"/>'
            f'<text x="{LEFT_PX - 6}" y="{y + 4}" text-anchor="end">{low + span * share:.3f}</text>'
        )
    parts.append(f'<text x="{LEFT_PX + width}" y="{bottom + 16}" text-anchor="end">{last:g}</text>')
    drawn = [(name, line) for name, line in lines.items() if line]
    for (name, line), colour in zip(drawn, COLOURS, strict=False):
        path = " ".join(place(*point) for point in line)
        y = top + 40 + 16 * drawn.index((name, line))
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
            f'<text x="{LEFT_PX + width + 10}" y="{y}" fill="{colour}">'
            f"{name} {line[-1][1]:.3f}</text>"
        )
    return "".join(parts)
