"""The parent's side: start a guarded child, listen to it, and end it whatever happens."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from analysis.errors import PROBLEMS, VideoProblem
from analysis.sandbox import nursery
from analysis.sandbox.broker import Broker, PublicNetwork
from analysis.sandbox.messages import Kind, Message, MessageReader, ProtocolError

Death = Literal["wall_clock", "silence", "cpu", "memory", "killed", "crash", "protocol"]

_ENTER = Path(__file__).with_name("enter.py")
_KEPT_STDERR_BYTES = 8 * 1024
_PIPE_BYTES = 1024 * 1024
_F_SETPIPE_SZ = 1031
_LAST_WORDS_S = 1.0
_LONGEST_WAIT_S = 86_400.0


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """``wall_s`` runs from the start, read or not; ``silence_s`` is the longest wait for a message.

    ``ctypes`` is for a library that is called through it; the kernel's layers still hold.
    """

    wall_s: float
    cpu_s: int
    memory_bytes: int
    silence_s: float | None = None
    file_bytes: int = 0
    open_files: int = 128
    threads: bool = False
    ctypes: bool = False
    max_payload_bytes: int = 64 * 1024 * 1024


class ChildDied(Exception):
    """The child ended without an answer, or had to be ended."""

    def __init__(self, reason: Death, detail: str = "") -> None:
        self.reason: Death = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else reason)

    @property
    def took_too_long(self) -> bool:
        return self.reason in {"wall_clock", "silence", "cpu"}


class ChildRaised(Exception):
    """An exception of the child that is no VideoProblem."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        super().__init__(f"{kind}: {text}")


