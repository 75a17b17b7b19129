"""Children from an interpreter that has its imports behind it: two hundredths of a second, not one.

A nursery is one process for one kind of work. It imports that work's module, is given nothing of
anybody's, and forks a child whenever it is asked. The child closes every layer before it looks at
its work, so what a stranger sent is met inside of the guard alone; it does one job and is killed.
What the children of one nursery share is where their libraries lie in memory: a file that takes
one over and finds out has no way to tell the next, and a nursery is renewed now and then.

A nursery ends with this process, however this process ends: its end of the socket closes, and the
kernel kills it with the thread that started it. Its children are killed with it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_ENTER = Path(__file__).with_name("enter.py")
_CHILDREN_EACH = 250
_ANSWERS_WITHIN_S = 60.0
_LOOK_AGAIN_S = 0.005

Key = tuple[str, tuple[tuple[str, str], ...]]
_nurseries: dict[Key, Nursery] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Used:
    """By all children of nurseries that have ended; the system counts them as nobody's."""

    cpu_s: float = 0.0
    peak_bytes: int = 0


used = Used()


def make_ready(module: str, environment: Mapping[str, str]) -> None:
    """Begin to import ``module`` for children to come; returns at once."""
    with _lock:
        _current(module, environment)


def fork_child(
    module: str, environment: Mapping[str, str], *, passed_fds: Sequence[int]
) -> ForkedChild:
    """A child that has imported ``module`` and waits for its order on standard input."""
    for last_try in (False, True):
        with _lock:
            nursery = _current(module, environment)
            nursery.children += 1
            nursery.born += 1
        try:
            return nursery.fork(passed_fds)
        except OSError:
            with _lock:
                _nurseries.pop(nursery.key, None)
                nursery.retire()
            nursery.let_go()
            if last_try:
                raise
    raise AssertionError("not reached")


def _current(module: str, environment: Mapping[str, str]) -> Nursery:
    key: Key = (module, tuple(sorted(environment.items())))
    nursery = _nurseries.get(key)
    if nursery is None or nursery.born >= _CHILDREN_EACH:
        if nursery is not None:
            nursery.retire()
        nursery = _nurseries[key] = Nursery(key)
    return nursery


class Nursery:
    """This process's side of one."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.born = self.children = 0
        self._retired = False
        self._asking = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_ANSWERS_WITHIN_S)
        # A thread that lasts: the kernel kills the nursery when its starter ends.
        threading.Thread(target=self._run, args=(theirs,), name="nursery", daemon=True).start()

    def fork(self, passed_fds: Sequence[int]) -> ForkedChild:
        order_read, order_write = os.pipe2(os.O_CLOEXEC)
        stderr_read, stderr_write = os.pipe2(os.O_CLOEXEC)
        try:
            pid = self._pid_of_new((order_read, stderr_write, *passed_fds))
        except BaseException:
            os.close(order_write)
            os.close(stderr_read)
            raise
        finally:
            os.close(order_read)
            os.close(stderr_write)
        return ForkedChild(
            self,
            pid=pid,
            stdin=os.fdopen(order_write, "wb"),
            stderr=os.fdopen(stderr_read, "rb"),
        )

    def _pid_of_new(self, fds: Sequence[int]) -> int:
        answer = self._ask({"fork": True}, fds)
        if "pid" not in answer:
            raise OSError(f"no child: {answer.get('error')}")
        return int(answer["pid"])

    def reap(self, pid: int, *, wait: bool) -> int | None:
        """The exit code; None while it runs. Until then nobody else can get its number."""
        answer = self._ask({"reap": pid, "wait": wait})
        if answer["status"] is None:
            return None
        with _lock:
            used.cpu_s += answer["cpu_s"]
            used.peak_bytes = max(used.peak_bytes, answer["peak_bytes"])
        return int(answer["status"])

    def let_go(self) -> None:
        with _lock:
            self.children -= 1
            self._close_if_done()

    def retire(self) -> None:
        self._retired = True
        self._close_if_done()

    def forget(self) -> None:
        """In a copy of this process: the original goes on with it."""
        self._control.close()
        self._process = None

    def _close_if_done(self) -> None:
        if self._retired and not self.children:
            self._control.close()

    def _ask(self, request: dict[str, Any], fds: Sequence[int] = ()) -> dict[str, Any]:
        with self._asking:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], list(fds))
                answer = self._control.recv(4096)
            except OSError:
                # An answer that came late would be taken for the next one: this nursery is done,
                # and what hangs does not see its socket close.
                self._control.close()
                if self._process is not None:
                    self._process.kill()
                raise
        if not answer:
            raise OSError("the nursery has ended")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _run(self, theirs: socket.socket) -> None:
        module, environment = self.key
        with theirs:
            self._process = process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-B", "-X", "utf8", str(_ENTER),
                 str(theirs.fileno()), str(os.getpid()), module],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd="/",
                env=dict(environment),
                start_new_session=True,
            )  # fmt: skip
        process.wait()


class ForkedChild:
    """As much of ``subprocess.Popen`` as a Sandbox uses; the nursery is the real parent."""

    def __init__(self, nursery: Nursery, *, pid: int, stdin: BinaryIO, stderr: BinaryIO) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stderr = stderr
        self._nursery = nursery
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._reap(wait=False)

    def wait(self, timeout: float | None = None) -> int:
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self._reap(wait=until is None)) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_LOOK_AGAIN_S)
        return code

    def _reap(self, *, wait: bool) -> int | None:
        if self._code is None:
            try:
                self._code = self._nursery.reap(self.pid, wait=wait)
            except OSError:  # the nursery is gone, and its children with it
                self._code = -signal.SIGKILL
            if self._code is not None:
                self._nursery.let_go()
        return self._code


def _forget_all() -> None:
    for nursery in _nurseries.values():
        nursery.forget()
    _nurseries.clear()
    _lock.release()


os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forget_all)
