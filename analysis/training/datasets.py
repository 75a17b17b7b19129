"""How the public sets lie on disk, read into one manifest.

What counts as a person or a group differs from set to set; each reader says what it knows. None
of them opens a video. What a reader leaves out, it counts in ``Listing.left_out``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis.training.manifest import ManifestError, Source, joined_groups

MEDIA = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".jpg", ".jpeg", ".png", ".webp", ".bmp"}
FACEFORENSICS_COMPRESSIONS = {"raw", "c0", "c23", "c40"}


@dataclass(frozen=True, slots=True)
class Listing:
    sources: list[Source]
    left_out: Counter[str] = field(default_factory=Counter)


def read_dfdc(root: Path) -> Listing:
    """Deepfake Detection Challenge: any of the 50 parts, or the sample of 400 videos.

    A fake belongs to its original's group. Actors are not named, but a part has its own: the
    part stands for them, so no part is ever split.
    """
    listing = Listing([])
    root = root.resolve()  # "." has no name, and a part is known by its folder's
    for metadata in sorted(root.rglob("metadata.json")):
        folder = metadata.parent
        part = folder.name.rsplit("_", 1)[-1]
        people = (f"dfdc part {part}",) if part.isdigit() else ()
        for name, facts in sorted(_read(metadata, metadata.read_text()).items()):
            label = {"REAL": "real", "FAKE": "fake"}.get(facts.get("label", ""))
            if label is None:
                listing.left_out["no label"] += 1
            elif not (folder / name).is_file():
                listing.left_out["listed but not there"] += 1
            else:
                original = facts.get("original") or name
                listing.sources.append(
                    Source(
                        file=(folder / name).relative_to(root).as_posix(),
                        set="DFDC",
                        label=label,
                        group=f"dfdc {Path(original).stem}",
                        identities=people,
                    )
                )
    return _not_empty(listing, root, "metadata.json")


def read_faceforensics(root: Path) -> Listing:
    """FaceForensics++ at any compression: ``target_source.mp4`` shows two people's recordings.

    Official splits (``splits/train.json``, ``val.json``, ``test.json``) are used where present.
    The masks of the manipulations lie beside them as videos, and show no face.
    """
    listing = Listing([])
    splits = _faceforensics_splits(root)
    for path in sorted(root.glob("*_sequences/*/*/videos/*.mp4")):
        family, method, compression = path.relative_to(root).parts[:3]
        if compression not in FACEFORENSICS_COMPRESSIONS:
            listing.left_out[f"in {compression}, which is no compression"] += 1
            continue
        label = "real" if family == "original_sequences" else "fake"
        stems = path.stem.split("__")[0].split("_")
        actor = "actor " if "__" in path.stem else ""
        listing.sources.append(
            Source(
                file=path.relative_to(root).as_posix(),
                set=f"FaceForensics++ {compression}",
                label=label,
                group=f"ff {actor}{stems[0]}",
                split=splits.get(stems[0], "") if not actor else "",
                identities=tuple(f"ff {actor}{stem}" for stem in stems),
                manipulation=method if label == "fake" else "",
            )
        )
    return _not_empty(listing, root, "*_sequences/*/*/videos/*.mp4")


def _faceforensics_splits(root: Path) -> dict[str, str]:
    names = {"train": "train", "val": "validation", "test": "test"}
    return {
        recording: split
        for name, split in names.items()
        if (file := root / "splits" / f"{name}.json").is_file()
        for pair in _read(file, file.read_text())
        for recording in pair
    }


def read_celeb_df(root: Path) -> Listing:
    """Celeb-DF v2: ``id0_0000.mp4`` is a person, ``id0_id1_0000.mp4`` two.

    The official list of testing videos is the test split; whoever is seen in it is left out of
    the rest, or a network would be tested on people that it has learnt. The list names nearly
    everybody and a fake shows two, so beside it hardly a fake is left: what ``prepare`` prints says
    how many.
    """
    testing = set()
    official = root / "List_of_testing_videos.txt"
    if official.is_file():
        testing = {
            line.split(maxsplit=1)[-1].strip()
            for line in official.read_text().splitlines()
            if line.strip()
        }
    found = []
    for folder, label in (
        ("Celeb-real", "real"),
        ("YouTube-real", "real"),
        ("Celeb-synthesis", "fake"),
    ):
        for path in sorted((root / folder).glob("*.mp4")):
            file = path.relative_to(root).as_posix()
            people = tuple(part for part in path.stem.split("_") if part.startswith("id"))
            found.append(
                Source(
                    file=file,
                    set="Celeb-DF v2",
                    label=label,
                    group=f"celeb {people[0]}" if people else f"celeb youtube {path.stem}",
                    split="test" if file in testing else "",
                    identities=tuple(f"celeb {person}" for person in people),
                )
            )
    tested = {person for source in found if source.split for person in source.identities}
    listing = Listing([])
    for source in found:
        if not source.split and tested & set(source.identities):
            listing.left_out[f"{source.label}, with a person of the test list"] += 1
        else:
            listing.sources.append(source)
    return _not_empty(listing, root, "Celeb-real, YouTube-real and Celeb-synthesis")


def read_folders(root: Path) -> Listing:
    """``real/`` and ``fake/``; files in one subfolder belong together, under both."""
    listing = Listing([])
    root = root.resolve()
    for label in ("real", "fake"):
        for path in sorted((root / label).rglob("*")):
            if path.suffix.lower() not in MEDIA:
                if path.is_file():
                    listing.left_out["not a picture or video"] += 1
                continue
            inside = path.relative_to(root / label)
            group = inside.parts[0] if len(inside.parts) > 1 else path.stem
            listing.sources.append(
                Source(
                    file=path.relative_to(root).as_posix(), set=root.name, label=label, group=group
                )
            )
    return _not_empty(listing, root, "real/ and fake/")


def read_review_cases(root: Path) -> Listing:
    """``cases.jsonl``: a line a case that moderators have decided, with the video they looked at.

    ``file``, ``decision`` and ``video`` (its digest) are needed; ``near`` names the digest of the
    video that it is a copy of, if it is one. An inconclusive decision teaches nothing.
    """
    listing = Listing([])
    cases = root / "cases.jsonl"
    lines = cases.read_text().splitlines() if cases.is_file() else []
    labels = {"likely_manipulated": "fake", "no_manipulation_found": "real"}
    for line in filter(None, lines):
        case = _read(cases, line)
        label = labels.get(case["decision"])
        if label is None:
            listing.left_out[f"decided {case['decision']}"] += 1
        elif not (root / case["file"]).is_file():
            listing.left_out["video not kept"] += 1
        else:
            listing.sources.append(
                Source(
                    file=case["file"],
                    set="reviewed",
                    label=label,
                    group=case["video"],
                    identities=tuple(filter(None, (case["video"], case.get("near")))),
                )
            )
    # A copy of a copy belongs to the first as well.
    joined = joined_groups(listing.sources)
    listing.sources[:] = [
        replace(source, group=f"video {joined[source.group].removeprefix('person ')}")
        for source in listing.sources
    ]
    return _not_empty(listing, root, "cases.jsonl")


LAYOUTS: dict[str, Callable[[Path], Listing]] = {
    "dfdc": read_dfdc,
    "faceforensics": read_faceforensics,
    "celeb_df": read_celeb_df,
    "folders": read_folders,
    "review": read_review_cases,
}


def under(root_name: str, sources: list[Source]) -> list[Source]:
    """The same sources seen from the folder above, so that several sets share one manifest."""
    return [replace(source, file=f"{root_name}/{source.file}") for source in sources]


def _read(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ManifestError(f"{path}: {error}") from error


def _not_empty(listing: Listing, root: Path, looked_for: str) -> Listing:
    if not listing.sources:
        raise ManifestError(f"{root}: nothing usable; looked for {looked_for}")
    return listing
