"""From labelled pictures and videos to face crops that training can read quickly.

    python -m analysis.training.prepare --manifest m.csv --root data/ --out crops/ --landmarker x.task

Resumable: a source whose crops are there is not looked at again. Parallel over sources. What was
lost, and why, is counted in ``counts.json`` and printed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from analysis.faces.crop import FaceBox, Image, crop_face
from analysis.training.crop_store import (
    STORED_MARGIN,
    STORED_SIDE_MAX_PX,
    StoredCrop,
    write_crops,
)
from analysis.training.manifest import Source, read_manifest, refuse_leakage

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
FRAMES_MAX = 64
FRAME_STEP_MIN_S = 0.12
FACE_MIN_PX = 40
CONFIDENCE_MIN = 0.9


@dataclass(frozen=True, slots=True)
class Outcome:
    source: Source
    crops: int
    lost: dict[str, int]


def frames_of(path: Path) -> Iterator[tuple[float, Image]]:
    """(seconds, RGB) of a picture, or of frames spread evenly over a video."""
    if path.suffix.lower() in PICTURES:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if image is not None:
            yield 0.0, np.asarray(image, dtype=np.uint8)
        return
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [
            float(packet.pts * packet.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None and packet.time_base is not None
        ]
    if not times:
        return
    start, length_s = min(times), max(times) - min(times)
    step_s = max(FRAME_STEP_MIN_S, length_s / FRAMES_MAX)
    due_s = start
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= due_s - 1e-3:
                due_s = max(due_s + step_s, frame.time)
                yield float(frame.time), frame.to_ndarray(format="rgb24")


def region_of(image: Image, region: str) -> Image:
    half = image.shape[1] // 2
    return {"full": image, "left": image[:, :half], "right": image[:, half:]}[region]


_tools: dict[str, Any] = {}


def prepare_source(
    source: Source, *, root: Path, out: Path, landmarker: Path | None
) -> Outcome:
    """Cuts the face out of every sampled frame of one source and writes them as one file."""
    if not _tools:
        cv2.setNumThreads(1)
        _tools["detect"] = _detector()
        _tools["landmarks"] = _landmarker(landmarker)
    lost: Counter[str] = Counter()
    crops = []
    try:
        for at_s, frame in frames_of(root / source.file):
            image = region_of(frame, source.region)
            crop = _crop_of(np.ascontiguousarray(image), at_s)
            if isinstance(crop, str):
                lost[crop] += 1
            else:
                crops.append(crop)
    except Exception as error:  # one broken file must not end a night's work
        lost[f"unreadable: {type(error).__name__}"] += 1
    if not crops and not lost:
        lost["no frame"] += 1
    write_crops(out / f"{source.id}.npz", crops)
    return Outcome(source, len(crops), dict(lost))


def _crop_of(image: Image, at_s: float) -> StoredCrop | str:
    face = _tools["detect"](image)
    if face is None:
        return "no face"
    width = max(face.width, face.height)
    if face.width < FACE_MIN_PX:
        return "face too small"
    side = min(STORED_SIDE_MAX_PX, round(STORED_MARGIN * width))
    crop = crop_face(image, face, side_px=side, margin=STORED_MARGIN)
    points = _tools["landmarks"](crop, side / STORED_MARGIN)
    if points is None:
        return "no landmarks"
    return StoredCrop(image=crop, points=points, at_s=at_s, face_width_px=face.width)


def _detector() -> Any:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    from mtcnn import MTCNN

    mtcnn = MTCNN()

    def detect(image: Image) -> FaceBox | None:
        # Scale the picture: with a larger min_face_size this detector misses faces in silence.
        longest = max(image.shape[:2])
        for side in (320, 640, 1280):
            scale = min(1.0, side / longest)
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            found = [f for f in mtcnn.detect_faces(small) or [] if f["confidence"] >= CONFIDENCE_MIN]
            if found or scale == 1.0:
                break
        if not found:
            return None
        face = max(found, key=lambda f: f["box"][2] * f["box"][3])
        x, y, w, h = (float(v) / scale for v in face["box"])
        eyes = sorted(
            tuple(float(v) / scale for v in face["keypoints"][k]) for k in ("left_eye", "right_eye")
        )
        return FaceBox(x, y, x + w, y + h, eyes[0], eyes[1], float(face["confidence"]))

    return detect


def _landmarker(task: Path | None) -> Any:
    from analysis.training.landmarks import Landmarker

    assert task is not None
    model = Landmarker(task)
    return lambda crop, width: model.find(crop, face_width_px=width)


def prepare(
    sources: list[Source], *, root: Path, out: Path, landmarker: Path | None, processes: int
) -> list[Outcome]:
    refuse_leakage(sources)
    out.mkdir(parents=True, exist_ok=True)
    done_before = {p.stem for p in out.glob("*.npz")}
    waiting = [source for source in sources if source.id not in done_before]
    print(f"{len(sources)} sources, {len(sources) - len(waiting)} done before", flush=True)
    started = time.monotonic()
    outcomes = []
    work = partial(prepare_source, root=root, out=out, landmarker=landmarker)
    with ProcessPoolExecutor(processes) as pool, (out / "log.jsonl").open("a") as log:
        for number, outcome in enumerate(pool.map(work, waiting, chunksize=2), 1):
            outcomes.append(outcome)
            log.write(json.dumps({"id": outcome.source.id, "crops": outcome.crops, "lost": outcome.lost}) + "\n")
            if number % 50 == 0 or number == len(waiting):
                rate = number / (time.monotonic() - started)
                print(f"{number} of {len(waiting)}, {rate:.1f} a second", flush=True)
    _write_index(out, sources)
    return outcomes


def _write_index(out: Path, sources: list[Source]) -> None:
    from analysis.training.manifest import write_manifest

    write_manifest(out / "manifest.csv", sources)
    lost: Counter[str] = Counter()
    crops = 0
    known: dict[str, Any] = {}
    for line in (out / "log.jsonl").read_text().splitlines():
        entry = json.loads(line)
        known[entry["id"]] = entry
    for entry in known.values():
        crops += entry["crops"]
        lost.update(entry["lost"])
    counts = {"sources": len(sources), "crops": crops, "lost": dict(lost)}
    (out / "counts.json").write_text(json.dumps(counts, indent=1))
    print(json.dumps(counts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--landmarker", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    prepare(
        read_manifest(args.manifest), root=args.root, out=args.out,
        landmarker=args.landmarker, processes=args.processes,
    )


if __name__ == "__main__":
    main()
