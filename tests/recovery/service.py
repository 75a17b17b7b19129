"""Web, workers and broker as real processes, started by the scripts that a deployment uses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests import leash

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
WORKERS = ("fetch", "analyse", "housekeeping", "beat")
UNDER_WAY = {"queued", "fetching", "analysing"}


class Service:
    """On SQLite and the embedded broker, or with ``redis`` and a ``database`` as deployed."""

    def __init__(self, folder: Path, *, redis: bool, database: str | None) -> None:
        self.folder = folder
        self.database = database
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.port = free_port()
        self.redis_port = free_port() if redis else None
        bundle = folder / "toy"
        bundle.mkdir(parents=True)
        (bundle / "card.json").write_text('{"schema": 1, "name": "toy", "version": "toy-1"}')
        inherited = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        self.environment = {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "tests.recovery.settings",
            "PYTHONPATH": str(ROOT),
            "VAR_DIR": str(folder),
            "BUNDLE": str(bundle),
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_PROCESSES": "1",
            "LEASE_S": "3",
            "REQUEUE_EVERY_S": "0.7",
            **({"REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0"} if redis else {}),
            **({"DATABASE_URL": database} if database else {}),
        }

    # -- processes --

    def start_all(self) -> None:
        self._run("docker/release.sh")
        self.start_broker()
        self.start("web")
        self.start_workers()
        wait_until(self._live, "the web process answers")

    def start_workers(self) -> None:
        for name in WORKERS:
            self.start(name)

    def start(self, name: str) -> None:
        """A worker has less patience with the database than the web, so that locks are felt."""
        if name in {"web", "beat"}:
            self._spawn(name, [f"docker/{name}.sh"])
        else:
            self._spawn(name, ["docker/worker.sh", name], DATABASE_TIMEOUT_S="3")

    def start_broker(self) -> None:
        if self.redis_port is not None:
            here = str(self.folder)
            options = f"--port {self.redis_port} --dir {here} --save --bind 127.0.0.1".split()
            self._spawn("redis", ["redis-server", *options, "--appendonly", "yes"])
            wait_until(lambda: can_connect(self.redis_port), "Redis answers")
        elif (away := self.folder / "broker-away").exists():
            # A worker that ended with the broker was started again and has made the folder anew:
            # what lies there is gone, as under a disk that is mounted again.
            if (broker := self.folder / "broker").exists():
                broker.rename(self.folder / f"broker-meanwhile-{time.monotonic_ns()}")
            away.rename(self.folder / "broker")

    def stop_broker(self) -> None:
        if self.redis_port is not None:
            self.kill("redis")
        else:
            (self.folder / "broker").rename(self.folder / "broker-away")

    def kill(self, *names: str) -> None:
        """-9, the process and all its children, as when a machine's power fails."""
        for name in names:
            process = self.processes.pop(name)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill_program(self, name: str) -> None:
        """-9, and only what the script has started, as when the memory of a machine is used up."""
        script = str(self.processes[name].pid)
        (program,) = subprocess.check_output(["ps", "-o", "pid=", "--ppid", script]).split()
        os.kill(int(program), signal.SIGKILL)

    def kill_all(self) -> None:
        self.kill(*self.processes)

    def _spawn(self, name: str, command: list[str], **environment: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = leash.start(
                command,
                cwd=ROOT,
                env=self.environment | environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def _run(self, *command: str) -> None:
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)

    # -- what a client sees --

    def ask(self, url: str) -> dict[str, Any]:
        status, answer = self.request("POST", "/api/v1/checks", {"url": url})
        assert status in {200, 202}, answer
        return answer

    def check(self, check_id: str) -> dict[str, Any]:
        status, answer = self.request("GET", f"/api/v1/checks/{check_id}")
        assert status == 200, answer
        return answer

    def wait_for(self, check_id: str) -> dict[str, Any]:
        return wait_until(
            lambda: (now := self.check(check_id))["state"] not in UNDER_WAY and now,
            f"check {check_id} ends",
            self.last_words,
        )

    def request(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def _live(self) -> bool:
        try:
            return self.request("GET", "/api/v1/health/live")[0] == 200
        except OSError:
            return False

    # -- what happened inside --

    def hold(self, gate: str) -> None:
        (self.folder / "hold").mkdir(exist_ok=True)
        (self.folder / "hold" / gate).touch()
        (self.folder / "reached" / gate).unlink(missing_ok=True)

    def open(self, gate: str) -> None:
        (self.folder / "hold" / gate).unlink()

    def wait_reached(self, gate: str) -> int:
        reached = self.folder / "reached" / gate
        return int(
            wait_until(
                lambda: reached.exists() and reached.read_text(),
                f"{gate} is reached",
                self.last_words,
            )
        )

    def noted(self, name: str, url: str) -> int:
        path = self.folder / f"{name}.log"
        return path.read_text().splitlines().count(url) if path.exists() else 0

    def work_files(self) -> set[str]:
        return {path.name for path in (self.folder / "store" / "work").glob("*")}

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.connection() as database:
            cursor = database.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Commits what was done with it, and is closed."""
        if self.database is None:
            file = self.folder / "service.sqlite3"
            with closing(sqlite3.connect(file, timeout=20)) as database, database:
                yield database
        else:
            with psycopg.connect(self.database, cursor_factory=WithQuestionMarks) as database:
                yield database

    def last_words(self) -> str:
        """The end of every process's log, for the report of a failed test."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(map(readable, path.read_text().splitlines()[-15:]))
            for path in sorted(self.folder.glob("*.out"))
        )


class WithQuestionMarks(psycopg.ClientCursor[Any]):
    """The placeholders of SQLite."""

    def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        return super().execute(query.replace("?", "%s"), *arguments, **options)


def readable(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return line
    return f"{told['at']} {told['logger']} {told['message']} {told.get('traceback', '')[-700:]}"


def wait_until(
    condition: Callable[[], Any], what: str, evidence: Callable[[], str] = lambda: ""
) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"in vain until {what}\n{evidence()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def can_connect(port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def has_redis() -> bool:
    return shutil.which("redis-server") is not None
