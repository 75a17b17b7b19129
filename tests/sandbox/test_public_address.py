from __future__ import annotations

import ipaddress

import pytest

from analysis.sandbox import is_public


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "168.63.129.16",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1",
        "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1",
        "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:2800:220:1::1%eth0",
        "fec0::1", "ff02::1", "4000::1",
        "", "example.com", "127.1", "0x7f000001", "2130706433", "8.8.8.8.8", "8.8.8", "008.8.8.8",
    ],
)  # fmt: skip
def test_it_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_public_here_is_global_to_python_as_well() -> None:
    for first in range(256):
        for second in (0, 31, 63, 88, 100, 168, 254):
            address = f"{first}.{second}.7.9"
            if is_public(address):
                assert ipaddress.ip_address(address).is_global, address
