"""No message is lost: it is sent again on a schedule, over an outage, until it is given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import mail

from detector_service.posters import callbacks
from detector_service.posters.accounts import enable_callbacks
from detector_service.posters.models import Callback, Site
from tests.posters.callbacks.conftest import Clock, put_news
from tests.posters.receivers import Receiver, receiver


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
    callbacks.send_given_up(site)
    callbacks.send_due()
    assert set(hook.ids) == set(put)
    assert not Callback.objects.filter(delivered_at=None).exists()


def test_a_server_that_says_gone_is_asked_no_more(site: Site, hook: Receiver) -> None:
    hook.statuses = [410]
    Site.objects.update(callback_url=hook.url)
    put_news(site, hook.url)
    put_news(site, hook.url)
    callbacks.deliver(site.pk)
    callbacks.deliver(site.pk)
    assert len(hook.requests) == 1
    assert len(mail.outbox) == 1
    site.refresh_from_db()
    assert "410" in site.callbacks_disabled_why


def test_the_address_of_one_posting_that_is_gone_ends_no_other(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    hook.statuses = [410, 204]
    Site.objects.update(callback_url=hook.url)
    gone, other = put_news(site, f"{hook.url}&draft=17"), put_news(site, hook.url)
    assert callbacks.deliver(site.pk) == 1
    clock.move(seconds=4 * 24 * 3600)
    assert callbacks.deliver(site.pk) == 0
    assert hook.ids == [gone.public_id, other.public_id]
    gone.refresh_from_db()
    assert (gone.next_attempt_at, gone.last_status) == (None, 410)
    site.refresh_from_db()
    assert site.callbacks_disabled_at is None and not mail.outbox


def test_what_is_tried_again_is_never_the_last_word_after_newer_news(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    hook.statuses = [500, 204]
    first = put_news(site, hook.url)
    callbacks.deliver(site.pk)
    newer = put_news(site, hook.url)
    Callback.objects.filter(pk=newer.pk).update(posting=first.posting)
    callbacks.deliver(site.pk)
    clock.move(seconds=3600)
    callbacks.deliver(site.pk)
    assert hook.ids == [first.public_id, newer.public_id]
    assert not callbacks.given_up(site).exists()
    callbacks.send_again(first)  # whoever wants it all the same
    callbacks.deliver(site.pk)
    assert hook.ids[-1] == first.public_id


def test_what_was_given_up_is_never_the_last_word_after_newer_news(
    site: Site, hook: Receiver
) -> None:
    overtaken, alone = put_news(site, hook.url), put_news(site, hook.url)
    Callback.objects.update(attempts=len(callbacks.DELAYS_S), next_attempt_at=None)
    newer = put_news(site, hook.url)
    Callback.objects.filter(pk=newer.pk).update(posting=overtaken.posting)
    callbacks.deliver(site.pk)
    assert callbacks.send_given_up(site) == 1
    callbacks.deliver(site.pk)
    assert hook.ids == [newer.public_id, alone.public_id]
    assert not callbacks.given_up(site).exists()


def test_of_all_that_was_given_up_and_of_what_waits_the_newest_is_the_last_word(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    first = put_news(site, hook.url)
    Callback.objects.update(attempts=len(callbacks.DELAYS_S), next_attempt_at=None)
    newer = put_news(site, hook.url)
    Callback.objects.filter(pk=newer.pk).update(posting=first.posting)
    clock.move(minutes=1)
    assert callbacks.send_given_up(site) == 1
    callbacks.deliver(site.pk)
    assert hook.ids == [newer.public_id]


def test_one_courier_a_site_and_another_when_it_is_dead(
    site: Site, hook: Receiver, clock: Clock
) -> None:
    put_news(site, hook.url)
    Site.objects.update(courier_until=clock.now + timedelta(seconds=60))
    assert callbacks.deliver(site.pk) == 0
    clock.move(seconds=61)
    assert callbacks.deliver(site.pk) == 1
