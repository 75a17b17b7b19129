"""Python's audit hook as a wall: once added it cannot be removed, by anybody, from inside.

It stands also where the kernel gives neither seccomp nor Landlock. What it calls is bound when it
is built; code that goes on to rewrite the standard library from within is for the kernel to stop.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_NEVER = frozenset(
    {
        "os.chdir",
        "os.chflags",
        "os.chmod",
        "os.chown",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.fwalk",
        "os.kill",
        "os.killpg",
        "os.link",
        "os.lockf",
        "os.mkdir",
        "os.posix_spawn",
        "os.putenv",
        "os.remove",
        "os.removexattr",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.spawn",
        "os.startfile",
        "os.symlink",
        "os.system",
        "os.unsetenv",
        "os.utime",
        "pty.spawn",
        "shutil.copytree",
        "shutil.move",
        "shutil.rmtree",
        "signal.pthread_kill",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.getnameinfo",
        "socket.sendmsg",
        "socket.sendto",
        "socket.sethostname",
        "sqlite3.connect",
        "subprocess.Popen",
        "syslog.openlog",
        "tempfile.mkdtemp",
        "ctypes.dlopen",
        "ctypes.dlsym",
        "ctypes.dlsym/handle",
        "ctypes.call_function",
        "ctypes.set_exception",
        "ctypes.string_at",
        "ctypes.wstring_at",
        "sys._current_frames",
        "sys.setprofile",
        "sys.settrace",
        "cpython.run_command",
        "cpython.run_file",
        "cpython.run_interactivehook",
        "cpython.run_module",
        "cpython.run_startup",
        "cpython.run_stdin",
    }
)
# The arguments at these places are paths that must lie in the folder.
_PATHS_OF = {
    "os.truncate": (0,),
    "shutil.chown": (0,),
    "shutil.copyfile": (1,),
    "shutil.copymode": (1,),
    "shutil.copystat": (1,),
    "tempfile.mkstemp": (0,),
}
_WITHOUT_A_NAME = os.O_TMPFILE & ~os.O_DIRECTORY
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def build_wall(*, readable: Iterable[Path], folder: Path | None, ctypes: bool = False) -> None:
    """From here on: no program, no socket of its own, no file but those named."""
    own_folder = None if folder is None else str(folder)
    never = frozenset(e for e in _NEVER if not e.startswith("ctypes.")) if ctypes else _NEVER
    sys.addaudithook(_hook(readable=tuple(map(str, readable)), folder=own_folder, never=never))


def _hook(
    *, readable: tuple[str, ...], folder: str | None, never: frozenset[str]
) -> Callable[[str, tuple[Any, ...]], None]:
    paths_of, writing, nameless = _PATHS_OF, _WRITING, _WITHOUT_A_NAME
    real_path, decoded = os.path.realpath, os.fsdecode
    may_read = (*readable, folder) if folder else readable
    devnull = os.devnull

    def lies_in(path: Any, roots: tuple[str, ...]) -> bool:
        if isinstance(path, int):
            return True  # an open file: it was checked when it was opened
        text = real_path(decoded(path))
        return any(text == root or text.startswith(root.rstrip("/") + "/") for root in roots)

    def refuse(event: str, subject: object = "") -> None:
        raise PermissionError(f"refused by the sandbox: {event} {subject!r}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if path is None or path == devnull:
                return
            wants_to_write = flags & writing or (mode and not set("wax+").isdisjoint(mode))
            roots = ((folder,) if folder else ()) if wants_to_write else may_read
            if flags & nameless or not lies_in(path, roots):
                refuse("open to write" if wants_to_write else "open", path)
        elif event in never:
            refuse(event, arguments[:2])
        elif event in paths_of:
            for place in paths_of[event]:
                if not folder or not lies_in(arguments[place], (folder,)):
                    refuse(event, arguments[place])
        elif event == "import" and arguments[1] and folder and lies_in(arguments[1], (folder,)):
            refuse(event, arguments[1])

    return hook
