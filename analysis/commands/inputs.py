"""Which files a command line names: paths as given, folders by what lies in them, links."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.commands.arguments import CheckOptions
from analysis.media.names import ENDINGS, PICTURE_ENDINGS


@dataclass(frozen=True, slots=True)
class Input:
    """``name`` is what the person wrote, or the path found in a folder that they named."""

    name: str
    is_link: bool = False

    @property
    def path(self) -> Path:
        return Path(self.name)

    @property
    def is_picture(self) -> bool:
        return not self.is_link and self.path.suffix.lower() in PICTURE_ENDINGS


def inputs_of(options: CheckOptions) -> list[Input]:
    """In the order of the command line, a folder's files by name, within the limits."""
    chosen: list[Input] = []
    pictures = videos = 0
    for found in _named(options):
        if options.limit is not None and len(chosen) >= options.limit:
            break
        if found.is_picture:
            if options.image_limit is not None and pictures >= options.image_limit:
                continue
            pictures += 1
        else:
            if options.video_limit is not None and videos >= options.video_limit:
                continue
            videos += 1
        chosen.append(found)
    return chosen


def _named(options: CheckOptions) -> Iterator[Input]:
    for name in options.paths:
        if name.lower().startswith(("http://", "https://")):
            yield Input(name, is_link=True)
        elif os.access(name, os.F_OK) and Path(name).is_dir():  # the first bears every name
            yield from _in_folder(Path(name), recursive=options.recursive)
        else:
            # Named by hand: tried whatever its name ends with.
            yield Input(name)


def _in_folder(folder: Path, *, recursive: bool) -> Iterator[Input]:
    try:
        entries = sorted(folder.iterdir())
        named = [entry for entry in entries if entry.suffix.lower() in ENDINGS]
        files = [entry for entry in named if entry.is_file()]
        # Following links could lead round in a circle.
        deeper = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        # Answered as what cannot be read: nobody shall think that it was looked into.
        yield Input(str(folder))
        return
    for file in files:
        yield Input(str(file))
    for entry in deeper if recursive else ():
        yield from _in_folder(entry, recursive=True)
