"""Every change of what a site was told is sent, once, and in the words of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.finding import Outcome
from detector_service.checks import overrides
from detector_service.checks.models import Check, Finding, Video
from detector_service.checks.signals import finding_made
from detector_service.posters import answering, callbacks
from detector_service.posters.models import Callback, Posting, Site
from tests.api.conftest import put_finding, seen
from tests.posters.conftest import Asking
from tests.posters.contents import a_video
from tests.posters.receivers import Receiver

VIDEO = a_video()
Finish = Callable[..., Check]


def answered(server: Asking, finish: Finish, hook: Receiver, **what: Any) -> dict[str, Any]:
    posting = server.upload(VIDEO, callback_url=hook.url, reference="draft 17")
    finish(posting, **what)
    told: dict[str, Any] = server.get(f"postings/{posting['id']}").json()
    return told


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
    assert last["data"]["problem"]["code"] == "video.erased"
    assert server.get(f"postings/{told['id']}").json()["state"] == "failed"


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
