"""The outbox and its courier: what a site has to be told arrives at least once.

A row is written with the news itself, so there is no moment at which one is there without the
other. A courier takes one site at a time and its rows in turn; one whose server does not answer
rests until the next round, so the rows of a long outage wait and none is used up.
"""

from __future__ import annotations

import json
import logging
import random
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation

from detector_service.celery import app
from detector_service.posters import signing
from detector_service.posters.documents import posting_document
from detector_service.posters.models import Callback, Posting, Site
from detector_service.posters.sending import DEADLINE_S, Undelivered, send
from detector_service.posters.standing import Standing

log = logging.getLogger(__name__)

#: Seconds before each attempt; about three days in all.
DELAYS_S = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1
COURIER_S = 30.0  # a round, before others have their turn
GONE = 410
OVERTAKEN = "newer news of it has arrived"


def put(
    posting: Posting,
    standing: Standing,
    kind: Callback.Kind,
    *,
    before: tuple[str, str, str] | None = None,
) -> None:
    """In the transaction that makes the news."""
    if not posting.callback_url:
        return
    now = timezone.now()
    with translation.override(posting.language):
        document = {
            "type": kind.value,
            "timestamp": now.isoformat().replace("+00:00", "Z"),
            "data": posting_document(posting, standing),
            "previous": None
            if before is None
            else {
                "state": before[0],
                "outcome": before[1] or None,
                "decided_by": before[2] or None,
            },
        }
    Callback.objects.create(
        site=posting.site,
        posting=posting,
        kind=kind,
        url=posting.callback_url,
        body=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        created_at=now,
        next_attempt_at=now,
    )
    site_pk = posting.site_id
    transaction.on_commit(lambda: _ring(site_pk), robust=True)


def send_due() -> int:
    """Rings for every site that has something due; how many there are."""
    waiting = _due(timezone.now()).filter(site__callbacks_disabled_at=None)
    sites = list(waiting.values_list("site", flat=True).distinct())
    for site_pk in sites:
        _ring(site_pk)
    return len(sites)


def deliver(site_pk: int) -> int:
    """One round of the courier of one site: how many messages arrived."""
    now = timezone.now()
    free = Q(courier_until=None) | Q(courier_until__lt=now)
    taken = Site.objects.filter(free, pk=site_pk, is_open=True, callbacks_disabled_at=None).update(
        courier_until=now + timedelta(seconds=COURIER_S + 2 * DEADLINE_S)
    )
    if not taken:
        return 0
    arrived, ends_at = 0, time.monotonic() + COURIER_S
    try:
        due = _due(now).filter(site=site_pk)
        for pk in due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:500]:
            callback = due.filter(pk=pk).first()
            if callback is None:  # erased since the round began, with the name that it told
                continue
            went_well = _deliver(callback)
            arrived += went_well is True
            if went_well is None or time.monotonic() > ends_at:
                break
    finally:
        Site.objects.filter(pk=site_pk).update(courier_until=None)
    return arrived


def send_again(callback: Callback) -> None:
    """An administrator's wish: the same message under the same number, whatever came later."""
    _put_again(callback, attempts=0)


def send_given_up(site: Site) -> int:
    """How many are sent again: all but what newer news of its posting has overtaken."""
    count = 0
    for callback in given_up(site).order_by("pk"):
        if _is_overtaken(callback):
            _drop_overtaken(callback)
        else:
            _put_again(callback, attempts=1)  # not the first: newer news may still be faster
            count += 1
    return count


def _put_again(callback: Callback, *, attempts: int) -> None:
    Callback.objects.filter(pk=callback.pk).update(
        attempts=attempts, next_attempt_at=timezone.now(), delivered_at=None
    )
    transaction.on_commit(lambda: _ring(callback.site_id), robust=True)


def _due(now: datetime) -> QuerySet[Callback]:
    return Callback.objects.filter(next_attempt_at__lte=now).select_related("site")


