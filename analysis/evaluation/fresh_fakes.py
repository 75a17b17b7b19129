"""How well does a bundle find seams that it never saw, on people that it never saw?

    python -m analysis.evaluation.fresh_fakes --bundle mobilenet_v2_gru --crops crops/ --out out/

Clips of held-in people and a pseudo-fake of each, made with a seed that no training uses, go
through the same views and codecs; with ``--undelivered`` they are also looked at before codecs and
uploads, in rows of their own. With ``--redrawn`` the fakes are the same faces as a network draws
them that training never met (``redraw --for-measuring``). This says whether training worked, not
how good a bundle is on anybody's real fakes: for that there is ``evaluate``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arguments import at_least_one, said_in_one_line
from analysis.evaluation.calibration_fit import allowed_by
from analysis.evaluation.evaluate import machine
from analysis.evaluation.observation import AS_IS, Observation, write_observations
from analysis.evaluation.observe import blurriness
from analysis.evaluation.results_table import add_result
from analysis.evaluation.summarise import summarise
from analysis.evaluation.wording import as_text
from analysis.finding import Outcome, Reason
from analysis.models.bundles import Bundle, file_sha256, load_bundle
from analysis.training.feed import REDRAWN, REDRAWN_FOR_MEASURING, Faces, draw_clip
from analysis.training.manifest import read_manifest

SEED = 7_919
# A few recordings are long; more clips of one person would say little more of people.
CLIPS_OF_A_GROUP = 2
UNDELIVERED = "undelivered"
BLENDED, DRAWN = "fresh-pseudo-fakes", "drawn-by-another-network"


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    with said_in_one_line("fresh_fakes"):
        bundle = load_bundle(args.bundle, threads=args.threads)
    observations = list(
        observed(
            bundle,
            crops=args.crops,
            split=args.split,
            clips=args.clips,
            undelivered=args.undelivered,
            redrawn=args.redrawn,
        )
    )
    summary = {
        "bundle": bundle.name,
        "version": bundle.version,
        "data": {
            "name": args.name or (DRAWN if args.redrawn else BLENDED),
            "manifest_sha256": file_sha256(args.crops / "manifest.csv"),
            "split": args.split,
        },
        **summarise(
            observations,
            thresholds=bundle.thresholds,
            allowed=allowed_by(bundle.card),
        ),
        "speed": None,
        "made_with": machine("openvino", args.threads),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    write_observations(args.out / "observations.jsonl", observations)
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    (args.out / "summary.json").write_text(text + "\n", encoding="utf-8")
    if args.results:
        add_result(args.results, summary)
    print(as_text(summary))  # noqa: T201
    return 0


def observed(
    bundle: Bundle, *, crops: Path, split: str, clips: int, undelivered: bool, redrawn: bool
) -> Iterator[Observation]:
    with said_in_one_line("fresh_fakes"):
        sources = [s for s in read_manifest(crops / "manifest.csv") if s.split == split]
    folder, manipulation = REDRAWN, "pseudo-fake"
    if redrawn:
        folder, manipulation = REDRAWN_FOR_MEASURING, "redrawn"
        sources = [s for s in sources if (crops / folder / f"{s.id}.npz").exists()]
        if not sources:
            raise SystemExit("no faces were drawn again: run redraw --for-measuring first")
    present = sorted({source.set for source in sources if source.label == "real"})
    with said_in_one_line("fresh_fakes"):
        faces = Faces(crops, sources, dict.fromkeys(present, 1.0), redrawn=folder)
    for number, group in drawn_fairly(faces, clips=clips):
        pairs = draw_clip(
            faces,
            np.random.default_rng((SEED, number)),
            frames=bundle.contract.frames_per_clip,
            side_px=bundle.contract.side_px,
            donor_share=0.0 if redrawn else 0.5,
            redrawn_share=1.0 if redrawn else 0.0,
        )
        seen = {AS_IS: [(pair.real, pair.fake) for pair in pairs]}
        if undelivered:
            seen[UNDELIVERED] = [pair.made for pair in pairs]
        for degradation, frames in seen.items():
            both = zip(("", manipulation), zip(*frames, strict=True), strict=True)
            for made_by, images in both:
                yield _observation(
                    np.stack(images),
                    bundle=bundle,
                    id=f"clip-{number:04}",
                    group=group,
                    manipulation=made_by,
                    degradation=degradation,
                )


def drawn_fairly(faces: Faces, *, clips: int) -> Iterator[tuple[int, str]]:
    """(number of the clip, whose face it is), no more than CLIPS_OF_A_GROUP of anybody."""
    possible = CLIPS_OF_A_GROUP * len(set(faces.groups))
    if clips > possible:
        raise SystemExit(f"no more than {possible} clips can be drawn, {clips} were asked for")
    drawn: Counter[str] = Counter()
    number = 0
    while drawn.total() < clips:
        # The clip's first draw, made here as well, says whose face it is.
        source, _ = faces.draw(np.random.default_rng((SEED, number)))
        group = faces.groups[source]
        if drawn[group] < CLIPS_OF_A_GROUP:
            drawn[group] += 1
            yield number, group
        number += 1


def _observation(
    crops: NDArray[np.uint8],
    *,
    bundle: Bundle,
    id: str,
    group: str,
    manipulation: str,
    degradation: str,
) -> Observation:
    evidence = bundle.score_faces(crops)
    logit = bundle.score_clip(evidence.features, np.ones(len(crops), dtype=np.bool_))
    probability = bundle.calibration.clip.probability(logit)
    limits = bundle.thresholds
    outcome = Outcome.INCONCLUSIVE
    if probability >= limits.likely_manipulated_at:
        outcome = Outcome.LIKELY_MANIPULATED
    elif probability < limits.no_manipulation_below:
        outcome = Outcome.NO_MANIPULATION_FOUND
    return Observation(
        id=f"{id}-{'fake' if manipulation else 'real'}",
        file="",
        set="held-in people",
        label=int(bool(manipulation)),
        group=group,
        manipulation=manipulation,
        degradation=degradation,
        outcome=outcome,
        reason=Reason.BORDERLINE if outcome is Outcome.INCONCLUSIVE else None,
        problem=None,
        fake_probability=round(probability, 4),
        logit=round(logit, 5),
        mean_logit=float(evidence.frame_logits.mean()),
        frame_logits=tuple(round(float(value), 5) for value in evidence.frame_logits),
        face_px=None,
        blur=blurriness(crops),
        seconds=0.0,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--crops", type=Path, required=True, help="made by training.prepare")
    parser.add_argument("--split", default="holdin")
    parser.add_argument(
        "--clips", type=at_least_one, default=100, help="as many as the results are of"
    )
    parser.add_argument("--undelivered", action="store_true", help="before codecs as well")
    parser.add_argument("--redrawn", action="store_true", help="fakes that a network drew")
    parser.add_argument("--name", help=f"of the results: {BLENDED} or {DRAWN} unless given")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--results", type=Path)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
