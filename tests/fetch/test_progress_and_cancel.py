from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from analysis.errors import Cancelled
from analysis.fetch.fetch_video import FetchProgress
from analysis.fetch.limits import FetchLimits
from tests.fetch.conftest import Fetch
from tests.fetch.site.server import HostileSite

ROOT = Path(__file__).parents[2]


def children_of(pid: int) -> set[int]:
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and parent_of(entry) == pid
    }


def fetching_for(pid: int) -> set[int]:
    """Children of its nurseries, which themselves last."""
    return {child for nursery in children_of(pid) for child in children_of(nursery)}


def parent_of(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return None


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition, *, timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_person_sees_each_stage_and_the_bytes(site: HostileSite, fetch: Fetch) -> None:
    seen: list[FetchProgress] = []

    video = fetch(site.http + "/ok.mp4", on_progress=seen.append)

    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == ["resolving", "downloading", "inspecting"]
    downloading = [progress for progress in seen if progress.stage == "downloading"]
    assert downloading[-1].received_bytes == downloading[-1].total_bytes == video.size_bytes


@pytest.mark.parametrize("path", ["/silent.mp4", "/slow-body.mp4", "/page/slow"])
def test_cancel_ends_it_within_a_second(
    path: str, site: HostileSite, fetch: Fetch, tmp_path: Path
) -> None:
    begun = threading.Event()
    cancelled_at: list[float] = []

    def on_progress(progress: FetchProgress) -> None:
        if site.requests[path] and not begun.is_set():
            begun.set()
            cancelled_at.append(time.monotonic())
            raise Cancelled

    site.requests.clear()
    others = fetching_for(os.getpid())  # of servers that other tests left running
    with pytest.raises(Cancelled):
        fetch(site.http + path, on_progress=on_progress)

    assert time.monotonic() - cancelled_at[0] < 1.0
    assert fetching_for(os.getpid()) <= others
    assert list(tmp_path.iterdir()) == []


def test_kill_9_leaves_no_child(site: HostileSite, limits: FetchLimits, tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from analysis.fetch.address import parse_address
from analysis.fetch.fetch_video import fetch_video
from analysis.fetch.limits import FetchLimits
fetch_video(
    parse_address("http://127.0.0.1:{site.port}/silent.mp4"),
    folder=Path({str(tmp_path)!r}),
    limits=FetchLimits(allowed_private={limits.allowed_private!r}),
)
"""
    site.requests.clear()
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    assert wait_until(lambda: site.requests["/silent.mp4"] > 0, timeout_s=30)
    (child,) = fetching_for(parent.pid)
    left = {child, *children_of(parent.pid)}

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert wait_until(lambda: not any(map(is_running, left)))
