"""What is served: small, whole, typed, complete in six languages, and pinned by its hash."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.posters.page.running import ExampleSite, Service

ROOT = Path(__file__).resolve().parents[3]
PARTS = ROOT / "detector_service" / "posters" / "script"
SCRIPT = ROOT / "detector_service" / "posters" / "static" / "posters" / "check-before-posting.js"
WORKER = SCRIPT.with_name("hash-worker.js")
LARGEST_BYTES = 15_000


def test_the_script_is_under_fifteen_kilobytes_compressed() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) < LARGEST_BYTES


def test_what_is_served_is_what_the_parts_say() -> None:
    outputs = runpy.run_path(str(PARTS / "join.py"))["outputs"]()
    assert {path.name for path in outputs} == {SCRIPT.name, WORKER.name}
    for path, text in outputs.items():
        assert path.read_text(encoding="utf-8") == text, "run join.py"


def test_every_type_holds(node_tool: Callable[[str], str]) -> None:
    checker = [node_tool("tsc"), "-p", Path(__file__).parent]
    ran = subprocess.run(checker, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_the_parts_have_one_style(node_tool: Callable[[str], str]) -> None:
    files = [*PARTS.glob("*.js"), *PARTS.glob("*.ts")]
    config = ROOT / "tests" / "extension" / "prettier.json"
    formatter = [node_tool("prettier"), "--config", config, "--list-different", *files]
    ran = subprocess.run(formatter, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_every_language_is_complete_and_says_something_of_its_own() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("without node: the words were not read")
    program = (PARTS / "words.js").read_text(encoding="utf-8").replace("export ", "")
    program += "console.log(JSON.stringify(WORDS))"
    ran = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    words: dict[str, dict[str, str]] = json.loads(ran.stdout)
    assert list(words) == ["en", "es", "de", "fr", "pt", "ar"]
    for language, said in words.items():
        assert said.keys() == words["en"].keys(), language
        if language != "en":
            same = {name for name in said if said[name] == words["en"][name]}
            assert same == set(), language
    told = " ".join(words["en"].values()).lower()
    assert not re.search(r"\b(fake|real|illegal|fraud)\b", told)


def test_the_tag_pins_what_is_served(service: Service) -> None:
    with urlopen(service.script) as answer:
        served = answer.read()
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "immutable" in answer.headers["Cache-Control"]
    digest = base64.b64encode(hashlib.sha384(served).digest()).decode()
    assert service.integrity == f"sha384-{digest}"
    assert served == SCRIPT.read_bytes()


def test_the_worker_knows_the_hash_of_every_length(chromium: Browser, example: ExampleSite) -> None:
    """The standard's own vectors, then every length around the ends of blocks and of slices."""
    page = chromium.new_page(base_url=example.url)
    page.goto("/link")
    assert _hashed(page, b"") == hashlib.sha256(b"").hexdigest()
    assert _hashed(page, b"abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")
    two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    assert _hashed(page, two_blocks).startswith("248d6a61d20638b8e5c026930c3e6039a33ce459")
    for size in (1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 2**20 - 1, 2**20, 2**20 + 1, 3_000_001):
        content = bytes((at * 7 + size) % 251 for at in range(size))
        assert _hashed(page, content) == hashlib.sha256(content).hexdigest(), size
    page.close()


def _hashed(page: Page, content: bytes) -> str:
    return page.evaluate(
        """async (encoded) => {
          const worker = (globalThis.hashWorker ??= new Worker(
            trustedTypes.createPolicy("check-before-posting", { createScriptURL: (at) => at })
              .createScriptURL("/static/checked_uploads/hash-worker.js")));
          const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
          worker.postMessage(new File([bytes], "any"));
          return new Promise((resolve) => {
            worker.onmessage = ({ data }) => data.hex && resolve(data.hex);
          });
        }""",
        base64.b64encode(content).decode(),
    )
