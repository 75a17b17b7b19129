"""From labelled pictures and videos to face crops that training can read quickly.

    python -m analysis.training.prepare --manifest m.csv --root data/ --out crops/
    python -m analysis.training.prepare --layout dfdc --root dfdc/ --out crops/

Resumable: a source whose crops are there is not looked at again; one that could not be read is.
Parallel over sources. What was lost, and why, is counted in ``counts.json`` and printed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.arguments import at_least_one, said_in_one_line
from analysis.faces.crop import Image, crop_face
from analysis.faces.detect import find_faces
from analysis.media.upright import is_mirrored, rotation_deg, upright
from analysis.training.crop_store import (
    STORED_MARGIN,
    STORED_SIDE_MAX_PX,
    StoredCrop,
    write_crops,
)
from analysis.training.datasets import LAYOUTS, Listing
from analysis.training.landmarks import Landmarker, mean_points, model_in
from analysis.training.manifest import (
    Source,
    read_manifest,
    refuse_doubles,
    refuse_leakage,
    split_by_group,
    write_manifest,
)

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
FRAMES_MAX = 64
FRAME_STEP_MIN_S = 0.12
FACE_MIN_PX = 40
LONGEST_FRAME_PX = 1920
HOLD_IN = 0.1

FindPoints = Callable[[Image, float], NDArray[np.float32] | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    source: Source
    crops: int
    lost: dict[str, int]


def prepare(
    sources: Sequence[Source], *, root: Path, out: Path, landmarker: Path | None, processes: int
) -> dict[str, Any]:
    """Writes one file of crops a source, the manifest and the counts; returns the counts."""
    refuse_doubles(sources)
    refuse_leakage(sources)
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out / "manifest.csv", sources)
    # What a killed run did not come to count is looked at again.
    done = {path.stem for path in out.glob("*.npz")} & _said(out).keys()
    waiting = [source for source in sources if source.id not in done]
    print(f"{len(sources)} sources, {len(sources) - len(waiting)} done before", flush=True)
    began = time.monotonic()
    work = partial(prepare_source, root=root, out=out, landmarker=landmarker)
    with (out / "log.jsonl").open("a", buffering=1) as log:
        log.write("\n")  # after half a line of a run that was killed
        for number, outcome in enumerate(_in_processes(work, waiting, processes), 1):
            line = {"id": outcome.source.id, "crops": outcome.crops, "lost": outcome.lost}
            log.write(json.dumps(line) + "\n")
            if number % 50 == 0 or number == len(waiting):
                rate = number / (time.monotonic() - began)
                print(f"{number} of {len(waiting)}, {rate:.1f} a second", flush=True)
    counts = _counts(out, sources)
    (out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    return counts


def _in_processes(
    work: Callable[[Source], Outcome], sources: Sequence[Source], processes: int
) -> Iterator[Outcome]:
    if processes == 1:
        yield from map(work, sources)
        return
    # The detector's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(work, sources, chunksize=2)


def prepare_source(source: Source, *, root: Path, out: Path, landmarker: Path | None) -> Outcome:
    """Cuts the largest face out of every sampled frame of one source."""
    lost: Counter[str] = Counter()
    crops: list[StoredCrop] = []
    try:
        for at_s, frame in frames_of(root / source.file):
            crop = crop_of(region_of(frame, source.region), at_s, _points_finder(landmarker))
            if isinstance(crop, str):
                lost[crop] += 1
            else:
                crops.append(crop)
    except Exception as error:  # one broken file must not end a night's work
        lost[f"unreadable ({type(error).__name__})"] += 1
    if not crops and not lost:
        lost["no frame"] += 1
    # What could not be read may be readable the next time: under another root, or whole.
    if crops or not all(why.startswith("unreadable") for why in lost):
        write_crops(out / f"{source.id}.npz", crops)
    return Outcome(source, len(crops), dict(lost))


def frames_of(path: Path) -> Iterator[tuple[float, Image]]:
    """(seconds, RGB, as it is shown) of a picture, or of frames spread evenly over a video."""
    if path.suffix.lower() in PICTURES:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if image is None:
            raise OSError(f"{path} is not a picture")
        yield 0.0, _not_huge(np.asarray(image, dtype=np.uint8))
        return
    import av

    with av.open(str(path)) as container:
        packets = container.demux(container.streams.video[0])
        times = [float(p.pts * p.time_base) for p in packets if p.pts is not None and p.time_base]
    if not times:
        return
    due_s = min(times)
    step_s = max(FRAME_STEP_MIN_S, (max(times) - due_s) / FRAMES_MAX)
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= due_s - 1e-3:
                due_s = max(due_s + step_s, frame.time)
                image = upright(
                    frame.to_ndarray(format="rgb24"),
                    rotation_deg=rotation_deg(frame),
                    mirrored=is_mirrored(frame),
                )
                yield float(frame.time), _not_huge(np.ascontiguousarray(image))


def region_of(image: Image, region: str) -> Image:
    half = image.shape[1] // 2
    part = {"full": image, "left": image[:, :half], "right": image[:, half:]}[region]
    return np.ascontiguousarray(part)


def crop_of(image: Image, at_s: float, find_points: FindPoints) -> StoredCrop | str:
    """The largest face of one frame, or why there is none."""
    faces = find_faces([image], smallest_px=FACE_MIN_PX * 0.75)[0]
    if not faces:
        return "no face"
    face = max(faces, key=lambda found: found.width * found.height)
    if face.width < FACE_MIN_PX:
        return "face too small"
    longer = max(face.width, face.height)
    side = min(STORED_SIDE_MAX_PX, round(STORED_MARGIN * longer))
    crop = crop_face(image, face, side_px=side, margin=STORED_MARGIN)
    points = find_points(crop, side / STORED_MARGIN)
    if points is None:
        return "no landmarks"
    return StoredCrop(image=crop, points=points, at_s=at_s, face_width_px=face.width)


def _not_huge(image: Image) -> Image:
    longest = max(image.shape[:2])
    if longest <= LONGEST_FRAME_PX:
        return image
    scale = LONGEST_FRAME_PX / longest
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


@cache
def _points_finder(task: Path | None) -> FindPoints:
    """One landmarker a process; without its file, where a mean face has its points."""
    cv2.setNumThreads(1)
    if task is None:
        return lambda crop, _: mean_points(side_px=crop.shape[0])
    landmarker = Landmarker(task)
    return lambda crop, width: landmarker.find(crop, face_width_px=width)


def _counts(out: Path, sources: Sequence[Source]) -> dict[str, Any]:
    """From the log of all runs, so that a resumed run counts what an earlier one did."""
    known = _said(out)
    entries = [known[source.id] for source in sources if source.id in known]
    lost: Counter[str] = Counter()
    for entry in entries:
        lost.update(entry["lost"])
    splits = sorted({source.split for source in sources})
    return {
        "sources": len(sources),
        "of_split": {
            name: dict(Counter(source.label for source in sources if source.split == name))
            for name in splits
        },
        "sources_without_a_crop": sum(not entry["crops"] for entry in entries),
        "crops": sum(entry["crops"] for entry in entries),
        "frames_lost": dict(lost.most_common()),
    }


def _said(out: Path) -> dict[str, dict[str, Any]]:
    """What the log says last of each source; a killed run may have left half a line."""
    log = out / "log.jsonl"
    known = {}
    for line in log.read_text().splitlines() if log.exists() else []:
        with suppress(json.JSONDecodeError):
            entry = json.loads(line)
            known[entry["id"]] = entry
    return known


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--manifest", type=Path, help="CSV: file, label, group, set, split, ...")
    given.add_argument("--layout", choices=sorted(LAYOUTS), help="a set as it is published")
    parser.add_argument("--root", type=Path, required=True, help="the files lie under it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--landmarker", type=Path, help="MediaPipe's face_landmarker .task file")
    parser.add_argument("--processes", type=at_least_one, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1, help="draws the split where none is given")
    args = parser.parse_args(argv)
    with said_in_one_line("prepare"):
        if not args.root.is_dir():
            raise ValueError(f"--root: {args.root} is no folder")
        listing = (
            Listing(read_manifest(args.manifest))
            if args.manifest
            else LAYOUTS[args.layout](args.root)
        )
        sources = split_by_group(listing.sources, holdin=HOLD_IN, seed=args.seed)
        if args.landmarker:
            model_in(args.landmarker)  # now, or every source would be told to be unreadable
    counts = prepare(
        sources,
        root=args.root,
        out=args.out,
        landmarker=args.landmarker,
        processes=args.processes,
    )
    print(json.dumps({**counts, "left_out": dict(listing.left_out)}))


if __name__ == "__main__":
    main()
