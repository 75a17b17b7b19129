"""``check``: one answer for each file, as it comes; a bad file is answered too."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from analysis.check_video import Progress, ScoredCrop, check_video
from analysis.commands.arguments import (
    EXIT_CLEAR,
    EXIT_MANIPULATED,
    EXIT_NOT_JUDGED,
    CheckOptions,
)
from analysis.commands.inputs import Input, inputs_of
from analysis.commands.page import Page
from analysis.commands.progress_bar import ProgressBar
from analysis.commands.words import printable, verdict_sentence
from analysis.errors import Problem, VideoProblem
from analysis.finding import Finding, Outcome
from analysis.media.read import make_ready
from analysis.models.bundles import DEFAULT_BUNDLE, Bundle, load_bundle

# Here is neither a log nor an operator, and a check has no number.
_BROKEN = Problem(
    "service.internal",
    "Something in this program broke. Standard error says what.",
    "Try again. If it happens again, report what stands there.",
)
_NO_SUCH_FILE = Problem("input.no_such_file", "There is no such file.", "Check how it is written.")
_NO_PLAIN_FILE = Problem(
    "input.no_plain_file", "It is a device or a pipe.", "Save it as a file first."
)
_NOT_READABLE = Problem("input.not_readable", "It may not be read.", "Check who may read it.")


@dataclass(frozen=True, slots=True)
class Answer:
    """Either what was seen, or the problem that kept it from being looked at."""

    name: str
    seconds: float
    bundle: str
    finding: Finding | None = None
    problem: Problem | None = None

    @property
    def exit_status(self) -> int:
        if self.finding is None or self.finding.outcome is Outcome.INCONCLUSIVE:
            return EXIT_NOT_JUDGED
        manipulated = self.finding.outcome is Outcome.LIKELY_MANIPULATED
        return EXIT_MANIPULATED if manipulated else EXIT_CLEAR


def run_check(options: CheckOptions) -> int:
    inputs = inputs_of(options)
    make_ready()
    bundle = load_bundle(options.bundle or DEFAULT_BUNDLE)
    page = Page(bundle) if options.report else None
    bar = ProgressBar(total=len(inputs))
    statuses: set[int] = set()
    try:
        for number, file in enumerate(inputs):
            with tempfile.TemporaryDirectory(prefix="analysis-") as folder:
                evidence = Path(folder)
                answer = _answer(file, number, bundle, evidence, options=options, bar=bar)
                bar.clear()
                print(_json_line(answer) if options.json else _sentence(answer), flush=True)
                statuses.add(answer.exit_status)
                if page:
                    page.add(
                        name=answer.name,
                        finding=answer.finding,
                        problem=answer.problem,
                        evidence=evidence,
                    )
    finally:
        bar.clear()
        if page and options.report:
            page.write(options.report)
    if not inputs:
        print("analysis: there is nothing to look at", file=sys.stderr)
        return EXIT_NOT_JUDGED
    return next(
        (status for status in (EXIT_MANIPULATED, EXIT_NOT_JUDGED) if status in statuses), EXIT_CLEAR
    )


def _answer(
    file: Input,
    number: int,
    bundle: Bundle,
    evidence: Path,
    *,
    options: CheckOptions,
    bar: ProgressBar,
) -> Answer:
    begun = time.monotonic()

    def on_progress(at: Progress) -> None:
        bar.draw(number=number, fraction=at.fraction, name=file.name, stage=at.stage)

    def on_crop(crop: ScoredCrop) -> None:
        if options.faces:
            _keep_face(options.faces / _face_folder(file, number), crop)

    finding: Finding | None = None
    problem: Problem | None = None
    try:
        on_progress(Progress("opening", 0.0))
        with _local_file(file, on_progress) as path:
            finding = check_video(
                path, bundle=bundle, evidence=evidence, on_progress=on_progress, on_crop=on_crop
            )
    except VideoProblem as found:
        problem = (None if file.is_link else _kept_from(file.name)) or found.problem
    except Exception:
        # One file must not end the run, not even by a bug of ours; it is told, never judged.
        bar.clear()
        traceback.print_exc()
        problem = _BROKEN
    return Answer(
        name=file.name,
        seconds=round(time.monotonic() - begun, 3),
        bundle=bundle.version,
        finding=finding,
        problem=problem,
    )


def _kept_from(name: str) -> Problem | None:
    """Why the system itself gives us no such file: no file is damaged by that."""
    if not os.access(name, os.F_OK):
        return _NO_SUCH_FILE
    if Path(name).is_dir() or not os.access(name, os.R_OK):
        return _NOT_READABLE
    return None if Path(name).is_file() else _NO_PLAIN_FILE


@contextmanager
def _local_file(file: Input, on_progress: Any) -> Iterator[Path]:
    if not file.is_link:
        yield file.path
        return
    from analysis.fetch.address import parse_address
    from analysis.fetch.fetch_video import fetch_video
    from analysis.fetch.limits import FetchLimits

    with tempfile.TemporaryDirectory(prefix="analysis-fetch-") as folder:
        fetched = fetch_video(
            parse_address(file.name),
            folder=Path(folder),
            limits=FetchLimits(),
            on_progress=lambda at: on_progress(Progress(str(at.stage), 0.0)),
        )
        yield fetched.path


def _json_line(answer: Answer) -> str:
    finding = answer.finding
    document: dict[str, Any] = {
        "path": answer.name,
        "verdict": finding.outcome if finding else None,
        "reason": finding.reason if finding else None,
        "fake_probability": finding.fake_probability if finding else None,
        "tracks": [
            {
                "number": track.number,
                "fake_probability": track.fake_probability,
                "reason": track.reason,
                "first_seen_s": track.first_seen_s,
                "last_seen_s": track.last_seen_s,
                "frames_used": track.frames_used,
                "median_width_px": track.median_width_px,
            }
            for track in (finding.tracks if finding else ())
        ],
        "bundle": answer.bundle,
        "seconds": answer.seconds,
        "problem": (
            {"code": answer.problem.code, "sentence": answer.problem.sentence}
            if answer.problem
            else None
        ),
    }
    return json.dumps(document)


def _sentence(answer: Answer) -> str:
    name = printable(answer.name)
    if answer.finding is None:
        problem = answer.problem or _BROKEN
        return f"{name}: could not be looked at: {problem.sentence} {problem.what_to_do}"
    finding = answer.finding
    parts = [f"{name}: {verdict_sentence(finding)}"]
    if finding.fake_probability is not None:
        parts.append(f"fake probability {finding.fake_probability:.2f}")
    faces = len(finding.tracks)
    parts.append(f"{faces} face{'' if faces == 1 else 's'}")
    return ", ".join(parts) + f" ({answer.seconds:.1f} s)"


def _face_folder(file: Input, number: int) -> str:
    """Two files can have one name; their numbers differ."""
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in file.path.stem)[:60]
    return f"{number + 1:04}-{stem or 'file'}"


def _keep_face(folder: Path, crop: ScoredCrop) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    encoded = cv2.imencode(".png", cv2.cvtColor(crop.image, cv2.COLOR_RGB2BGR))[1]
    (folder / f"track-{crop.track}-at-{crop.at_s:08.2f}s.png").write_bytes(encoded.tobytes())
