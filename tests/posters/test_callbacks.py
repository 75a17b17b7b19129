"""Every change of what a site was told is sent, signed, at least once, and to nobody else."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from analysis.finding import Outcome
from detector_service.checks import lifecycle, overrides
from detector_service.checks.models import Check, Finding, Video
from detector_service.checks.signals import finding_made
from detector_service.checks.steps import Step
from detector_service.posters import answering, callbacks, sending, signing
from detector_service.posters.accounts import enable_callbacks
from detector_service.posters.models import Callback, Posting, Site
from tests.api.conftest import put_finding, seen
from tests.posters.conftest import Asking
from tests.posters.contents import a_video
from tests.posters.receivers import Receiver, receiver, rude_server

VIDEO = a_video()
Finish = Callable[..., Check]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring is heard at once, where a commit is made to run."""
    monkeypatch.setattr(callbacks, "_ring", callbacks.deliver)


@pytest.fixture
def hook(settings: Any) -> Iterator[Receiver]:
    with receiver() as made:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{made.port}"]
        yield made


class Clock:
    """Time that is moved and never waited for."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def put_news(site: Site, url: str, number: int = 1) -> Callback:
    """A message that is due now."""
    posting = Posting.objects.create(site=site, state="answered", reference=str(number))
    return Callback.objects.create(
        site=site,
        posting=posting,
        kind=Callback.Kind.ANSWERED,
        url=url,
        body=json.dumps({"number": number}),
        created_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )


def answered(server: Asking, finish: Finish, hook: Receiver, **what: Any) -> dict[str, Any]:
    posting = server.upload(VIDEO, callback_url=hook.url, reference="draft 17")
    finish(posting, **what)
    told: dict[str, Any] = server.get(f"postings/{posting['id']}").json()
    return told


# -- what is sent -----------------------------------------------------------------------------


def test_an_answer_is_sent_and_the_specifications_own_library_verifies_it(
    server: Asking, site: Site, finish: Finish, hook: Receiver
) -> None:
    told = answered(server, finish, hook)
    assert callbacks.deliver(site.pk) == 1
    [(headers, body)] = hook.requests
    [secret] = site.secrets.all()
    document = Webhook(signing.secret_of(secret)).verify(body, headers)
    assert document["type"] == "posting.answered"
    assert document["previous"] is None
    assert document["data"]["reference"] == "draft 17"
    assert document["data"]["label"] == told["label"]
    assert headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.secret_of(secret)).verify(body.replace(b"warn", b"wrap"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body, headers)


def test_nothing_is_delivered_twice_where_it_arrived(
    server: Asking, site: Site, finish: Finish, hook: Receiver
) -> None:
    answered(server, finish, hook)
    for _ in range(3):
        answering.settle_due()
        callbacks.deliver(site.pk)
    assert len(hook.requests) == 1


def test_the_clock_tells_what_nobody_looked_at(
    server: Asking, site: Site, finish: Finish, hook: Receiver
) -> None:
    finish(server.upload(VIDEO, callback_url=hook.url))
    assert not Callback.objects.exists()
    assert answering.settle_due() == 1
    assert callbacks.send_due() == 1
    assert json.loads(hook.requests[0][1])["data"]["advice"] == "warn"


def test_a_new_finding_is_heard_at_once(server: Asking, finish: Finish, hook: Receiver) -> None:
    check = finish(server.upload(VIDEO, callback_url=hook.url))
    finding_made.send(sender=Finding, finding=check.finding)
    assert Callback.objects.get().kind == "posting.answered"


def test_the_news_and_its_callback_are_one_transaction(
    server: Asking, finish: Finish, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting = server.upload(VIDEO, callback_url=hook.url)
    finish(posting)
    with monkeypatch.context() as crash:
        crash.setattr(callbacks, "posting_document", lambda *_: 1 / 0)
        assert server.get(f"postings/{posting['id']}").status_code == 500
    assert Posting.objects.get().state == "checking"
    assert not Callback.objects.exists()
    answering.settle_due()
    assert Posting.objects.get().state == "answered"
    assert Callback.objects.count() == 1


def test_a_changed_verdict_is_sent_too(
    server: Asking,
    site: Site,
    finish: Finish,
    hook: Receiver,
    django_capture_on_commit_callbacks: Any,
) -> None:
    answered(server, finish, hook)
    with django_capture_on_commit_callbacks(execute=True):
        overrides.set_override(
            Video.objects.get(), outcome=Outcome.NO_MANIPULATION_FOUND, public_reason="Seen."
        )
    callbacks.deliver(site.pk)
    last = json.loads(hook.requests[-1][1])
    assert last["type"] == "verdict.changed"
    assert last["previous"] == {
        "state": "answered",
        "outcome": "likely_manipulated",
        "decided_by": "model",
    }
    assert (last["data"]["advice"], last["data"]["label"]["decided_by"]) == (
        "publish",
        "moderator",
    )


def test_a_change_that_nobody_heard_of_is_found_by_the_clock(
    server: Asking, finish: Finish, hook: Receiver
) -> None:
    answered(server, finish, hook)
    overrides.set_override(Video.objects.get(), outcome=Outcome.INCONCLUSIVE, public_reason="?")
    assert answering.settle_changed() == 1
    assert answering.settle_changed() == 0
    assert list(Callback.objects.order_by("pk").values_list("kind", flat=True)) == [
        "posting.answered",
        "verdict.changed",
    ]


def test_what_another_bundle_sees_otherwise_is_sent_as_a_change(
    server: Asking, finish: Finish, hook: Receiver, tmp_path: Path, serve: Any
) -> None:
    told = answered(server, finish, hook)
    serve("toy-next")
    video = Video.objects.get()
    put_finding(
        seen(
            sha256=video.sha256,
            bundle="toy-next",
            outcome=Outcome.NO_MANIPULATION_FOUND,
            fake_probability=0.1,
        ),
        tmp_path,
    )
    Video.objects.update(verdict_version=video.verdict_version + 1)  # as a worker does with it
    answering.settle_changed()
    changed = json.loads(Callback.objects.get(kind="verdict.changed").body)
    assert changed["data"]["label"]["bundle"] == "toy-next"
    assert changed["data"]["id"] == told["id"]


def test_the_same_words_under_a_new_version_are_no_news(
    server: Asking, finish: Finish, hook: Receiver
) -> None:
    answered(server, finish, hook)
    Video.objects.update(verdict_version=99)
    answering.settle_changed()
    assert Callback.objects.count() == 1
    assert Posting.objects.get().told_version == 99


def test_what_is_forgotten_on_request_is_taken_back(
    server: Asking, finish: Finish, hook: Receiver
) -> None:
    told = answered(server, finish, hook)
    Check.objects.all().delete()  # as when a person shown asks for it
    assert answering.settle_changed() == 1
    assert answering.settle_changed() == 0
    last = json.loads(Callback.objects.get(kind="verdict.changed").body)
    assert last["data"]["label"] is None
    assert last["data"]["problem"]["code"] == "verdict.withheld"
    assert server.get(f"postings/{told['id']}").json()["state"] == "failed"


def test_a_check_that_a_moderator_tries_again_is_told_when_it_ends(
    server: Asking, finish: Finish, hook: Receiver
) -> None:
    posting = server.upload(VIDEO, callback_url=hook.url)
    check = Check.objects.get()
    lease = lifecycle.claim(check.pk, Step.ANALYSE)
    assert lease is not None
    lifecycle.fail(lease, code="service.timeout")
    assert answering.settle_due() == 1
    check.refresh_from_db()
    assert lifecycle.retry(check)
    finish(posting)
    assert answering.settle_changed() == 1
    last = json.loads(Callback.objects.get(kind="verdict.changed").body)
    assert last["previous"]["state"] == "failed"
    assert last["data"]["advice"] == "warn"


def test_a_failure_is_sent(server: Asking, hook: Receiver) -> None:
    announced = server.announce(VIDEO, callback_url=hook.url)
    server.patch(announced["Location"], 0, VIDEO[:-1] + b"x")
    told = json.loads(Callback.objects.get().body)
    assert (told["type"], told["data"]["problem"]["code"]) == ("posting.failed", "upload.altered")


def test_it_is_told_in_the_language_that_was_asked_in(
    server: Asking, finish: Finish, hook: Receiver
) -> None:
    server.headers["Accept-Language"] = "de"
    finish(server.upload(VIDEO, callback_url=hook.url))
    answering.settle_due()
    label = json.loads(Callback.objects.get().body)["data"]["label"]
    assert (label["language"], label["headline"]) == ("de", "Wahrscheinlich manipuliert")


# -- secrets ----------------------------------------------------------------------------------


def test_while_secrets_change_each_message_is_signed_with_both(
    site: Site, hook: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    [old] = site.secrets.all()
    new = signing.rotate(site)
    put_news(site, hook.url, 1)
    callbacks.deliver(site.pk)
    headers, body = hook.requests[0]
    for secret in (old, new):
        assert Webhook(signing.secret_of(secret)).verify(body, headers) == {"number": 1}
    clock.move(hours=25)
    put_news(site, hook.url, 2)
    callbacks.deliver(site.pk)
    headers, body = hook.requests[1]
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", at(clock.now))
    assert Webhook(signing.secret_of(new)).verify(body, headers) == {"number": 2}
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.secret_of(old)).verify(body, headers)


def at(moment: datetime) -> Any:
    """``datetime`` for a library that asks it what time it is."""
    return type("At", (datetime,), {"now": classmethod(lambda _, tz=None: moment)})


def test_the_database_alone_does_not_know_the_secret(site: Site, settings: Any) -> None:
    [row] = site.secrets.all()
    before = signing.secret_of(row)
    settings.CALLBACKS_KEY = "another key"
    assert signing.secret_of(row) != before
    assert row.nonce not in before


# -- servers ----------------------------------------------------------------------------------


def test_a_server_that_fails_is_asked_again_on_the_schedule_with_the_same_message(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    hook.statuses = [500] * 9 + [200]
    put_news(site, hook.url)
    waited = []
    for _ in range(10):
        callbacks.deliver(site.pk)
        row = Callback.objects.get()
        if row.next_attempt_at is not None:
            waited.append((row.next_attempt_at - clock.now).total_seconds())
            clock.now = row.next_attempt_at - timedelta(seconds=1)
            assert callbacks.deliver(site.pk) == 0  # not a second before its time
            clock.move(seconds=1)
    for told, meant in zip(waited, callbacks.DELAYS_S[1:], strict=True):
        assert meant <= told <= meant * 1.1
    assert len(hook.requests) == 10
    assert len(set(hook.ids)) == 1
    assert len({body for _, body in hook.requests}) == 1
    assert row.delivered_at is not None and row.attempts == 10


def test_after_the_last_attempt_it_is_given_up_and_can_be_sent_again(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    hook.statuses = [500] * 10 + [200]
    row = put_news(site, hook.url)
    for _ in range(10):
        callbacks.deliver(site.pk)
        clock.move(hours=27)
        Site.objects.update(callbacks_failing_since=None)
    row.refresh_from_db()
    assert (row.next_attempt_at, row.delivered_at) == (None, None)
    callbacks.send_again(row)
    assert callbacks.deliver(site.pk) == 1
    assert len(set(hook.ids)) == 1


def test_one_message_that_is_refused_does_not_hold_up_the_others(
    site: Site, hook: Receiver
) -> None:
    hook.statuses = [500, 200]
    for number in range(3):
        put_news(site, hook.url, number)
    assert callbacks.deliver(site.pk) == 2


def test_a_redirect_is_not_followed(site: Site, hook: Receiver, settings: Any) -> None:
    with receiver() as elsewhere:
        settings.CALLBACKS_ALLOWED_PRIVATE.append(f"127.0.0.1:{elsewhere.port}")
        hook.statuses, hook.headers = [307], {"Location": elsewhere.url}
        put_news(site, hook.url)
        assert callbacks.deliver(site.pk) == 0
        assert elsewhere.requests == []
    row = Callback.objects.get()
    assert (row.last_status, row.delivered_at) == (307, None)


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


def _silent(line: socket.socket) -> None:
    time.sleep(60)


def _dripping(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def _continuing(line: socket.socket) -> None:
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def _babbling(line: socket.socket) -> None:
    line.sendall(b"\x00\xff" * 100_000)


def _closing(line: socket.socket) -> None:
    line.close()


@pytest.mark.parametrize("talk", [_silent, _dripping, _continuing, _babbling, _closing])
def test_a_server_that_is_slow_or_lies_costs_seconds_and_is_asked_again(
    site: Site,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    talk: Callable[[socket.socket], None],
) -> None:
    monkeypatch.setattr(sending, "DEADLINE_S", 0.6)
    monkeypatch.setattr(sending, "SILENCE_S", 0.3)
    with rude_server(talk) as rude:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{rude.port}"]
        put_news(site, rude.url)
        assert callbacks.deliver(site.pk) == 0
        assert len(rude.requests) == 1
    row = Callback.objects.get()
    assert row.last_problem.startswith("no answer")
    assert row.next_attempt_at is not None


def test_what_a_server_says_after_its_status_is_not_read(site: Site, settings: Any) -> None:
    said = []

    def endless(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while sum(said) < 50_000_000:
                said.append(line.send(b"x" * 65536))
        except OSError:
            said.append(0)

    with rude_server(endless) as rude:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{rude.port}"]
        put_news(site, rude.url)
        assert callbacks.deliver(site.pk) == 1
    assert sum(said) < 50_000_000


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Signed by nobody but itself, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


def test_a_certificate_that_nobody_vouches_for_is_refused(
    site: Site, settings: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver(certificate=certificate) as hook:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{hook.port}"]
        put_news(site, hook.url)
        assert callbacks.deliver(site.pk) == 0
        assert hook.requests == []
        assert Callback.objects.get().last_problem.startswith("TLS")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        Callback.objects.update(next_attempt_at=timezone.now())
        assert callbacks.deliver(site.pk) == 1


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
    refused = server.announce(VIDEO, callback_url=url)
    assert (refused.status_code, refused.json()["code"]) == (400, "request.invalid")
    assert not Posting.objects.exists()


# -- outages ----------------------------------------------------------------------------------


def test_not_one_message_is_lost_when_a_server_is_down_for_a_day(
    site: Site, settings: Any, clock: Clock
) -> None:
    with receiver() as once:
        port = once.port
    settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}/hook"
    put: list[str] = []
    for number in range(48):  # a message every half an hour, and a round after each
        put.append(put_news(site, url, number).public_id)
        callbacks.send_due()
        clock.move(minutes=30)
    assert not Callback.objects.exclude(delivered_at=None).exists()
    with receiver(port=port) as back:
        while Callback.objects.filter(delivered_at=None).exclude(next_attempt_at=None).exists():
            callbacks.send_due()
            clock.move(minutes=30)
    assert sorted(back.ids) == sorted(put)
    site.refresh_from_db()
    assert site.callbacks_failing_since is None


def test_after_days_of_failure_callbacks_are_switched_off_and_the_site_is_told(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    hook.statuses = [500]
    put: list[str] = []
    for _ in range(6 * 2):
        put.append(put_news(site, hook.url).public_id)
        callbacks.send_due()
        clock.move(hours=12)
    site.refresh_from_db()
    assert site.callbacks_disabled_at is not None
    [letter] = mail.outbox
    assert letter.to == ["ops@site.example"]
    before = len(hook.requests)
    callbacks.send_due()
    assert len(hook.requests) == before
    hook.statuses = [200]
    enable_callbacks(site)
    for given_up in Callback.objects.filter(next_attempt_at=None, delivered_at=None):
        callbacks.send_again(given_up)
    callbacks.send_due()
    assert set(hook.ids) == set(put)
    assert not Callback.objects.filter(delivered_at=None).exists()


def test_a_server_that_says_gone_is_asked_no_more(site: Site, hook: Receiver) -> None:
    hook.statuses = [410]
    put_news(site, hook.url)
    put_news(site, hook.url)
    callbacks.deliver(site.pk)
    callbacks.deliver(site.pk)
    assert len(hook.requests) == 1
    assert len(mail.outbox) == 1
    site.refresh_from_db()
    assert "410" in site.callbacks_disabled_why


def test_one_courier_a_site_and_another_when_it_is_dead(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    put_news(site, hook.url)
    Site.objects.update(courier_until=clock.now + timedelta(seconds=60))
    assert callbacks.deliver(site.pk) == 0
    clock.move(seconds=61)
    assert callbacks.deliver(site.pk) == 1
