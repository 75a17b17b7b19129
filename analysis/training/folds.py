"""Cross-fitting: manifests that each leave some recordings out, all of them once.

    python -m analysis.training.folds --manifest crops/manifest.csv --sets GRID --out folds/

A bundle trained by ``train --manifest folds/1.csv`` has never seen what stands there as ``test``,
and ``evaluate --manifest folds/1.csv --split test`` judges just that. Over all folds, every
recording of the sets that was trained on is judged by a model that it did not teach.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.arguments import said_in_one_line
from analysis.training.manifest import (
    Source,
    joined_groups,
    read_manifest,
    refuse_leakage,
    write_manifest,
)


def folds(sources: Sequence[Source], *, sets: Collection[str], count: int) -> list[list[Source]]:
    """Recordings that a person joins stay together; each set is dealt out evenly."""
    joined = joined_groups(sources)
    dealt: dict[str, int] = {}
    for source in sorted(sources, key=lambda source: (source.set, joined[source.group])):
        if source.split == "train" and source.set in sets:
            dealt.setdefault(joined[source.group], len(dealt) % count)
    found = []
    for number in range(count):
        fold = [
            replace(source, split="test") if dealt.get(joined[source.group]) == number else source
            for source in sources
        ]
        refuse_leakage(fold)
        found.append(fold)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="with splits, as prepare left")
    parser.add_argument("--sets", nargs="+", required=True, help="whose recordings are dealt out")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with said_in_one_line("folds"):
        sources = read_manifest(args.manifest)
    unknown = set(args.sets) - {source.set for source in sources}
    if unknown or args.folds < 2:
        parser.error(
            f"no such set: {', '.join(sorted(unknown))}" if unknown else "two folds at least"
        )
    args.out.mkdir(parents=True, exist_ok=True)
    made = folds(sources, sets=args.sets, count=args.folds)
    for number, fold in enumerate(made, start=1):
        path = args.out / f"{number}.csv"
        write_manifest(path, fold)
        left_out = sum(source.split == "test" for source in fold)
        print(f"{path}: {left_out} left out")


if __name__ == "__main__":
    main()
