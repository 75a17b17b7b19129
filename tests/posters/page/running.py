"""The service's web process, without a worker, and the example site: two programs, two origins."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.posters.page.line import Line

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "tests" / "posters" / "example_site"
READY_WITHIN_S = 120.0
PATIENCE_S = 2  # of the example's pages


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Program:
    def __init__(self, command: list[str], *, folder: Path, env: dict[str, str], out: Path) -> None:
        with out.open("w") as said:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=env,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._out = out

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def wait_for(self, url: str) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                urlopen(url, timeout=5).close()
            except (URLError, OSError):
                time.sleep(0.2)
            else:
                return
        self.stop()
        raise AssertionError(self._out.read_text())


class Service:
    def __init__(self, folder: Path, line: Line) -> None:
        self.line = line
        self.port = line.to_port = free_port()
        self.site_url = f"http://localhost:{free_port()}"
        self._env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "PUBLIC_URL": line.url,
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_PROCESSES": "1",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "detector_service.settings",
        }
        told = self.run(sys.executable, "-m", "tests.posters.page.prepare_service", self.site_url)
        self.key = re.findall(r"dfc_\S+", told)[0]
        self.script, self.integrity = re.findall(r'src="(.+?)" integrity="(.+?)"', told)[0]
        self._program = Program(
            ["docker/web.sh"], folder=ROOT, env=self._env, out=folder / "service.out"
        )
        self._program.wait_for(f"http://127.0.0.1:{self.port}/api/v1/health/live")

    def stop(self) -> None:
        self._program.stop()

    def run(self, *command: str) -> str:
        """Without the line: what its operator does on the machine itself."""
        ran = subprocess.run(
            command, cwd=ROOT, env=self._env, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def knows(self, content: bytes, outcome: str) -> None:
        """As if the bytes had been looked at before."""
        sha256 = hashlib.sha256(content).hexdigest()
        words = [sha256, str(len(content)), outcome]
        self.run(sys.executable, "-m", "tests.posters.page.put_verdict", *words)


class ExampleSite:
    def __init__(self, folder: Path, service: Service) -> None:
        self.url = service.site_url
        env = {
            "PATH": os.environ["PATH"],
            "SITE_DIR": str(folder),
            "SERVICE": service.line.url,
            "SERVICE_KEY": service.key,
            "SCRIPT_SRC": service.script,
            "SCRIPT_INTEGRITY": service.integrity,
            "PATIENCE_S": str(PATIENCE_S),
            "WAIT_S": "0",
        }
        manage = [sys.executable, "manage.py"]
        self._env = env
        self.manage("migrate", "--verbosity", "0")
        self._program = Program(
            [*manage, "runserver", "--noreload", self.url.removeprefix("http://")],
            folder=EXAMPLE,
            env=env,
            out=folder / "site.out",
        )
        self._program.wait_for(self.url)

    def stop(self) -> None:
        self._program.stop()

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        ran = subprocess.run(
            command, cwd=EXAMPLE, env=self._env, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout
