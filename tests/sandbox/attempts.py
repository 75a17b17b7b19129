"""What a child taken over by a stranger would try. Each runs inside the sandbox."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

#: What is refused by Python's hook alone, and with the kernel's help all the more.
REFUSED = [
    "run_program",
    "run_shell",
    "fork",
    "exec_program",
    "spawn",
    "connect",
    "send_datagram",
    "listen",
    "resolve_name",
    "write_outside",
    "append_outside",
    "truncate_outside",
    "delete_outside",
    "rename_outside",
    "make_folder_outside",
    "make_folder_inside",
    "delete_inside",
    "rename_inside",
    "write_without_a_name",
    "write_through_a_link",
    "change_mode",
    "change_times",
    "read_a_secret",
    "read_passwords",
    "read_the_parents_environment",
    "kill_the_parent",
    "use_ctypes",
    "take_off_the_hook",
    "load_own_library",
    "replace_what_the_hook_uses",
]


def run_program(arguments, channel):
    subprocess.run(["/bin/true"], check=True)


def run_shell(arguments, channel):
    if os.system("true") != 0:
        raise PermissionError("the shell did not start")


def fork(arguments, channel):
    if os.fork() == 0:
        os._exit(0)


def exec_program(arguments, channel):
    os.execv("/bin/true", ["true"])


def spawn(arguments, channel):
    os.posix_spawn("/bin/true", ["true"], {})


def open_socket(arguments, channel):
    socket.socket()


def connect(arguments, channel):
    socket.create_connection(("127.0.0.1", arguments["port"]), timeout=2)


def send_datagram(arguments, channel):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.sendto(b"x", ("127.0.0.1", arguments["port"]))


def listen(arguments, channel):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))


def resolve_name(arguments, channel):
    socket.getaddrinfo("localhost", 80)


def write_outside(arguments, channel):
    Path(arguments["outside"], "new").write_text("x")


def write_by_descriptor(arguments, channel):
    directory = os.open(arguments["outside"], os.O_RDONLY)
    os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=directory)


def append_outside(arguments, channel):
    with Path(arguments["outside"], "kept").open("a") as file:
        file.write("x")


def truncate_outside(arguments, channel):
    os.truncate(Path(arguments["outside"], "kept"), 0)


def delete_outside(arguments, channel):
    Path(arguments["outside"], "kept").unlink()


def rename_outside(arguments, channel):
    Path(arguments["outside"], "kept").rename(Path(arguments["folder"], "taken"))


def make_folder_outside(arguments, channel):
    Path(arguments["outside"], "folder").mkdir()


def make_folder_inside(arguments, channel):
    """In which nobody counts what is stored."""
    Path(arguments["folder"], "folder").mkdir()


def delete_inside(arguments, channel):
    """What is still open takes its room, and nobody sees it any more."""
    path = Path(arguments["folder"], "open")
    with path.open("w"):
        path.unlink()


def rename_inside(arguments, channel):
    path = Path(arguments["folder"], "open")
    with path.open("w"):
        path.with_name("other").write_text("x")
        path.with_name("other").replace(path)


def write_without_a_name(arguments, channel):
    os.open(arguments["folder"], os.O_TMPFILE | os.O_WRONLY)


def write_through_a_link(arguments, channel):
    link = Path(arguments["folder"], "link")
    link.symlink_to(arguments["outside"])
    (link / "new").write_text("x")


def change_mode(arguments, channel):
    Path(arguments["outside"], "kept").chmod(0o777)


def change_times(arguments, channel):
    os.utime(Path(arguments["outside"], "kept"))


def read_a_secret(arguments, channel):
    Path(arguments["outside"], "kept").read_text()


def read_passwords(arguments, channel):
    Path("/etc/passwd").read_text()


def read_the_parents_environment(arguments, channel):
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def list_the_outside(arguments, channel):
    list(Path(arguments["outside"]).iterdir())


def kill_the_parent(arguments, channel):
    os.kill(os.getppid(), signal.SIGTERM)


def leave_its_group(arguments, channel):
    os.setpgid(0, os.getpgid(os.getppid()))


def use_ctypes(arguments, channel):
    import ctypes

    ctypes.CDLL(None).getpid()


def take_off_the_hook(arguments, channel):
    sys.addaudithook(lambda *event: None)  # a further hook cannot loosen the first
    import ctypes

    ctypes.CDLL(None).system(b"true")


def replace_what_the_hook_uses(arguments, channel):
    os.path.realpath = lambda path, **_: arguments["folder"]
    os.fsdecode = lambda path: arguments["folder"]
    Path(arguments["outside"], "new").write_text("x")


def connect_by_the_broker(arguments, channel):
    channel.connect("127.0.0.1", arguments["port"])


def room_of_a_connection(arguments, channel):
    with channel.connect("127.0.0.1", arguments["port"]) as connection:
        names = (socket.SO_RCVBUF, socket.SO_RCVLOWAT)
        return [connection.getsockopt(socket.SOL_SOCKET, name) for name in names]


def connect_anew(arguments, channel):
    """What native code can do with a connection that its site has reset."""
    import ctypes

    with channel.connect("127.0.0.1", arguments["port"]) as connection:
        channel.send({"connected": True})
        with contextlib.suppress(ConnectionResetError):
            connection.recv(1)
        elsewhere = struct.pack("=H", socket.AF_INET) + struct.pack("!H", arguments["elsewhere"])
        elsewhere += socket.inet_aton("127.0.0.1") + bytes(8)
        libc = ctypes.CDLL(None)
        for _ in range(2):  # the first lets the kernel notice that the connection is gone
            libc.sendto(connection.fileno(), b"x", 1, socket.MSG_FASTOPEN, elsewhere, 16)


def ask_the_broker_for_a_name(arguments, channel):
    channel.connect("localhost", arguments["port"])


def load_own_library(arguments, channel):
    library = Path(arguments["folder"], "evil.so")
    library.write_bytes(b"\x7fELF" + bytes(1000))
    import importlib.machinery
    import importlib.util

    loader = importlib.machinery.ExtensionFileLoader("evil", str(library))
    importlib.util.module_from_spec(importlib.util.spec_from_loader("evil", loader))


# What the limits are for.


def fill_memory(arguments, channel):
    kept = []
    while True:
        kept.append(bytearray(64 * 1024 * 1024))


def fill_the_disk(arguments, channel):
    with Path(arguments["folder"], "large").open("wb") as file:
        while True:
            file.write(bytes(1024 * 1024))


def open_every_file(arguments, channel):
    kept = []
    while True:
        kept.append(os.open(os.devnull, os.O_RDONLY))


def spin(arguments, channel):
    while True:
        pass


def sleep(arguments, channel):
    time.sleep(60)


def crash(arguments, channel):
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.abort()


def start_threads(arguments, channel):
    import threading

    threading.Thread(target=int).start()


# What an honest child does.


def talk(arguments, channel) -> dict[str, Any]:
    for number in range(arguments["times"]):
        channel.send({"number": number}, bytes([number % 256]) * arguments["bytes"])
    return {"said": arguments["times"]}


def write_inside(arguments, channel):
    path = Path(arguments["folder"], "made")
    path.write_text("x")
    os.truncate(path, 0)
    return sorted(entry.name for entry in Path(arguments["folder"]).iterdir())


def raise_problem(arguments, channel):
    from analysis.errors import VideoProblem

    raise VideoProblem("content.private", "because", retry_after_s=arguments["wait_s"])


def raise_anything(arguments, channel):
    raise ZeroDivisionError("by nothing")


def report_environment(arguments, channel):
    return {"environment": dict(os.environ), "arguments": sys.argv, "modules": len(sys.modules)}


def write_garbage(arguments, channel):
    os.write(channel._messages_fd, b"\xff" * 4096)
    time.sleep(60)


def send_too_much(arguments, channel):
    channel.send({}, bytes(arguments["bytes"]))


def invent_a_problem(arguments, channel):
    from analysis.sandbox.messages import Kind, write_message

    write_message(channel._messages_fd, Kind.PROBLEM, {"code": "verdict.real"})
    time.sleep(60)


def say_nothing_but_ready(arguments, channel):
    from analysis.sandbox.messages import Kind, write_message

    while True:
        write_message(channel._messages_fd, Kind.READY, {})


def fill_standard_error(arguments, channel):
    for _ in range(1000):
        sys.stderr.write("x" * 1000)
    return "done"