def given_up(site: Site) -> QuerySet[Callback]:
    lost = site.callbacks.filter(next_attempt_at=None, delivered_at=None)
    return lost.exclude(last_problem=OVERTAKEN)


def _deliver(callback: Callback) -> bool | None:
    """True: arrived. False: refused. None: nobody there, so trying the next one is of no use."""
    if callback.attempts and _is_overtaken(callback):
        _drop_overtaken(callback)
        return False
    now = timezone.now()
    headers = signing.headers(
        callback.site, message_id=callback.public_id, body=callback.body, now=now
    )
    try:
        status = send(callback.url, body=callback.body, headers=headers)
    except Undelivered as problem:
        _failed(callback, status=None, problem=str(problem))
        return None
    if 200 <= status < 300:
        _arrived(callback, status)
        return True
    is_gone = status == GONE
    is_of_posting = callback.url != callback.site.callback_url  # the site has others, still there
    said, is_last = f"answered with {status}", is_gone and is_of_posting
    _failed(callback, status=status, problem=said, is_last=is_last)
    if is_gone and not is_of_posting:
        _disable(callback.site, "The server says that this address is gone (410).")
        return None
    return False


def _is_overtaken(callback: Callback) -> bool:
    """Tried again after what came later had arrived, it would be the last word on its posting."""
    later = Callback.objects.filter(posting=callback.posting_id, pk__gt=callback.pk)
    return later.exclude(delivered_at=None).exists()


def _drop_overtaken(callback: Callback) -> None:
    rows = Callback.objects.filter(pk=callback.pk)
    rows.update(next_attempt_at=None, last_problem=OVERTAKEN)


def _arrived(callback: Callback, status: int) -> None:
    Callback.objects.filter(pk=callback.pk).update(
        attempts=F("attempts") + 1,
        delivered_at=timezone.now(),
        next_attempt_at=None,
        last_status=status,
        last_problem="",
    )
    Site.objects.filter(pk=callback.site_id).exclude(callbacks_failing_since=None).update(
        callbacks_failing_since=None
    )


def _failed(callback: Callback, *, status: int | None, problem: str, is_last: bool = False) -> None:
    now = timezone.now()
    attempts = callback.attempts + 1
    again = None
    if attempts < len(DELAYS_S) and not is_last:
        wait_s = DELAYS_S[attempts] * random.uniform(1.0, 1.0 + JITTER)  # noqa: S311
        again = now + timedelta(seconds=wait_s)
    Callback.objects.filter(pk=callback.pk, delivered_at=None).update(
        attempts=attempts, next_attempt_at=again, last_status=status, last_problem=problem[:200]
    )
    log.info("callback %s, attempt %d: %s", callback.public_id, attempts, problem)
    Site.objects.filter(pk=callback.site_id, callbacks_failing_since=None).update(
        callbacks_failing_since=now
    )
    site = Site.objects.get(pk=callback.site_id)
    since = site.callbacks_failing_since or now
    if now - since >= timedelta(days=settings.CALLBACKS_DISABLE_AFTER_DAYS):
        _disable(site, f"Nothing has arrived since {since:%Y-%m-%d %H:%M} UTC.")


def _disable(site: Site, why: str) -> None:
    """Of two who notice, one tells. What waits goes on waiting, and is sent when it is enabled."""
    if not Site.objects.filter(pk=site.pk, callbacks_disabled_at=None).update(
        callbacks_disabled_at=timezone.now(), callbacks_disabled_why=why
    ):
        return
    log.warning("callbacks of site %s are disabled: %s", site.pk, why)
    send_mail(
        subject=f"Callbacks to {site.name} are switched off",
        message=f"{why}\n\nNothing is lost: what was not delivered is kept. Mend the server, then "
        "ask the operator of the service to switch the callbacks on and send again what is "
        f"missing.\n\n{settings.PUBLIC_URL}\n",
        from_email=None,
        recipient_list=[site.contact],
        fail_silently=True,
    )


def _ring(site_pk: int) -> None:
    app.send_task("posters.deliver", args=(site_pk,), retry=False)
