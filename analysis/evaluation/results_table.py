"""The figures of all bundles in one table, made from what ``evaluate`` wrote, never by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.evaluation.wording import number, share, span

HEAD = """# Results

Made by `python -m analysis evaluate … --results`; do not edit. AUC is over videos, its 95 %
interval draws whole groups with replacement. "mean" is the mean of frames by the same encoder,
"blur" is blurriness alone on the same crops. "told" is the share called likely manipulated. Where
both classes are there, thresholds and probabilities (ECE) are fitted on other groups than those
judged; where there are only real videos, they are the shipped ones, and a bundle may have learned
from some of those videos: its card says what it learned from. Data that is called left out was kept
from the bundle in its row, which says what the same recipe makes of people that it never saw.
"""
COLUMNS = (
    "bundle",
    "real",
    "fake",
    "AUC",
    "95 %",
    "mean",
    "blur",
    "frames",
    "fake above its real",
    "real told",
    "fake told",
    "answered",
    "ECE",
)


def add_result(folder: Path, summary: dict[str, Any]) -> None:
    """Keep one summary by bundle and data, and write the table anew."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{summary['data']['name']}--{summary['bundle']}.json"
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    (folder / name).write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(table(folder), encoding="utf-8")


def table(folder: Path) -> str:
    summaries = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    parts = [HEAD]
    for data in sorted({summary["data"]["name"] for summary in summaries}):
        here = [summary for summary in summaries if summary["data"]["name"] == data]
        here.sort(key=lambda s: (-(_auc(s) or 0.0), s["bundle"]))
        parts.append(f"\n## {data}\n\n{_row(COLUMNS)}{_row(['---'] * len(COLUMNS))}")
        parts += [_row(_cells(summary)) for summary in here]
    return "".join(parts)


def _auc(summary: dict[str, Any]) -> float | None:
    shipped = summary["video"]["shipped"]
    return shipped["auc"] if shipped else None


def _cells(summary: dict[str, Any]) -> list[str]:
    video = summary["video"]
    told = summary["fitted_on_other_groups"] or {
        **summary["at_thresholds"],
        "answered": summary["coverage"]["answered"],
    }
    shipped = video["shipped"] or {"auc": None, "auc_interval": None, "fake_above_its_real": None}
    won = shipped["fake_above_its_real"]
    fitted = (summary["probability"] or {}).get("fitted_on_other_groups")
    both = summary["rows"]["real"] and summary["rows"]["fake"]
    return [
        f"`{summary['version']}`",
        str(summary["rows"]["real"]),
        str(summary["rows"]["fake"]),
        number(shipped["auc"]) if both else "–",
        span(shipped["auc_interval"]) if both else "–",
        number(video["mean_of_frames"]["auc"]) if both and video["mean_of_frames"] else "–",
        number(video["blur_alone"]["auc"]) if both and video["blur_alone"] else "–",
        number(summary["frames"]["auc"]) if both and summary["frames"] else "–",
        f"{won['won']} of {won['groups']}" if won and won["groups"] else "–",
        share(told["real_called_likely_manipulated"]),
        share(told["fake_called_likely_manipulated"]),
        share(told["answered"]),
        number(fitted["calibration_error"]) if fitted and both else "–",
    ]


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |\n"
