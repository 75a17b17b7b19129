"""Nothing that a taken-over child tries gets out."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from pathlib import Path

import pytest

from analysis.sandbox import (
    ChildDied,
    ChildRaised,
    PublicNetwork,
    Sandbox,
    SandboxLimits,
    guard_layers,
    run_guarded,
)
from analysis.sandbox.enter import _SYSTEM_FILES
from tests.sandbox.attempts import REFUSED
from tests.sandbox.conftest import TESTS


@pytest.mark.parametrize("name", [*REFUSED, "write_by_descriptor"])
def test_it_is_refused(name: str, attempt, outside: Path) -> None:
    with pytest.raises(ChildRaised) as caught:
        attempt(name)

    assert caught.value.kind == "PermissionError", caught.value.text
    assert [entry.name for entry in outside.iterdir()] == ["kept"]
    assert (outside / "kept").read_text() == "kept"


@pytest.mark.skipif("seccomp" not in guard_layers(), reason="Python's hook does not hear of it")
def test_it_stays_in_its_group(attempt) -> None:
    with pytest.raises(ChildRaised, match="PermissionError"):
        attempt("leave_its_group")


def test_outside_of_its_group_it_is_killed_all_the_same(
    warm: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(group: int, signal: int) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(os, "killpg", nobody)
    box = Sandbox(
        "tests.sandbox.attempts:sleep",
        {},
        readable=(TESTS,),
        warm=warm,
        limits=SandboxLimits(wall_s=20, cpu_s=10, memory_bytes=512 << 20),
    )
    with box:
        pass

    assert box._process.poll() == -signal.SIGKILL


@pytest.mark.parametrize("name", ["connect_by_the_broker", "ask_the_broker_for_a_name"])
def test_the_broker_leads_to_no_private_place(name: str, attempt) -> None:
    with pytest.raises(ChildRaised, match="blocked address"):
        attempt(name, network=PublicNetwork())


@pytest.mark.skipif("seccomp" not in guard_layers(), reason="only the kernel can refuse it")
def test_a_connection_that_was_reset_leads_nowhere_else(attempt) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as site,
        socket.create_server(("127.0.0.1", 0)) as private,
    ):
        host, port = site.getsockname()

        def reset(message: object) -> None:
            if message is not None:
                connection, _ = site.accept()
                at_once = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                connection.close()

        attempt(
            "connect_anew",
            network=PublicNetwork(allowed_private=(f"{host}:{port}",)),
            arguments={"port": port, "elsewhere": private.getsockname()[1]},
            on_message=reset,
            ctypes=True,
        )
        private.setblocking(False)
        with pytest.raises(BlockingIOError):
            private.accept()


def test_a_site_may_send_ahead_of_what_the_child_reads(attempt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as site:
        host, port = site.getsockname()
        with socket.create_connection((host, port)) as ordinary:
            ordinary_bytes = ordinary.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        network = PublicNetwork(allowed_private=(f"{host}:{port}",))
        room_bytes, wakes_at_bytes = attempt(
            "room_of_a_connection", network=network, arguments={"port": port}
        )

    assert room_bytes > ordinary_bytes
    assert wakes_at_bytes == 1


def test_every_layer_is_closed_before_it_looks_at_its_work(
    warm: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sandbox, "_work", lambda box: b"no JSON")
    box = Sandbox(
        "tests.sandbox.attempts:sleep",
        {},
        readable=(TESTS,),
        warm=warm,
        limits=SandboxLimits(wall_s=20, cpu_s=10, memory_bytes=512 << 20),
    )
    with box, pytest.raises(ChildRaised, match="JSONDecodeError"):
        for _ in box.messages():
            pass

    assert box.layers == guard_layers()


def test_without_a_network_there_is_no_broker(attempt) -> None:
    with pytest.raises(ChildRaised, match="no network"):
        attempt("connect_by_the_broker")


def test_nothing_of_the_parent_is_inherited(attempt, monkeypatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")

    seen = attempt("report_environment")

    assert "SECRET_KEY" not in seen["environment"]
    assert "do-not-tell" not in str(seen)


@pytest.mark.parametrize("folder", ["/etc/ssl/private", "/etc/pki/tls/private", "/etc/pki/CA"])
def test_no_private_key_of_the_machine_is_within_reach(folder: str) -> None:
    assert not [place for place in _SYSTEM_FILES if Path(folder).is_relative_to(place)]


def test_a_child_without_a_folder_writes_nowhere() -> None:
    with pytest.raises(ChildRaised) as caught:
        run_guarded(
            "tests.sandbox.attempts:write_inside",
            {"folder": "/tmp"},
            readable=(TESTS,),
            limits=SandboxLimits(wall_s=20, cpu_s=10, memory_bytes=512 << 20),
        )
    assert caught.value.kind == "PermissionError"


def test_it_may_write_in_its_folder(attempt) -> None:
    assert attempt("write_inside") == ["made"]


def test_the_layers_that_need_no_kernel_are_always_on() -> None:
    assert {"limits", "audit_hook"} <= set(guard_layers())


@pytest.mark.parametrize(
    ("name", "reason"),
    [("fill_memory", "memory"), ("spin", "cpu"), ("crash", "crash")],
)
def test_a_limit_ends_it_and_says_which(name: str, reason: str, attempt) -> None:
    with pytest.raises(ChildDied) as caught:
        attempt(name, cpu_s=1 if reason == "cpu" else 10)

    assert caught.value.reason == reason


def test_the_wall_clock_ends_it(attempt) -> None:
    with pytest.raises(ChildDied, match="wall_clock"):
        attempt("sleep", wall_s=1)


def test_the_wall_clock_ends_one_that_keeps_talking(attempt) -> None:
    with pytest.raises(ChildDied, match="wall_clock"):
        attempt(
            "talk",
            wall_s=1,
            arguments={"times": 4000, "bytes": 1},
            on_message=lambda message: time.sleep(0.001),  # the next one is always there already
        )


def test_silence_ends_it(attempt) -> None:
    with pytest.raises(ChildDied, match="silence"):
        attempt("sleep", silence_s=0.5)


@pytest.mark.parametrize("name", ["fill_the_disk", "open_every_file"])
def test_files_are_limited(name: str, attempt, folder: Path) -> None:
    with pytest.raises(ChildRaised, match="OSError"):
        attempt(name)
    assert sum(entry.stat().st_size for entry in folder.iterdir()) <= 4 << 20


@pytest.mark.parametrize("name", ["start_threads"])
def test_threads_are_for_those_who_asked(name: str, attempt) -> None:
    with pytest.raises(ChildRaised, match="can't start new thread"):
        attempt(name)
    attempt(name, threads=True)


def test_with_threads_there_are_still_no_processes(attempt) -> None:
    for name in ("fork", "run_program"):
        with pytest.raises(ChildRaised, match="PermissionError"):
            attempt(name, threads=True)


def test_no_file_stays_open_and_no_child_stays_behind(attempt) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    attempt("talk", arguments={"times": 1, "bytes": 1})
    before = open_files()
    for _ in range(3):
        attempt("talk", arguments={"times": 1, "bytes": 1}, network=PublicNetwork())
        with pytest.raises(ChildDied):
            attempt("sleep", wall_s=0.5, network=PublicNetwork())
    assert open_files() <= before + 1  # the last broker's thread may still be closing its end
