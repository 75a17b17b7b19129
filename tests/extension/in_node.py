"""Our scripts in node: what they do with a page can be seen where no browser is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.extension.chromium import ROOT


def told_by(script: str) -> Any:
    """What a module's ``tell`` was given; it runs in the repository's folder."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("without node: what our scripts do with a page was not tried")
    told = "const tell = (value) => { console.log(JSON.stringify(value)); process.exit(); };\n"
    ran = subprocess.run(
        [node, "--input-type=module", "-e", told + script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
