"""What one row is: two things measured in turn in one run, and their ratio."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from analysis.sandbox import nursery


@dataclass
class Measured:
    """One quantity, several times. ``unit`` ends the names under which it is written down.

    ``cpu_s`` is the processor time of this process and its children: on a busy machine it says
    more than the clock does.
    """

    what: str
    unit: str = "wall_s"
    values: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "what": self.what,
            self.unit: significant(self.median),
            f"{self.unit}_least": significant(min(self.values)),
            f"{self.unit}_most": significant(max(self.values)),
            "runs": len(self.values),
        }
        if self.cpu_s:
            document["cpu_s"] = significant(statistics.median(self.cpu_s))
        return document


@dataclass(frozen=True)
class Comparison:
    """``wanted`` is the ratio to reach, as it would be said: "at least 6" or "at most 3"."""

    row: str
    ours: Measured
    other: Measured
    ratio_is: Literal["other / ours", "ours / other"]
    wanted: str = ""

    @property
    def ratio(self) -> float:
        if self.ratio_is == "other / ours":
            return self.other.median / self.ours.median
        return self.ours.median / self.other.median

    @property
    def cpu_ratio(self) -> float | None:
        if not (self.ours.cpu_s and self.other.cpu_s):
            return None
        ours, other = statistics.median(self.ours.cpu_s), statistics.median(self.other.cpu_s)
        if not (ours and other):  # less than the clock of the system can tell
            return None
        return other / ours if self.ratio_is == "other / ours" else ours / other

    @property
    def kept(self) -> bool | None:
        if not self.wanted:
            return None
        which, _, bound = self.wanted.rpartition(" ")
        return self.ratio >= float(bound) if which == "at least" else self.ratio <= float(bound)

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "row": self.row,
            "ours": self.ours.document(),
            "other": self.other.document(),
            "ratio": significant(self.ratio),
            "ratio_is": self.ratio_is,
        }
        if self.cpu_ratio is not None:
            document["cpu_ratio"] = significant(self.cpu_ratio)
        if self.wanted:
            document |= {"wanted": self.wanted, "kept": self.kept}
        return document


def in_turn(runs: int, *things: tuple[Measured, Callable[[], object]]) -> None:
    """Each thing once a round, so that whatever else the machine does meets all of them alike."""
    for _ in range(runs):
        for measured, do in things:
            cpu_before, began_at = cpu_s(), time.perf_counter()
            do()
            measured.values.append(time.perf_counter() - began_at)
            measured.cpu_s.append(cpu_s() - cpu_before)


def cpu_s() -> float:
    """Processor time so far of this process and of the children that it has waited for."""
    spent = os.times()
    children = spent.children_user + spent.children_system + nursery.used.cpu_s
    return spent.user + spent.system + children


def significant(value: float) -> float:
    return float(f"{value:.3g}")


def table(comparisons: Sequence[Comparison]) -> str:
    """GitHub's kind of table: median, and in brackets the least and the most."""
    lines = [
        "| row | ours | other | ratio | of processor time | wanted |",
        "|---|---|---|---|---|---|",
    ]
    for one in comparisons:
        cpu = "" if one.cpu_ratio is None else f"{one.cpu_ratio:.2f}"
        kept = "" if one.kept is None else f"{one.wanted}: {'kept' if one.kept else 'MISSED'}"
        lines.append(
            f"| {one.row} | {_cell(one.ours)} | {_cell(one.other)} "
            f"| {one.ratio:.2f} ({one.ratio_is}) | {cpu} | {kept} |"
        )
    return "\n".join(lines)


def _cell(measured: Measured) -> str:
    spread = ""
    if len(measured.values) > 1:
        spread = f" ({min(measured.values):.3g} to {max(measured.values):.3g})"
    return f"{measured.what}: **{measured.median:.3g}** {measured.unit}{spread}"
