"""What a child asks of the kernel before it touches anything: limits, and fewer powers."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct

_CLONE_NEWUTS, _CLONE_NEWIPC = 0x04000000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CAPABILITY_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}


def limit_resources(
    *, cpu_s: int, memory_bytes: int, file_bytes: int, open_files: int, threads: bool
) -> None:
    limits = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if not threads:
        limits[resource.RLIMIT_NPROC] = 0
    for which, limit in limits.items():
        hard = resource.getrlimit(which)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        # Processor time: a signal that tells why, and a second later one that cannot be caught.
        spare = 1 if which == resource.RLIMIT_CPU else 0
        resource.setrlimit(which, (soft, min(soft + spare, hard) if hard >= 0 else soft + spare))


def leave_the_network() -> bool:
    """Into namespaces of its own, with an empty network; many containers forbid it."""
    flags = _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    return bool(_libc().unshare(flags) == 0)


def give_up_powers() -> None:
    """No capabilities, none to gain, no memory for others to read."""
    libc = _libc()
    number = _CAPSET.get(os.uname().machine)
    if number is not None:
        header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
        libc.syscall(number, header, bytes(24))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """After every change of powers: the kernel forgets this at each of them."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
