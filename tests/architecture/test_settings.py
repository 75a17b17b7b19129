"""Settings of production, read by a new process as production would read them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = "detector_service/settings.py"
SECRET = "a-long-random-value-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH"


def manage(*arguments: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean | {"VAR_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_found_wrong_with_a_deployment(tmp_path: Path) -> None:
    checked = manage(
        "check",
        "--deploy",
        "--fail-level=INFO",
        tmp_path=tmp_path,
        DEPLOYMENT="production",
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS="check.example.org",
        PUBLIC_URL="https://check.example.org",
    )
    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": SECRET, "DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": SECRET, "DEPLOYMENT": "prod"}, "DEPLOYMENT"),
        ({"SECRET_KEY": SECRET, "DEPLOYMENT": ""}, "DEPLOYMENT"),
        ({"SECRET_KEY": SECRET, "REVIEW_SECOND_FACTOR": "required"}, "REVIEW_SECOND_FACTOR"),
    ],
)
def test_production_does_not_start_with_what_is_only_safe_at_home(
    environment: dict[str, str], named: str, tmp_path: Path
) -> None:
    checked = manage("check", tmp_path=tmp_path, **{"DEPLOYMENT": "production"} | environment)
    assert checked.returncode != 0
    assert "ImproperlyConfigured" in checked.stderr and named in checked.stderr


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    """An empty key would sign for everybody, an empty folder would be that of the code."""
    every = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / SETTINGS).read_text()))
    told = {"DEPLOYMENT": "production", "SECRET_KEY": SECRET, "REDIS_URL": "redis://redis:6379/0"}
    empty = dict.fromkeys(every - {"VAR_DIR", *told}, "")
    unset = manage("diffsettings", "--all", tmp_path=tmp_path, **told).stdout
    assert "AUDIT_KEY = 'audit " in unset
    assert manage("diffsettings", "--all", tmp_path=tmp_path, **told, **empty).stdout == unset


@pytest.mark.parametrize("folder", ["c++", "C#", "what?", "50%25", "two words"])
def test_the_database_lies_in_its_folder_whatever_that_is_called(
    folder: str, tmp_path: Path
) -> None:
    migrated = manage("migrate", "contenttypes", tmp_path=tmp_path / folder)
    assert migrated.returncode == 0, migrated.stderr
    assert [each.parent for each in tmp_path.rglob("*.sqlite3")] == [tmp_path / folder]
    assert list(tmp_path.iterdir()) == [tmp_path / folder]


def test_every_model_change_has_its_migration(tmp_path: Path) -> None:
    checked = manage("makemigrations", "--check", "--dry-run", tmp_path=tmp_path)
    assert checked.returncode == 0, checked.stdout
