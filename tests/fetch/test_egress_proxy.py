"""With an egress proxy every connection is a tunnel to an address that was checked before."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from analysis.errors import VideoProblem
from analysis.fetch.limits import FetchLimits
from analysis.sandbox import PublicNetwork
from tests.fetch.conftest import Fetch
from tests.fetch.site.server import HostileSite


class Proxy:
    """Speaks CONNECT, writes down what it was asked for, and leads to the site."""

    def __init__(self, site: HostileSite) -> None:
        self.asked: list[str] = []
        self._site = site
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            target = head.split()[1].decode()
            self.asked.append(target)
            if target.endswith(":81"):
                client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self._site.port)) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server)
                back.join()

    def close(self) -> None:
        self._listening.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(site: HostileSite) -> Iterator[Proxy]:
    proxy = Proxy(site)
    yield proxy
    proxy.close()


def test_it_tunnels_to_the_checked_address(
    site: HostileSite, proxy: Proxy, fetch: Fetch, limits: FetchLimits
) -> None:
    site.names["public.test"] = [["93.184.216.34"]]

    video = fetch("http://public.test/ok.mp4", limits=replace(limits, proxy=proxy.url))

    assert video.facts.codec == "h264"
    assert set(proxy.asked) == {"93.184.216.34:80"}


def test_a_private_address_is_refused_before_the_proxy_is_asked(
    site: HostileSite, proxy: Proxy, fetch: Fetch, limits: FetchLimits
) -> None:
    with pytest.raises(VideoProblem, match=r"link\.blocked_address"):
        fetch("http://10.0.0.1/ok.mp4", limits=replace(limits, proxy=proxy.url))
    assert proxy.asked == []


def test_a_refusal_of_the_proxy_is_an_ordinary_failure(proxy: Proxy) -> None:
    network = PublicNetwork(proxy=proxy.url, resolve=lambda host, port: ["93.184.216.34"])

    with pytest.raises(ConnectionRefusedError):
        network._tunnel("93.184.216.34", 81, timeout_s=5)
