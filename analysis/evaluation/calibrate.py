"""Give a bundle its calibration and thresholds, fitted on whole held-out videos.

    python -m analysis.evaluation.calibrate --bundle analysis/bundles/mobilenet_v2_gru \\
        --manifest m.csv --root data/ --files 'videos/*' --split validation --split holdin

The card then says what was fitted on what, and what it measured where calibration and thresholds
came from other groups than the ones judged. A calibration does not hold for other footage or for
generators that were not there: that is why the card names the data. One good tool's swaps alone
would teach a bundle to be sure of nothing, and pseudo-fakes alone to be too sure: give both.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arguments import said_in_one_line
from analysis.evaluation.calibration_fit import (
    USUALLY_ALLOWED,
    Allowed,
    Band,
    cross_fitted,
    fit_band,
    fit_logistic,
)
from analysis.evaluation.evaluate import look
from analysis.evaluation.many_faces import told_among_faces
from analysis.evaluation.metrics import calibration_error
from analysis.evaluation.observation import AS_IS, Observation, read_observations
from analysis.evaluation.summarise import SCORES, outcome_rates, ranking, told_on_other_groups
from analysis.models.bundles import Calibration, bundle_folder, load_bundle, read_card, write_card
from analysis.training.manifest import read_manifest


@dataclass(frozen=True, slots=True)
class Fitted:
    clip: Calibration
    frame: Calibration
    band: Band


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    from analysis.evaluation.evaluate import chosen

    with said_in_one_line("calibrate"):
        folder = bundle_folder(args.bundle)
        bundle = load_bundle(folder, threads=args.threads)
        rows = read_manifest(args.manifest)
        observed = [o for path in args.also for o in read_observations(path)]
    sources = [
        s for split in args.split or [None] for s in chosen(rows, files=args.files, split=split)
    ]
    looked, _ = look(
        sources, bundle=bundle, root=args.root, degradations=[], cache=args.cache, fresh=False
    )
    observations = fitted_on([*(observation for observation, _ in looked), *observed])
    allowed = Allowed(args.false_positive_rate, args.miss_rate)
    fitted = fit(observations, allowed)
    card = write_card(folder, with_fit(read_card(folder), fitted, observations, allowed))
    load_bundle(folder, threads=args.threads)
    print(f"{card['version']}: {card['thresholds']}\n{card['measured']}")  # noqa: T201
    return 0


def fitted_on(observations: Sequence[Observation]) -> list[Observation]:
    """What was judged and as it came: a degraded row is a clip that is there already."""
    return [o for o in observations if o.judged and o.degradation == AS_IS]


def fit(observations: Sequence[Observation], allowed: Allowed) -> Fitted:
    """The logistic of clips, that of frames, and the thresholds that keep to what is ``allowed``.

    Thresholds are set on probabilities that came from other groups, else they would be as sure
    of themselves as the fit is.
    """
    labels = np.array([o.label for o in observations], dtype=np.int64)
    logits = np.array([o.logit for o in observations], dtype=np.float64)
    if not labels.any() or labels.all():
        raise SystemExit("calibration needs real and fake videos with a judged face")
    held_out = cross_fitted(labels, logits, [o.group for o in observations])
    if not held_out.complete:
        raise SystemExit("calibration needs real and fake videos of more groups than these")
    counts = [len(o.frame_logits) for o in observations]
    frames = np.concatenate([np.array(o.frame_logits) for o in observations])
    return Fitted(
        clip=fit_logistic(labels, logits),
        frame=fit_logistic(np.repeat(labels, counts), frames),
        band=fit_band(labels, held_out.probabilities, allowed),
    )


def with_fit(
    card: dict[str, Any],
    fitted: Fitted,
    observations: Sequence[Observation],
    allowed: Allowed,
) -> dict[str, Any]:
    labels = np.array([o.label for o in observations], dtype=np.int64)
    logits = np.array([o.logit for o in observations], dtype=np.float64)
    held_out = cross_fitted(labels, logits, [o.group for o in observations])
    sets = Counter(f"{o.set}, {'fake' if o.label else 'real'}" for o in observations)
    card = {**card}
    card["calibration"] = {"clip": asdict(fitted.clip), "frame": asdict(fitted.frame)}
    card["thresholds"] = {
        **card["thresholds"],
        "likely_manipulated_at": fitted.band.likely_at,
        "no_manipulation_below": fitted.band.clear_below,
        "rise_with_faces": fitted.band.rise,
    }
    card["calibrated_on"] = {
        "videos": dict(sorted(sets.items())),
        "false_positive_rate_at_most": allowed.false_positive_rate,
        "miss_rate_at_most": allowed.miss_rate,
        "holds_for": "footage and manipulations like these, and for no others",
    }
    card["measured"] = {
        "how": "calibration and thresholds from other groups than those judged",
        **{name: ranking(observations, of) for name, of in SCORES.items()},
        "told": told_on_other_groups(observations, allowed),
        "outcome_rates": outcome_rates(observations, allowed),
        "among_faces": told_among_faces(observations, allowed),
        "calibration_error": calibration_error(labels, held_out.probabilities),
    }
    return card


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate < 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: 0.05 is 5 in 100")
    return rate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--files", default="*")
    parser.add_argument("--split", action="append", help="may be given more than once")
    parser.add_argument(
        "--also",
        type=Path,
        action="append",
        default=[],
        metavar="OBSERVATIONS",
        help="clips that fresh_fakes looked at with this bundle",
    )
    parser.add_argument("--cache", type=Path, default=Path(".cache/evaluation"))
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--false-positive-rate", type=_rate, default=USUALLY_ALLOWED.false_positive_rate
    )
    parser.add_argument("--miss-rate", type=_rate, default=USUALLY_ALLOWED.miss_rate)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
