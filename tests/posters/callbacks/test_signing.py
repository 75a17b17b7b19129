"""Whoever knows the secret can tell that a message is ours, and nobody else can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from detector_service.checks.models import Check
from detector_service.posters import callbacks, signing
from detector_service.posters.models import Site
from tests.posters.callbacks.conftest import Clock, put_news
from tests.posters.conftest import Asking
from tests.posters.contents import a_video
from tests.posters.receivers import Receiver


def test_an_answer_is_sent_and_the_specifications_own_library_verifies_it(
    server: Asking, site: Site, finish: Callable[..., Check], hook: Receiver
) -> None:
    posting = server.upload(a_video(), callback_url=hook.url, reference="draft 17")
    finish(posting)
    told = server.get(f"postings/{posting['id']}").json()
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


def test_the_database_alone_does_not_know_the_secret(site: Site, settings: Any) -> None:
    [row] = site.secrets.all()
    before = signing.secret_of(row)
    settings.CALLBACKS_KEY = "another key"
    assert signing.secret_of(row) != before
    assert row.nonce not in before


def at(moment: datetime) -> Any:
    """``datetime`` for a library that asks it what time it is."""
    return type("At", (datetime,), {"now": classmethod(lambda _, tz=None: moment)})
