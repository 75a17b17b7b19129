"""What the command line accepts, and the page that teaches it."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

EXIT_CLEAR, EXIT_MANIPULATED, EXIT_NOT_JUDGED = 0, 1, 2
EXIT_USAGE, EXIT_BROKEN, EXIT_INTERRUPTED = 64, 70, 130

_HELP = """\
Say whether the faces in videos and pictures look manipulated, how sure that is, and where to look.

Each answer is one of
  likely manipulated       at least one face looks as if it had been altered
  no manipulation found    every face that could be judged looks untouched; that is no proof
  inconclusive             no face, too small, dark, blurred, cut off, short or many, borderline,
                           or a stretch of it alone looks manipulated
with a fake_probability from 0 to 1: that of the most suspicious face.
"""

_EXAMPLES = """\
examples:
  python -m analysis check interview.mp4
  python -m analysis check holiday/ --recursive --video-limit 20
  python -m analysis check 'https://www.youtube.com/watch?v=...'
  python -m analysis check *.mp4 --json > results.jsonl
  python -m analysis check clip.mp4 --faces crops/ --report clip.html

exit status:
  0   everything could be judged and no manipulation was found
  1   something is likely manipulated
  2   nothing is, but something could not be judged or was inconclusive
  64  the command line was wrong;  70  something of ours is broken;  130  interrupted
"""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    paths: tuple[str, ...]
    limit: int | None
    image_limit: int | None
    video_limit: int | None
    recursive: bool
    bundle: str | None
    json: bool
    faces: Path | None
    report: Path | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # Two means "could not be judged" here, so a wrong command line must not end with it.
        self.print_usage()
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def parse(arguments: list[str] | None) -> CheckOptions:
    parser = _Parser(prog="python -m analysis", description="Look at faces in videos.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="judge videos, pictures, folders of them, and links",
        description=_HELP,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument(
        "paths", nargs="+", metavar="PATH", help="a video, a picture, a folder or a link"
    )
    check.add_argument("--limit", type=_count, metavar="N", help="look at the first N files only")
    check.add_argument("--image-limit", type=_count, metavar="N", help="at most N pictures")
    check.add_argument("--video-limit", type=_count, metavar="N", help="at most N videos")
    check.add_argument("--recursive", action="store_true", help="look into folders in folders too")
    check.add_argument(
        "--bundle", metavar="NAME", help="the model to judge with: a shipped name or a folder"
    )
    check.add_argument(
        "--json", action="store_true", help="one JSON object a line instead of sentences"
    )
    check.add_argument(
        "--faces", type=_folder, metavar="DIR", help="keep every face that was judged, as PNG"
    )
    check.add_argument(
        "--report",
        type=_page,
        metavar="FILE.html",
        help="write one page with faces and timelines",
    )
    commands.add_parser("evaluate", help="measure a bundle on labelled videos", add_help=False)
    given = parser.parse_args(arguments)
    return CheckOptions(
        paths=tuple(given.paths),
        limit=given.limit,
        image_limit=given.image_limit,
        video_limit=given.video_limit,
        recursive=given.recursive,
        bundle=given.bundle,
        json=given.json,
        faces=given.faces,
        report=given.report,
    )


def _folder(text: str) -> Path:
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be made: {error.strerror}") from error
    if not os.access(path, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written")
    return path


def _page(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in {".html", ".htm"}:
        # ``--report *.mp4`` would take the first video for the page, and write over it.
        raise argparse.ArgumentTypeError(f"{text} does not end with .html")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written")
    return path


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number
