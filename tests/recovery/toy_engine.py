"""An engine that sees nothing but can be held, counted and made to crash, in real workers.

It replaces the doors of ``run_check`` when Django starts, and puts a gate behind each place
where a worker is to be killed. What it should do stands in the address: ``/segfault/1`` crashes.
A gate is closed by a file ``hold/<gate>``; who waits there leaves ``reached/<gate>`` with its pid.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.apps import AppConfig
from django.conf import settings

from analysis.errors import VideoProblem
from analysis.finding import (
    SCHEMA_VERSION,
    Counts,
    Fingerprint,
    Media,
    Outcome,
    Provenance,
    Reason,
)
from analysis.finding import Finding as Seen

Tell = Callable[[str, float], None]


class ToyEngine(AppConfig):
    name = "tests.recovery"
    label = "toy_engine"

    def ready(self) -> None:
        from detector_service.checks import lifecycle, run_check, store

        lifecycle.RUNG_IN_VAIN_AFTER_S = 2
        lifecycle.BACKOFF_S = (0.1, 0.2)
        run_check.fetch_file = fetch_file
        run_check.inspect = lambda path, tell: sha256(path)
        run_check.look_at = look_at
        run_check.warm = lambda: None
        store.keep_work_file = then_gate(store.keep_work_file, "stored")
        store.keep_evidence = then_gate(store.keep_evidence, "recording")


def fetch_file(place: Any, folder: Path, tell: Tell) -> Any:
    gate("fetching", tell)
    if "/private/" in place.url:
        raise VideoProblem("content.private")
    path = folder / "video"
    path.write_bytes(place.url.encode())
    note("fetched", place.url)
    return SimpleNamespace(
        path=path, sha256=sha256(path), title="A toy", platform=place.platform, platform_id=""
    )


def look_at(path: Path, pictures: Path, tell: Tell) -> Seen:
    url = path.read_text()
    if "/segfault/" in url:
        note("crashed", url)
        os.kill(os.getpid(), signal.SIGSEGV)
    gate("analysing", tell)
    (pictures / "face.webp").write_bytes(b"a picture" * 10_000)
    note("looked", url)
    return Seen(
        schema_version=SCHEMA_VERSION,
        bundle="toy-1",
        outcome=Outcome.INCONCLUSIVE,
        reason=Reason.NO_FACE,
        fake_probability=None,
        media=Media("video", "mp4", "h264", 640, 360, 0, 2.0, 25.0, 1000),
        counts=Counts(50, 0, 0),
        tracks=(),
        fingerprint=Fingerprint(sha256(path), ()),
        provenance=Provenance(present=False),
    )


def gate(name: str, tell: Tell | None = None) -> None:
    hold, reached = settings.VAR_DIR / "hold" / name, settings.VAR_DIR / "reached" / name
    while hold.exists():
        reached.parent.mkdir(exist_ok=True)
        reached.write_text(str(os.getpid()))
        time.sleep(0.05)
        if tell is not None:
            try:
                tell(name, 0.5)
            except BaseException:
                note("stopped", name)
                raise


def then_gate(keep: Callable[..., Any], name: str) -> Callable[..., Any]:
    def keep_and_wait(*arguments: Any) -> Any:
        kept = keep(*arguments)
        gate(name)
        return kept

    return keep_and_wait


def note(name: str, line: str) -> None:
    """One line, appended in one write, so that many processes can note at once."""
    with (settings.VAR_DIR / f"{name}.log").open("ab", buffering=0) as log:
        log.write(f"{line}\n".encode())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
