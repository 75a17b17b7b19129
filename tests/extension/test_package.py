"""What goes to the stores: types hold, the linter finds nothing, the bytes are always the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extension.chromium import EXTENSION, ROOT

MANIFEST = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packed")
    subprocess.run([sys.executable, EXTENSION / "pack.py", folder], check=True)
    return {path.stem.rpartition("-")[2]: path for path in folder.glob("*.zip")}


def test_every_type_holds(node_tool: Callable[[str], str]) -> None:
    checker = [node_tool("tsc"), "-p", ROOT / "tests" / "extension"]
    ran = subprocess.run(checker, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_the_code_has_one_style(node_tool: Callable[[str], str]) -> None:
    files = [
        path for suffix in ("js", "css", "html", "ts") for path in EXTENSION.rglob(f"*.{suffix}")
    ]
    config = ROOT / "tests" / "extension" / "prettier.json"
    formatter = [node_tool("prettier"), "--config", config, "--list-different", *files]
    ran = subprocess.run(formatter, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_the_linter_of_the_store_finds_nothing(
    node_tool: Callable[[str], str], archives: dict[str, Path], tmp_path: Path
) -> None:
    answer = tmp_path / "answer.json"
    with answer.open("w") as out:  # it ends before a pipe has taken all that it says
        linter = [node_tool("addons-linter"), "--output", "json", archives["firefox"]]
        subprocess.run(linter, stdout=out, check=True, env=os.environ | {"LOG_LEVEL": "fatal"})
    told = json.loads(answer.read_text(encoding="utf-8"))
    found = told["errors"] + told["warnings"] + told["notices"]
    assert [f"{one['code']}: {one['message']} {one['file']}" for one in found] == []


def test_the_same_files_give_the_same_bytes(archives: dict[str, Path], tmp_path: Path) -> None:
    subprocess.run([sys.executable, EXTENSION / "pack.py", tmp_path], check=True)
    for archive in archives.values():
        assert (tmp_path / archive.name).read_bytes() == archive.read_bytes()


def test_each_store_gets_its_own_manifest_and_nothing_that_only_we_need(
    archives: dict[str, Path],
) -> None:
    manifests = {}
    for store, archive in archives.items():
        with zipfile.ZipFile(archive) as packed:
            names = packed.namelist()
            manifests[store] = json.loads(packed.read("manifest.json"))
        assert names == sorted(names)
        assert {Path(name).suffix for name in names} == {".js", ".json", ".css", ".html", ".png"}
    assert "key" not in manifests["chromium"] | manifests["firefox"]
    assert manifests["chromium"]["background"]["service_worker"] == "background/main.js"
    assert manifests["firefox"]["background"]["scripts"] == ["background/main.js"]


def test_every_permission_is_justified() -> None:
    table = (EXTENSION / "PERMISSIONS.md").read_text(encoding="utf-8")
    rows = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    asked = MANIFEST["permissions"] + MANIFEST["optional_host_permissions"]
    assert [name for name in asked if f"`{name}`" not in rows] == []
    assert not {"host_permissions", "content_scripts", "web_accessible_resources"} & set(MANIFEST)


def test_no_file_is_longer_than_one_can_read() -> None:
    lengths = {
        path.relative_to(EXTENSION).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in EXTENSION.rglob("*.js")
    }
    assert max(lengths.values()) < 400, lengths


def test_the_server_s_pages_share_the_tokens() -> None:
    copy = ROOT / "detector_service" / "pages" / "static" / "pages" / "tokens.css"
    assert copy.read_bytes() == (EXTENSION / "tokens.css").read_bytes()
