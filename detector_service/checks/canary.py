"""Is anybody working on each queue? A canary goes through it and stamps a row.

A worker can be connected and yet take no messages, which asking it whether it is there does not
show. A queue behind one long video is alive too: its worker keeps renewing a lease.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from detector_service.celery import app
from detector_service.checks.models import Canary, Check
from detector_service.checks.steps import Step

QUEUES = (*(step.value for step in Step), "housekeeping")
RELEASED_EVERY_S = 30
SILENT_AFTER_S = 100


def release() -> None:
    for queue in QUEUES:
        app.send_task(
            "checks.canary", args=(queue,), queue=queue, expires=RELEASED_EVERY_S - 2, retry=False
        )


def sing(queue: str) -> None:
    Canary.objects.update_or_create(queue=queue, defaults={"seen_at": timezone.now()})


def silent_queues() -> list[str]:
    """Queues on which nothing has happened for too long; empty when all is well."""
    now, lately = timezone.now(), timedelta(seconds=SILENT_AFTER_S)
    # What was heard in the future was heard before the clock was set back, whenever that was.
    recent = Canary.objects.filter(seen_at__range=(now - lately, now + lately))
    heard = set(recent.values_list("queue", flat=True))
    for step in Step:
        at_work = Check.objects.filter(state=step.running_state, lease_expires_at__gte=now)
        if step.value not in heard and at_work.exists():
            heard.add(step.value)
    return [queue for queue in QUEUES if queue not in heard]
