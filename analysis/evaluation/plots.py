"""Curves as inline SVG: no library, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

SIDE, EDGE = 320, 44
COLOURS = ("#0b66c3", "#d1495b", "#2a9d55", "#8a63d2", "#b8860b")


def curve_plot(
    *,
    title: str,
    x: str,
    y: str,
    curves: Mapping[str, Sequence[tuple[float, float]]],
    diagonal: bool = False,
    points: bool = False,
) -> str:
    """Curves over the unit square, each named in the legend."""
    parts = [
        f'<svg viewBox="0 0 {SIDE + 2 * EDGE} {SIDE + 2 * EDGE + 18 * len(curves)}" '
        f'role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<text x="{EDGE}" y="22" class="plot-title">{escape(title)}</text>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        px, py = _place(tick, tick)
        parts += [
            f'<line x1="{px:.1f}" y1="{EDGE}" x2="{px:.1f}" y2="{EDGE + SIDE}" class="grid"/>',
            f'<line x1="{EDGE}" y1="{py:.1f}" x2="{EDGE + SIDE}" y2="{py:.1f}" class="grid"/>',
            f'<text x="{px:.1f}" y="{EDGE + SIDE + 16}" class="tick">{tick:g}</text>',
            f'<text x="{EDGE - 6}" y="{py + 4:.1f}" class="tick end">{tick:g}</text>',
        ]
    if diagonal:
        parts.append(_line([(0, 0), (1, 1)], "#8888", "4 4"))
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(_line(curve, colour, ""))
        if points:
            parts += [
                f'<circle cx="{_place(*p)[0]:.1f}" cy="{_place(*p)[1]:.1f}" r="3.5" '
                f'fill="{colour}"/>'
                for p in curve
            ]
        row = EDGE + SIDE + 46 + 18 * number
        parts += [
            f'<rect x="{EDGE}" y="{row - 9}" width="14" height="4" fill="{colour}"/>',
            f'<text x="{EDGE + 20}" y="{row - 3}" class="legend">{escape(name)}</text>',
        ]
    parts += [
        f'<text x="{EDGE + SIDE / 2}" y="{EDGE + SIDE + 31}" class="tick">{escape(x)}</text>',
        f'<text transform="translate(13 {EDGE + SIDE / 2}) rotate(-90)" class="tick">'
        f"{escape(y)}</text>",
        "</svg>",
    ]
    return "".join(parts)


def _place(x: float, y: float) -> tuple[float, float]:
    return EDGE + x * SIDE, EDGE + (1 - y) * SIDE


def _line(curve: Sequence[tuple[float, float]], colour: str, dashes: str) -> str:
    path = " ".join(f"{_place(*point)[0]:.1f},{_place(*point)[1]:.1f}" for point in curve)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
