"""How cost grows and what a deployment needs: a page with plots, from the results of one run.

    python -m tests.bench.cost FOLDER        with the results.json of ``--out FOLDER`` in it

Every number on the page is measured or computed there, in the open, from measured ones.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

_RATES = (1, 10, 1000)
_USED_SHARE = 0.7
_FILE_MB = 20
_WIDTH, _HEIGHT, _EDGE = 420, 220, 46


@dataclass(frozen=True)
class Curve:
    """``values`` by what was varied; ``unit`` ends the name of what was measured."""

    name: str
    title: str
    along: str
    unit: str
    values: Mapping[float, float]


def write_page(folder: Path) -> bool:
    """COST.md and its plots; False where rows that it needs were not measured."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    curves = curves_of(results)
    if not curves:
        return False
    for curve in curves:
        (folder / f"cost-{curve.name}.svg").write_text(plot(curve), encoding="utf-8")
    page = _page(results, {curve.name: curve for curve in curves})
    (folder / "COST.md").write_text(page, encoding="utf-8")
    return True


def curves_of(results: dict[str, Any]) -> list[Curve]:
    rows = list(_rows(results))
    found = [
        Curve("length", "Processor time by length", "minutes of video", "cpu_s",
              _values(rows, "length", "cpu_s", ending=" min")),
        Curve("faces", "Processor time by faces", "faces in view", "cpu_s",
              _values(rows, "faces", "cpu_s", ending=" face")),
        Curve("resolution", "Processor time by size", "lines of the picture", "cpu_s",
              _values(rows, "resolution", "cpu_s", ending=" lines")),
        Curve("workers", "Throughput by workers", "workers of one thread", "checks_per_minute",
              _values(rows, "workers", "checks_per_minute", ending=" worker")),
    ]  # fmt: skip
    return [curve for curve in found if curve.values]


def plot(curve: Curve) -> str:
    """A standalone picture that reads on white and on black."""
    points = sorted(curve.values.items())
    top = max(value for _, value in points) * 1.15
    last = len(points) - 1 or 1
    places = [
        (
            _EDGE + (_WIDTH - 2 * _EDGE) * number / last,
            _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * value / top,
        )
        for number, (_, value) in enumerate(points)
    ]
    grey = 'fill="#808080" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(curve.title)}">',
        f'<text x="{_EDGE}" y="20" {grey}>{escape(f"{curve.title}, {curve.unit}")}</text>',
        f'<line x1="{_EDGE}" y1="{_HEIGHT - _EDGE}" x2="{_WIDTH - _EDGE}" '
        f'y2="{_HEIGHT - _EDGE}" stroke="#808080"/>',
        f'<polyline fill="none" stroke="#2f7ed8" stroke-width="2" points="'
        f'{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>',
        f'<text x="{_WIDTH / 2:g}" y="{_HEIGHT - 8}" text-anchor="middle" {grey}>'
        f"{escape(curve.along)}</text>",
    ]
    for (x, y), (along, value) in zip(places, points, strict=True):
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#2f7ed8"/>',
            f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle" {grey}>{value:.3g}</text>',
            f'<text x="{x:.1f}" y="{_HEIGHT - _EDGE + 16}" text-anchor="middle" {grey}>'
            f"{along:g}</text>",
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rows(results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for first in results["rows"]:
        yield first
        yield from first.get("also", ())


def _values(rows: list[dict[str, Any]], row: str, unit: str, *, ending: str) -> dict[float, float]:
    """Of every side of that row's comparisons: the number that its name begins with."""
    found: dict[float, float] = {}
    for one in rows:
        if one["row"].partition(",")[0] != row:
            continue
        for side in (one["ours"], one["other"]):
            number, _, rest = side["what"].partition(" ")
            if unit in side and f" {rest}".startswith(ending) and number.isdecimal():
                found[float(number)] = float(side[unit])
    return found


def _page(results: dict[str, Any], curves: Mapping[str, Curve]) -> str:
    machine = results["machine"]
    parts = [
        "# How cost grows\n",
        f"From one run of the benchmark on {machine['cores']} cores of {machine['processor']}, "
        f"bundle {machine['bundle']}, load before {machine['load_before']}. Processor time is "
        "that of the check and of its guarded children, on all cores together. A busy machine "
        "spoils the throughput first. `python -m tests.bench.cost` writes this page.\n",
    ]
    for curve in curves.values():
        low, high = min(curve.values), max(curve.values)
        times = curve.values[high] / curve.values[low]
        parts.append(
            f"![{curve.title}](cost-{curve.name}.svg)\n\n"
            f"From {low:g} to {high:g} {curve.along}: {times:.2f} times the {curve.unit}.\n"
        )
    needs = _needs(results, curves)
    return "\n".join([*parts, *needs])


def _needs(results: dict[str, Any], curves: Mapping[str, Curve]) -> list[str]:
    """What so many checks a minute take, with the machines busy to seven tenths."""
    clip = next((row for row in _rows(results) if row["row"] == "clip"), None)
    length = curves.get("length")
    memory_mb = _values(list(_rows(results)), "length", "peak_mb", ending=" min")
    if clip is None or length is None or not memory_mb:
        return []
    costs = {"10 s": clip["ours"]["cpu_s"]}
    costs |= {f"{minutes:g} min": cpu_s for minutes, cpu_s in sorted(length.values.items())}
    worker_mb = max(memory_mb.values())
    lines = [
        "## What a deployment needs\n",
        f"Cores = checks a minute x processor seconds / 60 / {_USED_SHARE:g}, rounded up; one "
        f"analysing worker with one thread a core, each {worker_mb:.0f} MB at its peak with its "
        f"decoder. Network = checks a minute x {_FILE_MB} MB. Videos asked for again cost none of "
        "this.\n",
        "| checks a minute | " + " | ".join(f"cores, {name} videos" for name in costs)
        + " | memory of the workers, 10 s videos | network |",
        "|---|" + "---|" * (len(costs) + 2),
    ]  # fmt: skip
    for rate in _RATES:
        cores = [math.ceil(rate * cpu_s / 60 / _USED_SHARE) for cpu_s in costs.values()]
        lines.append(
            f"| {rate} | {' | '.join(map(str, cores))} | {cores[0] * worker_mb / 1000:.1f} GB "
            f"| {rate * _FILE_MB * 8 / 60:.3g} Mbit/s |"
        )
    return [*lines, ""]


if __name__ == "__main__":
    raise SystemExit(0 if write_page(Path(sys.argv[1])) else "nothing in it that a page needs")
