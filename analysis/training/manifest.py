"""The list of labelled pictures and videos that training and evaluation start from.

A source is one file, or one region of one file. Its ``group`` is what must never be split: all
that was cut from one recording, and every fake made from it. Its ``identities`` are the people
that can be seen in it. Splits are made and checked by both.
"""

from __future__ import annotations

import csv
import hashlib
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

LABELS = ("real", "fake")
SPLITS = ("train", "holdin", "validation", "test", "")
REGIONS = ("full", "left", "right")


class ManifestError(ValueError):
    """The manifest cannot be used as it is; the message names the row and what is wrong."""


class LeakageError(ManifestError):
    """One recording or one person stands on two sides of a split."""


@dataclass(frozen=True, slots=True)
class Source:
    """One labelled file. ``identities`` are joined by ``+`` in the file; may be empty."""

    file: str
    set: str
    label: str
    group: str
    split: str = ""
    identities: tuple[str, ...] = ()
    manipulation: str = ""
    region: str = "full"

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise ManifestError(f"{self.file}: label {self.label!r} is neither real nor fake")
        if self.split not in SPLITS:
            raise ManifestError(f"{self.file}: unknown split {self.split!r}")
        if self.region not in REGIONS:
            raise ManifestError(f"{self.file}: unknown region {self.region!r}")
        if not self.group:
            raise ManifestError(f"{self.file}: no group")

    @property
    def id(self) -> str:
        """Names the source's crops on disk; the same for the same file and region for ever."""
        digest = hashlib.sha256(f"{self.file}#{self.region}".encode()).hexdigest()
        return f"{Path(self.file).stem[:40]}-{self.region}-{digest[:10]}"


def read_manifest(path: Path) -> list[Source]:
    """Reads a CSV with at least file, set, label and group; a ``note`` may hold ``crop=left``."""
    try:
        sources = _listed(path)
        refuse_doubles(sources)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{path}: no CSV in UTF-8: {error}") from error
    except ManifestError as error:
        raise ManifestError(f"{path}: {error}") from error
    return sources


def _listed(path: Path) -> list[Source]:
    # Spreadsheets begin a file with a byte-order mark.
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        missing = {"file", "label", "group"} - set(rows.fieldnames or ())
        if missing:
            raise ManifestError(f"no column {', '.join(sorted(missing))}")
        return [_source(row) for row in rows]


def refuse_doubles(sources: Sequence[Source]) -> None:
    """Raises ManifestError if a region of a file is listed twice."""
    known: set[str] = set()
    for source in sources:
        if source.id in known:
            raise ManifestError(f"{source.file} ({source.region}) is listed twice")
        known.add(source.id)


def _source(cells: dict[str, Any]) -> Source:
    row = {name: cell.strip() for name, cell in cells.items() if isinstance(cell, str)}
    notes = dict(
        part.split("=", 1)
        for part in (row.get("note") or "").replace(";", " ").split()
        if "=" in part
    )
    return Source(
        file=posixpath.normpath(cells["file"]),  # whose name may begin or end with a space
        set=row.get("set") or "unnamed",
        label=row.get("label") or "",
        group=row.get("group") or "",
        split=row.get("split") or "",
        identities=tuple(
            filter(None, (name.strip() for name in (row.get("identities") or "").split("+")))
        ),
        manipulation=row.get("manipulation") or _swap_model(row.get("note") or ""),
        region=row.get("region") or notes.get("crop", "full"),
    )


def _swap_model(note: str) -> str:
    """What ``swap model m07`` in a note names."""
    words = note.replace(";", " ").split()
    named = [
        c
        for a, b, c in zip(words, words[1:], words[2:], strict=False)
        if (a, b) == ("swap", "model")
    ]
    return named[0] if named else ""


def write_manifest(path: Path, sources: Iterable[Source]) -> None:
    names = [field.name for field in fields(Source)]
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(names)
        for source in sources:
            row = [getattr(source, name) for name in names]
            writer.writerow(["+".join(cell) if isinstance(cell, tuple) else cell for cell in row])


def refuse_leakage(sources: Sequence[Source]) -> None:
    """Raises LeakageError if a group or a person stands in two splits."""
    splits_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source in sources:
        splits_of["group", source.group].add(source.split)
        for person in source.identities:
            splits_of["person", person].add(source.split)
    leaks = [(kind, name) for (kind, name), splits in splits_of.items() if len(splits) > 1]
    if leaks:
        shown = ", ".join(f"{kind} {name}" for kind, name in sorted(leaks)[:5])
        raise LeakageError(f"{len(leaks)} on both sides of a split: {shown}")


def split_by_group(sources: Sequence[Source], *, holdin: float, seed: int) -> list[Source]:
    """Gives every source without a split one, so that no group or person stands in two.

    What is joined has one fate, drawn from its name and the seed, so adding data does not move what
    was there before to the other side, unless it shows somebody new beside somebody known.
    """
    joined = joined_groups(sources)
    fixed = {joined[s.group]: s.split for s in sources if s.split}
    result = []
    for source in sources:
        name = joined[source.group]
        draw = int(hashlib.sha256(f"{seed} {name}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        split = source.split or fixed.get(name, "holdin" if draw < holdin else "train")
        result.append(replace(source, split=split))
    refuse_leakage(result)
    return result


def joined_groups(sources: Sequence[Source]) -> dict[str, str]:
    """One name for all groups that a person joins, by group: they are to stay together.

    It is a person's where there is one: a person's next recording changes no name.
    """
    root: dict[str, str] = {}

    def find(name: str) -> str:
        root.setdefault(name, name)
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for source in sources:
        for person in source.identities:
            names = {find(f"group {source.group}"), find(f"person {person}")}
            first = min(names, key=lambda name: (name.startswith("group "), name))
            root.update(dict.fromkeys(names, first))
    return {source.group: find(f"group {source.group}") for source in sources}
