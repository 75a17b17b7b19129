"""How good is a bundle, measured as it serves?

    python -m analysis evaluate --bundle mobilenet_v2_gru --manifest m.csv --root data/ --out out/

Looks at every row of the manifest with the service's own pipeline, prints what a serious
evaluation prints, and writes observations.jsonl, summary.json and report.html into ``--out``.
With ``--results`` the summary also joins the table of all bundles. Crops and cut or degraded
footage are kept in ``--cache``, so doing it again takes seconds and gives the same numbers.
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib.metadata
import json
import platform
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arguments import said_in_one_line
from analysis.evaluation.calibration_fit import allowed_by
from analysis.evaluation.degrade import ALL, STANDARD, Degradation
from analysis.evaluation.observation import Observation, write_observations
from analysis.evaluation.observe import Seen, observe
from analysis.evaluation.report import Mistake, write_report
from analysis.evaluation.results_table import add_result
from analysis.evaluation.summarise import summarise
from analysis.evaluation.wording import as_text
from analysis.models.bundles import Bundle, file_sha256, load_bundle, usable_cores
from analysis.training.manifest import Source, read_manifest

WORST_SHOWN = 12


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    with said_in_one_line("evaluate"):
        bundle = load_bundle(args.bundle, runtime=args.runtime, threads=args.threads)
        sources = chosen(read_manifest(args.manifest), files=args.files, split=args.split)
        if not sources:
            raise ValueError("no row of the manifest is left to look at")
        degradations = named_degradations(args.degradations)
    observations, mistakes = look(
        sources,
        bundle=bundle,
        root=args.root,
        degradations=degradations,
        cache=args.cache,
        fresh=args.fresh,
        say=_say_on_terminal,
    )
    summary = {
        "bundle": bundle.name,
        "version": bundle.version,
        "data": {
            "name": args.name or args.manifest.stem,
            "manifest_sha256": file_sha256(args.manifest),
            "files": args.files,
            "split": args.split,
        },
        **summarise(
            [o for o, _ in observations],
            thresholds=bundle.thresholds,
            allowed=allowed_by(bundle.card),
        ),
        "speed": speed(observations),
        "made_with": machine(args.runtime, args.threads),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    write_observations(args.out / "observations.jsonl", [o for o, _ in observations])
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    (args.out / "summary.json").write_text(text + "\n", encoding="utf-8")
    plain = [o for o, _ in observations if o.judged]
    write_report(args.out / "report.html", summary=summary, rows=plain, mistakes=mistakes)
    if args.results:
        add_result(args.results, summary)
    print(as_text(summary))  # noqa: T201
    print(f"\nreport: {args.out / 'report.html'}")  # noqa: T201
    return 0


def chosen(sources: Sequence[Source], *, files: str, split: str | None) -> list[Source]:
    return [
        source
        for source in sources
        if fnmatch.fnmatch(source.file, files) and split in (None, source.split)
    ]


def named_degradations(names: str) -> list[Degradation]:
    if names == "none":
        return []
    if names in ("standard", "all"):
        return [ALL[name] for name in (STANDARD if names == "standard" else ALL)]
    unknown = [name for name in names.split(",") if name not in ALL]
    if unknown:
        raise ValueError(f"unknown degradation {', '.join(unknown)}; there are {', '.join(ALL)}")
    return [ALL[name] for name in names.split(",")]


def look(
    sources: Sequence[Source],
    *,
    bundle: Bundle,
    root: Path,
    degradations: Sequence[Degradation],
    cache: Path,
    fresh: bool,
    say: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[tuple[Observation, bool]], list[Mistake]]:
    """Each observation and whether it was looked at now; the worst mistakes with their faces."""
    observations: list[tuple[Observation, bool]] = []
    mistakes: list[Mistake] = []
    work: list[tuple[Source, Degradation | None]] = [(source, None) for source in sources]
    work += [(source, degradation) for degradation in degradations for source in sources]
    for done, (source, degradation) in enumerate(work, start=1):
        observed = observe(
            source,
            bundle=bundle,
            root=root,
            degradation=degradation,
            cache=cache,
            fresh=fresh,
        )
        if observed is not None:
            observation, seen = observed
            observations.append((observation, seen.looked_now))
            if degradation is None:
                mistakes = _worst([*mistakes, *_mistake(observation, seen)])
        say(done, len(work))
    return observations, mistakes


def _mistake(observation: Observation, seen: Seen) -> list[Mistake]:
    if observation.track is None:
        return []
    faces = seen.crops[observation.track]
    spread = np.linspace(0, len(faces) - 1, min(6, len(faces))).round().astype(int)
    return [Mistake(observation, faces[spread])]


def _worst(mistakes: list[Mistake]) -> list[Mistake]:
    return sorted(mistakes, key=lambda m: (-m.error, m.observation.id))[:WORST_SHOWN]


def speed(observations: Sequence[tuple[Observation, bool]]) -> dict[str, Any] | None:
    """Only of what was looked at in this run; what came from the cache says nothing of now."""
    seconds = [observation.seconds for observation, looked_now in observations if looked_now]
    if not seconds:
        return None
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "n": len(seconds),
        "median_s": round(float(np.median(seconds)), 2),
        "p95_s": round(float(np.percentile(seconds, 95)), 2),
        "peak_memory_mb": round(peak_kib / 1024),
    }


def machine(runtime: str, threads: int | None) -> dict[str, Any]:
    packages = ("numpy", "openvino", "opencv-python-headless", "av")
    return {
        "runtime": runtime,
        "threads": threads or usable_cores(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }


def _say_on_terminal(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 25 == 0 or done == total:
        print(f"{done} of {total}", file=sys.stderr)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bundle", required=True, help="a shipped bundle's name, or a folder")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True, help="what its files are relative to")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", help="what to call this data; the manifest's name by default")
    parser.add_argument("--files", default="*", help="only rows whose file fits, as videos/*")
    parser.add_argument("--split", help="only rows of this split")
    parser.add_argument(
        "--degradations", default="none", help=f"none, standard, all, or of: {', '.join(ALL)}"
    )
    parser.add_argument("--cache", type=Path, default=Path(".cache/evaluation"))
    parser.add_argument("--fresh", action="store_true", help="look again, as for timing")
    parser.add_argument("--runtime", choices=["openvino", "tensorflow"], default="openvino")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--results", type=Path, help="add to the table of all bundles here")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
