"""Children that are forked from a warm process are guarded like all others, and outlive nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.sandbox import ChildDied, Sandbox, SandboxLimits, nursery, run_guarded
from tests.sandbox.conftest import TESTS

ROOT = Path(__file__).parents[2]
WORK = "tests.sandbox.attempts"
LIMITS = SandboxLimits(wall_s=20, cpu_s=10, memory_bytes=512 << 20)


def run(name: str, **arguments: object) -> object:
    return run_guarded(f"{WORK}:{name}", arguments, limits=LIMITS, readable=(TESTS,), warm=WORK)


def nurseries_pid() -> int:
    """Of the one that has just had a child."""
    box = Sandbox(f"{WORK}:sleep", {}, limits=LIMITS, readable=(TESTS,), warm=WORK)
    with box:
        return parent_of(box._process.pid)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_until_gone(pid: int) -> None:
    place = Path(f"/proc/{pid}")
    until = time.monotonic() + 10
    while place.exists() and "Z" not in (place / "stat").read_text().rpartition(")")[2][:3]:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_every_layer_of_a_child_of_its_own_is_on() -> None:
    layers = []
    for warm in (None, WORK):
        box = Sandbox(f"{WORK}:report_environment", {}, limits=LIMITS, readable=(TESTS,), warm=warm)
        with box:
            for _ in box.messages():
                pass
        layers.append(box.layers)

    assert layers[0] == layers[1]
    assert "audit_hook" in layers[1]


def test_no_two_children_are_one_process() -> None:
    boxes = [
        Sandbox(f"{WORK}:sleep", {}, limits=LIMITS, readable=(TESTS,), warm=WORK) for _ in range(2)
    ]
    with boxes[0], boxes[1]:
        assert boxes[0]._process.pid != boxes[1]._process.pid
    for box in boxes:
        assert not Path(f"/proc/{box._process.pid}").exists()


def test_its_time_is_accounted_for() -> None:
    before = nursery.used.cpu_s
    with pytest.raises(ChildDied, match="cpu"):
        run_guarded(
            f"{WORK}:spin",
            {},
            limits=SandboxLimits(wall_s=20, cpu_s=1, memory_bytes=512 << 20),
            readable=(TESTS,),
            warm=WORK,
        )
    assert nursery.used.cpu_s - before > 0.5


def test_one_that_was_killed_is_replaced() -> None:
    os.kill(nurseries_pid(), signal.SIGKILL)

    assert run("report_environment") is not None


def test_one_that_does_not_answer_is_killed_with_its_children() -> None:
    box = Sandbox(
        f"{WORK}:sleep",
        {},
        limits=LIMITS,
        readable=(TESTS,),
        warm=WORK,
        environment={"NURSERY": "of its own"},
    )
    with box:
        child = box._process
        assert isinstance(child, nursery.ForkedChild)
        child._nursery._control.settimeout(0.5)
        os.kill(parent_of(child.pid), signal.SIGSTOP)

    wait_until_gone(child.pid)


def test_it_is_renewed_after_some_children(monkeypatch: pytest.MonkeyPatch) -> None:
    first = nurseries_pid()
    monkeypatch.setattr(nursery, "_CHILDREN_EACH", 1)

    assert nurseries_pid() != first


def test_it_ends_with_the_process_that_it_is_for() -> None:
    program = """
import sys
from pathlib import Path
from analysis.sandbox import Sandbox, SandboxLimits
limits = SandboxLimits(wall_s=60, cpu_s=10, memory_bytes=512 << 20)
work = "analysis.sandbox.box"
with Sandbox(f"{work}:nothing", {}, limits=limits, warm=work) as box:
    print(Path(f"/proc/{box._process.pid}/stat").read_text().rpartition(")")[2].split()[1])
    sys.stdout.flush()
    sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert Path(f"/proc/{pid}").exists()

    parent.kill()
    parent.communicate()

    wait_until_gone(pid)
