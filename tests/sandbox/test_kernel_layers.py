"""Seccomp and Landlock hold by themselves, without Python's hook in front of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.sandbox import guard_layers

ROOT = Path(__file__).parents[2]
BEGIN = """
import ctypes, fcntl, os, socket, signal, struct, sys
from pathlib import Path
from analysis.sandbox import kernel, landlock, seccomp
folder, outside = Path(sys.argv[1]), Path(sys.argv[2])
import threading
libc = ctypes.CDLL(None, use_errno=True)
ATTRIBUTES, DISK = (314, 251) if os.uname().machine == "x86_64" else (274, 30)
NAMELESS = struct.pack("=3Q", os.O_TMPFILE | os.O_WRONLY, 0o600, 0)
SLOWEST = struct.pack("=IIQiI3Q", 48, 0, 0, 19, 0, 0, 0, 0)
def attempt(name, work):
    try:
        answer = work()
        failed = answer is False or answer == -1
    except OSError:
        failed = True
    print(name, "refused" if failed else "done")
kernel.give_up_powers()
"""


def outcomes(program: str, folder: Path, outside: Path) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program, str(folder), str(outside)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.skipif("seccomp" not in guard_layers(), reason="this kernel has no seccomp filters")
def test_native_code_meets_seccomp(folder: Path, outside: Path) -> None:
    seen = outcomes(
        """
parent, mine = os.getppid(), os.getpid()
other = os.fork()  # of the same user and with as few powers, so that nothing else keeps it apart
if other == 0:
    kernel.die_with_parent(mine)
    signal.pause()
open_one, pipe = socket.socket(), os.pipe()[0]
seccomp.restrict_system_calls(threads=True)
attempt("fork", lambda: libc.fork())
attempt("system", lambda: libc.system(b"true") == 0)
attempt("execve", lambda: libc.execv(b"/bin/true", None))
attempt("socket", lambda: libc.socket(2, 1, 0))
attempt("connect", lambda: open_one.connect(("127.0.0.1", 9)))
attempt("io_uring", lambda: libc.syscall(425, 8, bytes(120)))
attempt("ptrace", lambda: libc.ptrace(16, parent, 0, 0))
attempt("kill_parent", lambda: libc.kill(parent, 0))
attempt("kill_itself", lambda: libc.kill(os.getpid(), 0) == 0)
attempt("limits_of_parent", lambda: libc.prlimit64(parent, 7, None, bytes(16)))
attempt("group_of_parent", lambda: libc.setpgid(0, os.getpgid(parent)))
attempt("session", lambda: libc.setsid())
attempt("processors_of_another", lambda: os.sched_setaffinity(other, {0}))
attempt("scheduler_of_another", lambda: os.sched_setscheduler(other, 3, os.sched_param(0)))
attempt("parameters_of_another", lambda: os.sched_setparam(other, os.sched_param(0)))
attempt("attributes_of_another", lambda: libc.syscall(ATTRIBUTES, other, SLOWEST, 0))
attempt("priority_of_another", lambda: os.setpriority(os.PRIO_PROCESS, other, 19))
attempt("disk_priority_of_another", lambda: libc.syscall(DISK, 1, other, 3 << 13))
attempt("processors_of_itself", lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)))
attempt("outlive_the_parent", lambda: libc.prctl(1, 0, 0, 0, 0))
attempt("signal_by_a_pipe", lambda: fcntl.fcntl(pipe, fcntl.F_SETOWN, other))
attempt("signal_by_a_pipe_ex", lambda: fcntl.fcntl(pipe, 15, struct.pack("=ii", 1, other)))
attempt("signal_by_a_socket", lambda: fcntl.ioctl(open_one, 0x8901, struct.pack("=i", other)))
attempt("signal_by_a_socket_too", lambda: fcntl.ioctl(open_one, 0x8902, struct.pack("=i", other)))
attempt("flags_of_a_pipe", lambda: fcntl.fcntl(pipe, fcntl.F_GETFL) >= 0)
attempt("chmod", lambda: libc.chmod(bytes(outside), 0o777))
attempt("symlink", lambda: libc.symlink(b"/etc", bytes(folder / "link")))
attempt("folder", lambda: libc.mkdir(bytes(folder / "folder"), 0o700))
attempt("delete", lambda: libc.unlink(bytes(outside / "kept")))
attempt("rename", lambda: libc.rename(bytes(outside / "kept"), bytes(folder / "taken")))
attempt("nameless", lambda: libc.open(bytes(folder), os.O_TMPFILE | os.O_WRONLY, 0o600))
attempt("nameless_2", lambda: libc.syscall(437, -100, bytes(folder), NAMELESS, 24))
attempt("unshare", lambda: libc.unshare(0x10000000))
def thread():
    threading.Thread(target=int).start()
attempt("thread", thread)
""",
        folder,
        outside,
    )
    allowed = {"flags_of_a_pipe", "kill_itself", "processors_of_itself", "thread"}
    assert seen == {name: "done" if name in allowed else "refused" for name in seen}
    assert len(seen) == 34


@pytest.mark.skipif("landlock" not in guard_layers(), reason="this kernel has no Landlock")
def test_native_code_meets_landlock(folder: Path, outside: Path) -> None:
    seen = outcomes(
        """
landlock.restrict_files(readable=[Path("/usr")], folder=folder)
attempt("write_inside", lambda: (folder / "new").write_text("x"))
attempt("empty_inside", lambda: os.truncate(folder / "new", 0))
attempt("delete_inside", lambda: (folder / "new").unlink())
attempt("rename_inside", lambda: (folder / "new").rename(folder / "newer"))
attempt("folder_inside", lambda: (folder / "folder").mkdir())
attempt("write_outside", lambda: (outside / "new").write_text("x"))
attempt("delete_outside", lambda: (outside / "kept").unlink())
attempt("rename_in", lambda: (outside / "kept").rename(folder / "taken"))
attempt("truncate_outside", lambda: os.truncate(outside / "kept", 0))
attempt("read_outside", lambda: (outside / "kept").read_text())
attempt("list_outside", lambda: os.listdir(outside))
attempt("read_passwords", lambda: Path("/etc/passwd").read_text())
attempt("read_usr", lambda: os.listdir("/usr"))
""",
        folder,
        outside,
    )
    allowed = {"write_inside", "empty_inside", "read_usr"}
    assert seen == {name: "done" if name in allowed else "refused" for name in seen}
    assert len(seen) == 13
