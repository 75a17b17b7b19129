"""A summary as text: what is printed after an evaluation."""

from __future__ import annotations

from typing import Any

SCORE_NAMES = {
    "shipped": "as shipped",
    "mean_of_frames": "mean of frames",
    "blur_alone": "blurriness alone",
}


def number(value: float | None, digits: int = 3) -> str:
    return "too few" if value is None else f"{value:.{digits}f}"


def share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def span(pair: Any, digits: int = 3) -> str:
    return "–" if pair is None else f"{pair[0]:.{digits}f} to {pair[1]:.{digits}f}"


def as_text(summary: dict[str, Any]) -> str:
    rows, told = summary["rows"], summary["at_thresholds"]
    lines = [
        f"{summary['version']} on {summary['data']['name']}: {rows['real']} real, "
        f"{rows['fake']} fake",
        "",
        "video AUC        interval (95 %, by group)   AP      EER     fake above its real",
    ]
    for key, name in SCORE_NAMES.items():
        line = summary["video"][key]
        if line:
            won = line["fake_above_its_real"]
            lines.append(
                f"  {name:<16} {number(line['auc'])}  {span(line['auc_interval']):<16} "
                f"{number(line['average_precision'])}  {number(line['equal_error_rate'])}  "
                f"{won['won']} of {won['groups']}"
            )
    frames = summary["frames"]
    if frames:
        lines.append(
            f"  {'single frames':<16} {number(frames['auc'])}  "
            f"{span(frames['auc_interval']):<16} {number(frames['average_precision'])}  "
            f"{number(frames['equal_error_rate'])}  ({frames['n']} frames)"
        )
    lines += ["", f"what people are told (likely manipulated at {told['likely_manipulated_at']}, "]
    lines[-1] += f"no manipulation found below {told['no_manipulation_below']})"
    for name, counts in told["confusion"].items():
        said = ", ".join(f"{outcome} {count}" for outcome, count in counts.items())
        lines.append(f"  {name}: {said or 'none'}")
    lines += [
        f"  called likely manipulated: {share(told['real_called_likely_manipulated'])} of real "
        f"({span(told['real_called_likely_manipulated_interval'])}), "
        f"{share(told['fake_called_likely_manipulated'])} of fake",
        f"  where answered: accuracy {share(told['accuracy_where_answered'])}, balanced "
        f"{share(told['balanced_accuracy_where_answered'])}; forced at one half: "
        f"{share(told['accuracy_at_one_half'])}, balanced "
        f"{share(told['balanced_accuracy_at_one_half'])}",
        "  fakes found at false-positive rates: "
        + ", ".join(f"{key}: {number(v)}" for key, v in summary["tpr_at_fpr"].items()),
        "  precision at prevalence: "
        + ", ".join(f"{k}: {share(v)}" for k, v in summary["precision_at_prevalence"].items()),
        *_on_other_groups(summary["fitted_on_other_groups"]),
        "",
        f"coverage: {share(summary['coverage']['scored'])} scored, "
        f"{share(summary['coverage']['answered'])} answered "
        f"({', '.join(f'{k} {v}' for k, v in summary['coverage']['why'].items())})",
    ]
    for name, line in (summary["probability"] or {}).items():
        lines.append(
            f"probability {name.replace('_', ' '):<24} log loss {line['log_loss']:.3f}  "
            f"Brier {line['brier']:.3f}  ECE {line['calibration_error']:.3f} "
            f"(chance alone: {line['calibration_error_if_right']:.3f})"
        )
    for title in ("by_set", "by_manipulation", "by_face_width", "by_degradation"):
        lines += _slices(title, summary[title])
    for name, line in summary["flips"].items():
        lines.append(
            f"  {name}: {share(line['to_the_opposite'])} to the opposite verdict, "
            f"{share(line['to_anything_else'])} to any other"
        )
    if summary["speed"]:
        s = summary["speed"]
        lines.append(
            f"speed: median {s['median_s']} s a video, p95 {s['p95_s']} s, "
            f"peak memory {s['peak_memory_mb']} MB ({s['n']} videos)"
        )
    return "\n".join(lines)


def _on_other_groups(told: dict[str, float] | None) -> list[str]:
    if told is None:
        return []
    return [
        "  thresholds fitted on other groups: likely manipulated "
        f"{share(told['real_called_likely_manipulated'])} of real and "
        f"{share(told['fake_called_likely_manipulated'])} of fake, nothing found in "
        f"{share(told['fake_called_no_manipulation_found'])} of fake, "
        f"{share(told['answered'])} answered"
    ]


def _slices(title: str, slices: dict[str, Any]) -> list[str]:
    lines = ["", title.replace("_", " ")]
    for name, line in slices.items():
        lines.append(
            f"  {name:<24} {line['real']:>4} real {line['fake']:>4} fake  "
            f"AUC {number(line['auc'])} ({span(line['auc_interval'])})  "
            f"real called {share(line['real_called_likely_manipulated'])}, "
            f"fake called {share(line['fake_called_likely_manipulated'])}"
        )
    return lines if slices else []
