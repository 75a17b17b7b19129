"""Tell a queue that a row waits. A message is only a doorbell: losing one loses no work."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import ChannelError

from detector_service.celery import app
from detector_service.checks.models import Check
from detector_service.checks.steps import Step


def ring_on_commit(check_pk: int, step: Step) -> None:
    """Robust: with the broker away the row stays unpublished and the sweep rings later.

    A lambda, because Django cannot log the failure of a ``partial``, which has no name.
    """
    transaction.on_commit(lambda: ring(check_pk, step), robust=True)


def ring(check_pk: int, step: Step) -> None:
    app.send_task(f"checks.{step}", args=(check_pk,), queue=step.value, retry=False)
    Check.objects.filter(pk=check_pk).update(published_at=timezone.now())


def messages_waiting(step: Step) -> int:
    with app.connection_for_read() as connection:
        try:
            channel: Any = connection.default_channel
            declared = channel.queue_declare(queue=step.value, passive=True)
        except ChannelError:
            return 0  # Redis keeps no empty queue
        return int(declared.message_count)
