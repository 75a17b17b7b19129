from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.extension.chromium import CHROMIUM, Chromium
from tests.extension.contract_server import ContractServer
from tests.extension.media import write_video
from tests.extension.site import Site

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"


@pytest.fixture(scope="session")
def node_tool() -> Callable[[str], str]:
    """Where a tool of package.json lies; a skip says in a line what the run did without."""

    def found(name: str) -> str:
        if not (NODE_MODULES / ".bin" / name).exists():
            _install_tools()
        tool = NODE_MODULES / ".bin" / name
        if not tool.exists():
            pytest.skip(f"without {name}: its package could not be installed")
        return str(tool)

    return found


def _install_tools() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("without node: the extension's types, lint and accessibility were not checked")
    with (HERE / ".npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several runners may find nothing at once
        if not NODE_MODULES.exists():
            install = [npm, "ci", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=HERE, capture_output=True, check=False)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("media") / "clip.webm"
    write_video(path)
    return path


@pytest.fixture(scope="session")
def _site(clip: Path) -> Iterator[Site]:
    site = Site(clip)
    yield site
    site.close()


@pytest.fixture
def site(_site: Site) -> Iterator[Site]:
    pages = dict(_site.pages)
    yield _site
    _site.pages, _site.headers = pages, {}


@pytest.fixture(scope="session")
def _server() -> Iterator[ContractServer]:
    server = ContractServer()
    yield server
    server.stop()


@pytest.fixture
def server(_server: ContractServer) -> ContractServer:
    _server.reset()
    return _server


@pytest.fixture(scope="session")
def _chromium(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    if not CHROMIUM.exists():
        pytest.skip("without Chromium: it is not installed here")
    chromium = Chromium(playwright, tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


@pytest.fixture
def chromium(_chromium: Chromium, server: ContractServer) -> Chromium:
    _chromium.reset(server=server.url)
    return _chromium
