"""A message goes to the address that was named, on the public internet, and to nobody else."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from detector_service.posters import callbacks, sending
from detector_service.posters.models import Callback, Posting, Site
from tests.certificates import Authority
from tests.posters.callbacks.conftest import put_news
from tests.posters.conftest import Asking
from tests.posters.contents import a_video
from tests.posters.receivers import Receiver, receiver, rude_server


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https://",
        "https://user:secret@hooks.example/",
        "https://hooks.example/\nX: y",
        "https://hooks.example:99999/",
        "javascript:alert(1)",
        "https://hooks.example/" + "x" * 2100,
    ],
)
def test_an_address_that_cannot_be_called_is_refused_when_it_is_named(
    server: Asking, url: str
) -> None:
    refused = server.announce(a_video(), callback_url=url)
    assert (refused.status_code, refused.json()["code"]) == (400, "request.invalid")
    assert not Posting.objects.exists()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "0x7f000001"]
)
def test_nothing_is_sent_into_a_private_network(site: Site, host: str) -> None:
    with rude_server(lambda line: None) as inside:
        put_news(site, f"https://{host}:{inside.port}/hook")
        assert callbacks.deliver(site.pk) == 0
        assert inside.requests == []
    assert Callback.objects.get().last_problem == "not an address on the public internet"


def test_the_connection_goes_to_the_very_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that answers with a public address first and a private one next finds nobody."""
    connected = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        address = "93.184.216.34" if not asked else "127.0.0.1"
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: str, port: int, *, timeout_s: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    asked: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("analysis.sandbox.broker._connect_to", connect)
    with pytest.raises(sending.Undelivered):
        sending.send("https://rebinding.example/hook", body="{}", headers={})
    assert connected == ["93.184.216.34"]
    assert asked == ["rebinding.example"]


def test_a_name_with_one_private_address_among_its_addresses_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("93.184.216.34", "192.168.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(sending.Undelivered, match="public internet"):
        sending.send("https://mixed.example/hook", body="{}", headers={})


def test_a_redirect_is_not_followed(site: Site, hook: Receiver, settings: Any) -> None:
    with receiver() as elsewhere:
        settings.CALLBACKS_ALLOWED_PRIVATE.append(f"127.0.0.1:{elsewhere.port}")
        hook.statuses, hook.headers = [307], {"Location": elsewhere.url}
        put_news(site, hook.url)
        assert callbacks.deliver(site.pk) == 0
        assert elsewhere.requests == []
    row = Callback.objects.get()
    assert (row.last_status, row.delivered_at) == (307, None)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    site: Site, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    with receiver(tls=authority.server_context("127.0.0.1")) as hook:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{hook.port}"]
        put_news(site, hook.url)
        assert callbacks.deliver(site.pk) == 0
        assert hook.requests == []
        assert Callback.objects.get().last_problem.startswith("TLS")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
        Callback.objects.update(next_attempt_at=timezone.now())
        assert callbacks.deliver(site.pk) == 1
