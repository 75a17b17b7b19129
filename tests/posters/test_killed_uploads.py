"""Real processes, killed while bytes arrive: nothing is lost and nothing is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.posters.interrupted import Sender, arrived, make_file, upload_interrupted, web_alone

pytestmark = pytest.mark.recovery


def test_an_upload_that_is_killed_on_either_side_arrives_bit_for_bit(tmp_path: Path) -> None:
    sha256 = make_file(tmp_path / "upload.mp4", 30_000_000)
    with web_alone(tmp_path / "service") as (service, key):
        sender = Sender(service, key)
        posting = upload_interrupted(sender, tmp_path / "upload.mp4", interruptions=4)
        assert posting["state"] == "checking", service.last_words()
        assert arrived(service) == [sha256]
        assert (sender.sent.kills, sender.sent.vanished) == (2, 2)
        # Each interruption costs what was not yet on the disk for good, and what was on its way.
        assert sender.sent.bytes_sent < 30_000_000 + 4 * 10_000_000
        assert max(sender.sent.peaks_mb) < sender.sent.before_mb + 30
