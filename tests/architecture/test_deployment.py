"""What starts the service: scripts that parse, compose files that fit their specification, pins."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from detector_service.checks.canary import QUEUES

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
SCRIPTS = [*sorted(DOCKER.glob("*.sh")), ROOT / ".ci" / "run"]
COMPOSE = sorted(DOCKER.glob("compose*.yml"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_run(script: Path) -> None:
    assert script.stat().st_mode & 0o111, "not executable"
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)
def test_a_compose_file_fits_the_specification(file: Path) -> None:
    checked = subprocess.run(
        [
            Path(sys.executable).parent / "check-jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            file,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)
def test_our_containers_can_do_no_more_than_they_must(file: Path) -> None:
    for name, service in yaml.safe_load(file.read_text())["services"].items():
        if "build" not in service:
            continue
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        command = service.get("command", "docker/embedded.sh").split()[0]
        assert (ROOT / command).exists(), command
        assert "privileged" not in service


def test_only_what_fetches_or_sends_and_the_front_reach_the_internet() -> None:
    compose = yaml.safe_load((DOCKER / "compose.yml").read_text())
    assert compose["networks"]["inside"]["internal"] is True
    outside = {
        name for name, service in compose["services"].items() if "outside" in service["networks"]
    }
    assert outside == {"fetch", "housekeeping", "front"}


def test_each_queue_has_a_worker_of_its_own() -> None:
    compose = (DOCKER / "compose.yml").read_text()
    for start in (compose, (DOCKER / "embedded.sh").read_text()):
        assert sorted(re.findall(r"docker/worker\.sh (\w+)", start)) == sorted(QUEUES)


def test_a_full_cache_makes_room_of_its_own_and_takes_none_from_the_broker() -> None:
    compose = yaml.safe_load((DOCKER / "compose.yml").read_text())
    told, services = compose["x-program"]["environment"], compose["services"]
    cache, broker = (urlsplit(told[name]).hostname for name in ("CACHE_URL", "REDIS_URL"))
    assert "--maxmemory-policy allkeys-lru" in services[cache]["command"]
    assert "--maxmemory-policy noeviction" in services[broker]["command"]


def test_what_the_containers_are_told_is_read_by_the_settings() -> None:
    compose = yaml.safe_load((DOCKER / "compose.yml").read_text())
    settings = (ROOT / "detector_service" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    assert set(compose["x-program"]["environment"]) <= read
    assert {"STORE_URL", "EMAIL_URL", "KEEP_VIDEOS"} <= set(compose["x-program"]["environment"])
    assert compose["x-program"]["env_file"][0]["path"] == ".env"


def test_the_readme_names_each_setting_that_the_containers_do_not_take_from_env() -> None:
    told = yaml.safe_load((DOCKER / "compose.yml").read_text())["x-program"]["environment"]
    fixed = {name for name, value in told.items() if f"${{{name}" not in value}
    readme = (ROOT / "README.md").read_text()
    [named] = re.findall(r"reaches the\ncontainers, but for (.*?)\.\n", readme, re.DOTALL)
    assert set(re.findall(r"`([A-Z_]+)`", named)) - {"HOST"} == fixed


def test_the_secrets_of_this_machine_are_not_built_into_the_image() -> None:
    kept_out = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    assert kept_out.index("docker/.env") > kept_out.index("!docker")


def test_the_image_runs_as_nobody_in_particular() -> None:
    last_stage = (DOCKER / "Dockerfile").read_text().rsplit("FROM ", maxsplit=1)[-1]
    assert re.search(r"^USER checker$", last_stage, re.MULTILINE)


@pytest.mark.parametrize(
    "file",
    ["requirements.txt", "analysis/training/requirements.txt", "tests/requirements.txt"],
)
def test_every_requirement_is_pinned_exactly(file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    named = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert named and all(re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line) for line in named)


@pytest.mark.parametrize("written", ["", "KEEP_VIDEOS=reviewed", "AUDIT_KEY=\nHOST=a.example\n"])
def test_the_first_start_adds_the_secrets_that_are_not_there(tmp_path: Path, written: str) -> None:
    """Settings that were written before stay, and nothing changes at the next start."""
    (tmp_path / "up.sh").write_bytes((DOCKER / "up.sh").read_bytes())
    (tmp_path / ".env").write_text(written)
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    told = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["bash", tmp_path / "up.sh"], check=True, env=told)
    after = (tmp_path / ".env").read_text()
    values = dict(line.split("=", 1) for line in after.split("\n") if line)

    compose = (DOCKER / "compose.yml").read_text()
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", compose))
    secrets = {values[name] for name in needed}
    assert len(secrets) == len(needed) >= 4 and all(len(secret) >= 50 for secret in secrets)
    assert after.startswith(written) and values["HOST"] in {"localhost", "a.example"}
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    subprocess.run(["bash", tmp_path / "up.sh"], check=True, env=told)
    assert (tmp_path / ".env").read_text() == after


@pytest.mark.parametrize("port", ["abc", "", "0", "65536", "-1", "8000; rm"])
def test_a_port_that_is_none_is_told_in_a_sentence(port: str) -> None:
    told = subprocess.run(
        [sys.executable, DOCKER / "wait_ready.py", "--port-is-free", f"127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr.startswith("A port is a number from 1 to 65535")
    assert "Traceback" not in told.stderr


def test_that_all_is_ready_can_be_said_in_any_encoding() -> None:
    """Whoever cannot say it ends, and the whole service with it."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        told = subprocess.run(
            [sys.executable, DOCKER / "wait_ready.py", address, address],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()
    assert told.returncode == 0, told.stderr
    assert f"is ready:  {address}" in told.stdout


def test_a_port_that_is_taken_is_told_with_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        told = subprocess.run(
            [sys.executable, DOCKER / "wait_ready.py", "--port-is-free", address],
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 1
    assert told.stderr.startswith(f"{address} cannot be used")
    assert "make run PORT=" in told.stderr
