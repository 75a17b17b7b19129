"""Every spelling of an address that is not public ends before a packet is sent."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from analysis.errors import VideoProblem
from analysis.fetch.address import parse_address
from analysis.sandbox import PublicNetwork, is_public
from analysis.sandbox.broker import BlockedAddress
from tests.fetch.conftest import Fetch
from tests.fetch.site.server import HostileSite

HOSTS = [
    "127.0.0.2",
    "2130706434",
    "0x7f000002",
    "0x7f.2",
    "017700000002",
    "127.2",
    "localhost",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::ffff:127.0.0.2]",
    "[::127.0.0.2]",
    "[64:ff9b::127.0.0.2]",
    "[2002:7f00:2::]",
    "[2001:0:53aa:64c:0:0:80ff:fffd]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "private.test",
    "metadata.test",
    "mapped.test",
    "scoped.test",
    "mixed.test",
]


@pytest.mark.parametrize("host", HOSTS)
def test_it_is_never_connected_to(
    host: str, site: HostileSite, fetch: Fetch, tmp_path: Path
) -> None:
    with pytest.raises(VideoProblem) as caught:
        fetch(f"http://{host}:{site.port}/secret.mp4")

    assert caught.value.code == "link.blocked_address", caught.value.detail
    assert site.listener.connections == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", [22, 25, 53, 111, 465, 853])
def test_ports_of_other_services_are_not_spoken_to(port: int) -> None:
    network = PublicNetwork(resolve=lambda host, port: ["93.184.216.34"])

    with pytest.raises(BlockedAddress):
        network.connect("example.com", port)


def test_the_listener_hears_whoever_does_connect(site: HostileSite) -> None:
    with socket.create_connection(("127.0.0.3", site.port)) as connection:
        connection.recv(1)

    assert site.listener.connections
    site.listener.connections.clear()


def test_a_name_is_resolved_once_and_the_checked_address_is_used(site: HostileSite) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    network = PublicNetwork(allowed_private=(f"127.0.0.1:{site.port}",), resolve=resolve)
    with network.connect("rebind.test", site.port) as connection:
        assert connection.getpeername() == ("127.0.0.1", site.port)
    assert len(asked) == 1
    with pytest.raises(BlockedAddress):
        network.connect("rebind.test", site.port)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "1.1.1.1",
        "2606:2800:220:1::1",
        "2a00:1450::1",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_number_of_any_base_is_shown_as_the_address_that_it_is() -> None:
    assert parse_address("http://0x7f.1:8080/x").url == "http://127.0.0.1:8080/x"
