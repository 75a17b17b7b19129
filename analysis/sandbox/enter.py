"""The first lines of every guarded child: close each layer, then import the work and do it.

Run as a plain file by a bare interpreter (``python -I``): nothing of the parent is inherited but
this file's path, an empty environment, and three open ends: arguments in, messages out, broker.
With arguments on its command line it is a nursery: it imports the work once, and forks the children
that do it. What the layers need is one line and the work another, which nobody looks at before each
layer is closed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
import sysconfig
import traceback
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
# What interpreters and libraries read from the system, where it exists.
_SYSTEM_FILES = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    # Not the folders that they lie in, which hold the private keys of the machine as well.
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/tls/openssl.d",
    "/etc/ca-certificates",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
)


class Channel:
    """The child's way out: messages to the parent, and connections that the parent makes."""

    def __init__(self, *, messages_fd: int, broker_fd: int | None) -> None:
        self._messages_fd = messages_fd
        self._broker = socket.socket(fileno=broker_fd) if broker_fd is not None else None

    def send(self, header: dict[str, Any], payload: bytes | bytearray | memoryview = b"") -> None:
        """Waits while the parent is busy."""
        write_message(self._messages_fd, Kind.MESSAGE, header, payload)

    def connect(self, host: str, port: int, *, timeout_s: float | None = None) -> socket.socket:
        """An open connection, or PermissionError where the network's rules refuse the place."""
        if self._broker is None:
            raise PermissionError("this child has no network")
        self._broker.sendall(json.dumps({"host": host, "port": port}).encode())
        answer_bytes, fds, _, _ = socket.recv_fds(self._broker, 4096, 1)
        if not answer_bytes:
            raise ConnectionError("no more connections for this child")
        answer = json.loads(answer_bytes)
        if answer["ok"]:
            connection = socket.socket(fileno=fds[0])
            connection.settimeout(timeout_s)
            return connection
        if answer["why"] == "blocked":
            raise PermissionError(f"blocked address: {answer['detail']}")
        raise ConnectionError(answer["detail"])


def _tend(control: socket.socket, *, parent: int, module: str) -> None:
    """Import the work, then fork a child for each request; ends when the parent has."""
    kernel.die_with_parent(parent)
    # A module that cannot be imported is for the child to say.
    with contextlib.suppress(Exception):
        getattr(importlib.import_module(module), "prepare", int)()
    _own_places()
    gc.collect()
    gc.freeze()
    while True:
        request, fds, _, _ = socket.recv_fds(control, 4096, 4)
        if not request:
            return
        asked = json.loads(request)
        control.send(json.dumps(_reaped(asked) if "reap" in asked else _forked(fds)).encode())


def _reaped(asked: dict[str, Any]) -> dict[str, Any]:
    pid, status, used = os.wait4(asked["reap"], 0 if asked["wait"] else os.WNOHANG)
    return {
        "status": os.waitstatus_to_exitcode(status) if pid else None,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * 1024,
    }


def _forked(fds: list[int]) -> dict[str, Any]:
    """``fds`` are the child's standard input and error, its messages' way out and its broker."""
    nursery = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:
        return {"error": str(error)}
    with contextlib.suppress(PermissionError):
        os.setpgid(pid, pid)  # by both, so that neither has to wait for the other
    if pid == 0:
        _live(fds, nursery)
    for fd in fds:
        os.close(fd)
    return {"pid": pid}


def _live(fds: list[int], nursery: int) -> None:
    """The whole life of a forked child."""
    code = 1
    try:
        control.close()
        for place, fd in ((0, fds[0]), (2, fds[1])):
            os.dup2(fd, place)
            os.close(fd)
        guard = json.loads(sys.stdin.readline())
        os.environ.update(guard["environment"])
        os.chdir(guard["folder"] or "/")
        broker_fd = fds[3] if len(fds) > 3 else None
        _do({**guard, "messages_fd": fds[2], "broker_fd": broker_fd, "parent": nursery})
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _do(guard: dict[str, Any]) -> None:
    messages_fd, broker_fd = guard["messages_fd"], guard["broker_fd"]
    try:
        layers = _close_every_layer(guard)
        write_message(messages_fd, Kind.READY, {"layers": layers})
        order = json.loads(sys.stdin.readline())
        module, _, function = order["target"].partition(":")
        work = getattr(importlib.import_module(module), function)
        answer = work(order["arguments"], Channel(messages_fd=messages_fd, broker_fd=broker_fd))
        write_message(messages_fd, Kind.RESULT, {"result": answer})
    except VideoProblem as problem:
        header = {
            "code": problem.code,
            "detail": problem.detail[:2000],
            "retry_after_s": problem.retry_after_s,
        }
        write_message(messages_fd, Kind.PROBLEM, header)
    except BaseException as error:
        header = {"kind": type(error).__name__, "text": str(error)[:2000]}
        write_message(messages_fd, Kind.RAISED, header)
        raise


def _close_every_layer(guard: dict[str, Any]) -> list[str]:
    limits = guard["limits"]
    folder = Path(guard["folder"]) if guard["folder"] else None
    readable = _readable([Path(path) for path in guard["readable"]])
    layers = ["limits", "audit_hook"]
    kernel.limit_resources(**limits)
    if kernel.leave_the_network():
        layers.append("network_namespace")
    kernel.give_up_powers()
    kernel.die_with_parent(guard["parent"])
    if landlock.restrict_files(readable=readable, folder=folder):
        layers.append("landlock")
    if seccomp.restrict_system_calls(threads=limits["threads"]):
        layers.append("seccomp")
    wall.build_wall(readable=readable, folder=folder, ctypes=guard["ctypes"])
    return layers


def _readable(named: list[Path]) -> list[Path]:
    """Interpreter, libraries, our own code, and what this child was started for."""
    return list(dict.fromkeys((*_own_places(), *(Path(os.path.realpath(path)) for path in named))))


@cache
def _own_places() -> tuple[Path, ...]:
    """Found out once for all children of a nursery: it takes as long as half of their layers."""
    own = [Path(path) for path in (sys.prefix, sys.base_prefix, sys.exec_prefix)]
    own += [Path(path) for path in sysconfig.get_paths().values()]
    own += [_ROOT / "analysis", *map(Path, _SYSTEM_FILES)]
    return tuple(Path(os.path.realpath(path)) for path in own)


if __name__ == "__main__":
    sys.path.insert(0, str(_ROOT))

    from analysis.errors import VideoProblem
    from analysis.sandbox import kernel, landlock, seccomp, wall
    from analysis.sandbox.messages import Kind, write_message

    if len(sys.argv) > 1:
        control = socket.socket(fileno=int(sys.argv[1]))
        _tend(control, parent=int(sys.argv[2]), module=sys.argv[3])
    else:
        _do(json.loads(sys.stdin.readline()))