class Sandbox:
    """One guarded child. Use it in a ``with`` block, in the thread that made it.

    ``warm`` names a module that a nursery has imported beforehand; without it the child is an
    interpreter of its own. The layers are the same.
    """

    def __init__(
        self,
        target: str,
        arguments: Mapping[str, Any],
        *,
        limits: SandboxLimits,
        folder: Path | None = None,
        readable: tuple[Path, ...] = (),
        network: PublicNetwork | None = None,
        environment: Mapping[str, str] | None = None,
        warm: str | None = None,
    ) -> None:
        self._target = target
        self._arguments = dict(arguments)
        self._limits = limits
        self._folder = folder.resolve() if folder else None
        self._readable = readable
        self._network = network
        self._environment = dict(environment or {})
        self._warm = warm
        self._broker: Broker | None = None
        self._stderr = bytearray()
        self.result: Any = None
        self.layers: tuple[str, ...] = ()

    @property
    def stderr_tail(self) -> str:
        """The child's last words, for the log only: they can quote a stranger's bytes."""
        return self._stderr.decode(errors="replace")

    @property
    def blocked(self) -> tuple[str, ...]:
        """Places that the child asked for and was refused."""
        return tuple(self._broker.blocked) if self._broker else ()

    def __enter__(self) -> Self:
        self._started_at = time.monotonic()
        self._messages_fd, childs_end = os.pipe2(os.O_CLOEXEC)
        inherited = [childs_end]
        try:
            if self._network is not None:
                self._broker = Broker(self._network)
                inherited.append(self._broker.childs.fileno())
            self._process = self._start(inherited)
        except BaseException:
            os.close(self._messages_fd)
            if self._broker:
                self._broker.close()
            raise
        finally:
            os.close(childs_end)
        if self._broker:
            self._broker.start()
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._messages_fd, _F_SETPIPE_SZ, _PIPE_BYTES)
        try:
            self._give_order(inherited)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill and reap the child. Safe to call twice."""
        process = self._process
        if process.poll() is None:
            for kill in (os.kill, os.killpg):  # one that left its group is killed all the same
                with contextlib.suppress(ProcessLookupError):
                    kill(process.pid, signal.SIGKILL)
            process.wait()
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._messages_fd >= 0:
            os.close(self._messages_fd)
            self._messages_fd = -1
        if self._broker:
            self._broker.close()

    def messages(self, *, tick_s: float = 0.25) -> Iterator[Message | None]:
        """What the child says until it has answered; None whenever ``tick_s`` passed in silence."""
        os.set_blocking(self._messages_fd, False)
        reader = MessageReader(self._messages_fd, max_payload_bytes=self._limits.max_payload_bytes)
        stderr = self._process.stderr
        assert stderr is not None
        os.set_blocking(stderr.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._messages_fd, selectors.EVENT_READ)
            selector.register(stderr, selectors.EVENT_READ)
            heard_at = time.monotonic()
            ticked_at = heard_at
            while True:
                self._check_wall_clock()
                message = self._next(reader)
                if message is not None:
                    if self._is_last(*message):
                        return
                    kind, header, payload = message
                    yield Message(header, payload) if kind is Kind.MESSAGE else None
                    heard_at = ticked_at = time.monotonic()
                    continue
                now = time.monotonic()
                if now - ticked_at >= tick_s:
                    ticked_at = now
                    yield None
                self._check_silence(heard_at)
                for key, _ in selector.select(timeout=tick_s):
                    if key.fileobj is stderr and not self._keep_last_words():
                        selector.unregister(stderr)

    def _start(self, inherited: list[int]) -> subprocess.Popen[bytes] | nursery.ForkedChild:
        environment = _environment(self._environment, threads=self._limits.threads)
        if self._warm is not None:
            return nursery.fork_child(self._warm, environment, passed_fds=inherited)
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-B", "-X", "utf8", str(_ENTER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=inherited,
            cwd=self._folder or "/",
            env=environment | self._own_places(),
            start_new_session=True,
        )

    def _own_places(self) -> dict[str, str]:
        folder = str(self._folder or "/")
        return {"HOME": folder, "TMPDIR": folder}

    def _give_order(self, inherited: list[int]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(b"%b\n%b\n" % (self._guard(inherited), self._work()))
            stdin.close()

    def _guard(self, inherited: list[int]) -> bytes:
        limits = self._limits
        guard = {
            "parent": os.getpid(),
            "messages_fd": inherited[0],
            "broker_fd": inherited[1] if len(inherited) > 1 else None,
            "folder": str(self._folder) if self._folder else None,
            "environment": self._own_places(),
            "readable": [str(path) for path in self._readable],
            "ctypes": limits.ctypes,
            "limits": {
                name: value
                for name, value in asdict(limits).items()
                if name in {"cpu_s", "memory_bytes", "file_bytes", "open_files", "threads"}
            },
        }
        return json.dumps(guard).encode()

    def _work(self) -> bytes:
        return json.dumps({"target": self._target, "arguments": self._arguments}).encode()

    def _next(self, reader: MessageReader) -> tuple[Kind, Any, bytearray] | None:
        try:
            return reader.read()
        except ProtocolError as error:
            raise ChildDied("protocol", str(error)) from error
        except EOFError:
            raise self._cause_of_death() from None

    def _is_last(self, kind: Kind, header: Any, payload: bytearray) -> bool:
        """Take in what the child says of itself; nothing in it is believed unseen."""
        if not isinstance(header, dict):
            raise ChildDied("protocol", "header is no object")
        if kind is Kind.READY:
            self.layers = tuple(map(str, header.get("layers", ())))
        elif kind is Kind.RESULT:
            self.result = header.get("result")
            return True
        elif kind is Kind.PROBLEM:
            code = str(header.get("code"))
            if code not in PROBLEMS:
                raise ChildDied("protocol", "unknown problem")
            raise VideoProblem(
                code,
                str(header.get("detail", "")),
                retry_after_s=_time_to_wait(header.get("retry_after_s")),
            )
        elif kind is Kind.RAISED:
            if header.get("kind") == "MemoryError":
                raise ChildDied("memory", str(header.get("text", "")))
            raise ChildRaised(str(header.get("kind")), str(header.get("text")))
        return False

    def _check_wall_clock(self) -> None:
        if time.monotonic() - self._started_at > self._limits.wall_s:
            raise ChildDied("wall_clock", f"more than {self._limits.wall_s} s")

    def _check_silence(self, heard_at: float) -> None:
        silence_s = self._limits.silence_s
        if silence_s is not None and time.monotonic() - heard_at > silence_s:
            raise ChildDied("silence", f"nothing for {silence_s} s")

    def _keep_last_words(self) -> bool:
        """False at the end of the child's standard error."""
        stderr = self._process.stderr
        assert stderr is not None
        try:
            words = os.read(stderr.fileno(), _KEPT_STDERR_BYTES)
        except BlockingIOError:
            return True
        self._stderr += words
        del self._stderr[:-_KEPT_STDERR_BYTES]
        return bool(words)

    def _cause_of_death(self) -> ChildDied:
        try:
            code = self._process.wait(timeout=_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            return ChildDied("protocol", "closed its channel and went on")
        self._keep_last_words()
        if -code == signal.SIGXCPU:
            return ChildDied("cpu", f"more than {self._limits.cpu_s} s of processor time")
        if -code == signal.SIGKILL:
            return ChildDied("killed", "by the system or an operator")
        if "MemoryError" in self.stderr_tail or "Cannot allocate memory" in self.stderr_tail:
            return ChildDied("memory")
        return ChildDied("crash", f"exit {code}")


def _time_to_wait(said: Any) -> float | None:
    """No time at all, where a child names none that anybody could wait."""
    is_time = isinstance(said, int | float) and 0 <= said <= _LONGEST_WAIT_S
    return float(said) if is_time else None


def run_guarded(
    target: str,
    arguments: Mapping[str, Any],
    *,
    limits: SandboxLimits,
    folder: Path | None = None,
    readable: tuple[Path, ...] = (),
    network: PublicNetwork | None = None,
    environment: Mapping[str, str] | None = None,
    on_message: Callable[[Message | None], None] | None = None,
    warm: str | None = None,
) -> Any:
    """The answer of work done in a guarded child; see the package for what it raises."""
    box = Sandbox(
        target,
        arguments,
        limits=limits,
        folder=folder,
        readable=readable,
        network=network,
        environment=environment,
        warm=warm,
    )
    with box:
        for message in box.messages():
            if on_message is not None:
                on_message(message)
    return box.result


def nothing(arguments: dict[str, Any], channel: object) -> None:
    """The work of a child that is only asked for its layers."""


@cache
def guard_layers() -> tuple[str, ...]:
    """Which layers stand between a stranger's bytes and this machine, found out by trying."""
    limits = SandboxLimits(wall_s=20, cpu_s=10, memory_bytes=1 << 30)
    box = Sandbox(f"{__name__}:nothing", {}, limits=limits)
    with box:
        for _ in box.messages():
            pass
    return box.layers


def make_ready(warm: str, *, environment: Mapping[str, str] | None = None, threads: bool) -> None:
    """Begin to import ``warm``, so that the first child of it starts as fast as the rest."""
    nursery.make_ready(warm, _environment(dict(environment or {}), threads=threads))


def _environment(own: Mapping[str, str], *, threads: bool) -> dict[str, str]:
    return {"LC_ALL": "C.UTF-8", "PATH": "", **({} if threads else _ONE_THREAD), **own}


_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
