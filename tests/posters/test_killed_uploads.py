"""Real processes, killed while bytes arrive: nothing is lost and nothing is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from tests.posters.contents import a_video, sha256
from tests.posters.interrupted import Sender, arrived, make_file, upload_interrupted, web_alone
from tests.posters.receivers import receiver
from tests.recovery.service import wait_until

pytestmark = pytest.mark.recovery


def test_an_upload_that_is_killed_on_either_side_arrives_bit_for_bit(tmp_path: Path) -> None:
    digest = make_file(tmp_path / "upload.mp4", 30_000_000)
    with web_alone(tmp_path / "service") as (service, account):
        sender = Sender(service, account)
        posting = upload_interrupted(sender, tmp_path / "upload.mp4", interruptions=4)
        assert posting["state"] == "checking", service.last_words()
        assert arrived(service) == [digest]
        assert (sender.sent.kills, sender.sent.vanished) == (2, 2)
        # Each interruption costs what was not yet on the disk for good, and what was on its way.
        assert sender.sent.bytes_sent < 30_000_000 + 4 * 10_000_000
        assert max(sender.sent.peaks_mb) < sender.sent.before_mb + 30


def test_a_callback_outlives_every_process_that_could_have_sent_it(tmp_path: Path) -> None:
    content = a_video()
    with (
        receiver() as hook,
        web_alone(tmp_path / "service", allowed=f"127.0.0.1:{hook.port}") as (service, account),
    ):
        sender = Sender(service, account)
        document = {
            "sha256": sha256(content),
            "size_bytes": len(content),
            "media_type": "video/mp4",
            "reference": "draft 17",
            "callback_url": hook.url,
        }
        _, posting = service.request("POST", "/api/v1/uploads", document, **sender.headers)
        path = tmp_path / "upload.mp4"
        path.write_bytes(content)
        where = f"/api/v1/uploads/{posting['id']}"
        sender.send(where, path, from_offset=0, until=len(content))
        service.start("analyse")
        wait_until(
            lambda: service.sql("SELECT 1 FROM posters_callback"),
            "the news is written down",
            service.last_words,
        )
        service.kill("analyse")
        sender.kill_server()
        assert hook.requests == []
        service.start("housekeeping")
        wait_until(lambda: hook.requests, "the callback arrives", service.last_words)
        headers, body = hook.requests[0]
        told = Webhook(account.secret).verify(body, headers)
        assert (told["type"], told["data"]["reference"]) == ("posting.answered", "draft 17")
        known, again = service.request(
            "POST", "/api/v1/uploads", document | {"reference": "draft 18"}, **sender.headers
        )
        assert (known, again["label"]["outcome"]) == (200, "inconclusive")
