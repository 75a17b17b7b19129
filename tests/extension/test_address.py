"""One video has one key, whether the browser computes it or the server does."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.errors import VideoProblem
from analysis.fetch.address import parse_address
from tests.extension.chromium import EXTENSION
from tests.extension.write_platforms import TARGET, platforms_in_javascript

CASES: list[tuple[str, str | None]] = json.loads(
    (Path(__file__).parent / "addresses.json").read_text(encoding="utf-8")
)

SCRIPT = """
import { keyHash, parseAddress } from "./service/address.js";
const cases = JSON.parse(process.argv[1]);
const told = [];
for (const url of cases) {
  const key = parseAddress(url)?.key ?? null;
  told.push([key, key && (await keyHash(key))]);
}
console.log(JSON.stringify(told));
"""


@pytest.mark.parametrize(("url", "key"), CASES)
def test_the_server_s_key(url: str, key: str | None) -> None:
    if key is None:
        with pytest.raises(VideoProblem):
            parse_address(url)
    else:
        assert parse_address(url).key == key


def test_the_browser_s_key_is_the_server_s() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("without node: the extension's keys were not held against the server's")
    # URL.parse is newer than the oldest node that can run the rest.
    script = "URL.parse ??= (u, b) => { try { return new URL(u, b); } catch { return null; } };"
    urls = json.dumps([url for url, _ in CASES])
    ran = subprocess.run(
        [
            node,
            "--input-type=module",
            "-e",
            SCRIPT.replace("const cases", script + "const cases"),
            urls,
        ],
        cwd=EXTENSION,
        capture_output=True,
        text=True,
        check=True,
    )
    for (url, key), (told, digest) in zip(CASES, json.loads(ran.stdout), strict=True):
        assert told == key, url
        assert digest == (hashlib.sha256(key.encode()).hexdigest() if key else None)


def test_the_browser_knows_the_platforms_that_the_server_knows() -> None:
    assert TARGET.read_text(encoding="utf-8") == platforms_in_javascript()
