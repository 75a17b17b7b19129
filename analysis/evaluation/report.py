"""The evaluation as one HTML file: figures, curves, tables, and the worst mistakes to look at.

It shows faces of the data that was evaluated, so it stays where that data may be.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.evaluation import metrics
from analysis.evaluation.observation import AS_IS, Observation
from analysis.evaluation.plots import curve_plot
from analysis.evaluation.summarise import SCORES
from analysis.evaluation.wording import SCORE_NAMES, as_text, number, share, span
from analysis.finding import Outcome

FACE_PX = 112
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
.plots svg { flex: 1 1 20rem; max-width: 26rem; }
svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
svg .plot-title { font-weight: 600; font-size: 14px; } svg .grid { stroke: #8883; }
svg .tick { text-anchor: middle; } svg .end { text-anchor: end; }
.strip img { display: block; max-width: 100%; } pre { overflow-x: auto; }
"""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One video and some of its faces (n x side x side x 3, RGB)."""

    observation: Observation
    faces: NDArray[np.uint8]

    @property
    def error(self) -> float:
        return abs((self.observation.fake_probability or 0.0) - self.observation.label)


def write_report(
    path: Path,
    *,
    summary: dict[str, Any],
    rows: Sequence[Observation],
    mistakes: Sequence[Mistake],
) -> None:
    title = f"{summary['version']} on {summary['data']['name']}"
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}</title>",
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>",
        "<div class='plots'>",
        *_plots(summary, [row for row in rows if row.degradation == AS_IS]),
        "</div>",
        "<h2>What people are told</h2>",
        _confusion(summary["at_thresholds"]["confusion"]),
        *(
            f"<h2>{name.replace('_', ' ').capitalize()}</h2>{_slices(summary[name])}"
            for name in ("by_set", "by_manipulation", "by_face_width", "by_degradation")
            if summary[name]
        ),
        "<h2>The worst mistakes</h2>",
        *(_strip(mistake) for mistake in mistakes if mistake.error > 0.5),
        f"<h2>All figures</h2><pre>{escape(as_text(summary))}</pre></html>",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def _plots(summary: dict[str, Any], rows: Sequence[Observation]) -> list[str]:
    labels = np.array([row.label for row in rows], dtype=np.int64)
    plots = []
    if labels.any() and not labels.all():
        curves = {}
        for key, name in SCORE_NAMES.items():
            scores = np.array([SCORES[key](row) for row in rows], dtype=np.float64)
            fpr, tpr = metrics.roc(labels, scores)
            auc = number(metrics.auc(labels, scores))
            curves[f"{name}, AUC {auc}"] = list(zip(fpr, tpr, strict=True))
        plots.append(
            curve_plot(
                title="Fakes found against reals called fake",
                x="real called fake",
                y="fake found",
                curves=curves,
                diagonal=True,
            )
        )
        plots.append(
            curve_plot(
                title="Is a probability what it says?",
                x="said",
                y="was",
                curves={
                    name.replace("_", " "): [(p["said"], p["was"]) for p in line["reliability"]]
                    for name, line in (summary["probability"] or {}).items()
                },
                diagonal=True,
                points=True,
            )
        )
        risk = [(p["coverage"], p["risk"]) for p in summary["risk_against_coverage"]]
        plots.append(
            curve_plot(
                title="Errors if only the surest are answered",
                x="answered",
                y="wrong",
                curves={"as shipped": risk},
            )
        )
    return plots


def _confusion(confusion: dict[str, dict[str, int]]) -> str:
    outcomes = [*(str(outcome) for outcome in Outcome), "failed"]
    rows = [
        [name, *(str(counts.get(o, 0)) for o in outcomes)] for name, counts in confusion.items()
    ]
    return _table(["in truth", *(o.replace("_", " ") for o in outcomes)], rows)


def _slices(slices: dict[str, Any]) -> str:
    rows = [
        [
            name,
            str(line["real"]),
            str(line["fake"]),
            number(line["auc"]),
            span(line["auc_interval"]),
            share(line["real_called_likely_manipulated"]),
            share(line["fake_called_likely_manipulated"]),
            share(line["answered"]),
        ]
        for name, line in slices.items()
    ]
    return _table(
        ["", "real", "fake", "AUC", "95 %", "real called", "fake called", "answered"], rows
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{cells}</tr>{body}</table>"


def _strip(mistake: Mistake) -> str:
    told = mistake.observation
    faces = [
        cv2.resize(face, (FACE_PX, FACE_PX), interpolation=cv2.INTER_AREA) for face in mistake.faces
    ]
    picture = cv2.cvtColor(np.concatenate(faces, axis=1), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 80])
    encoded = base64.b64encode(data.tobytes()).decode()
    truth = "manipulated" if told.label else "not manipulated"
    words = f"{told.id}: {truth}, fake_probability {number(told.fake_probability)}, {told.outcome}"
    return (
        f"<figure class='strip'><img alt='' src='data:image/webp;base64,{encoded}'>"
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )
