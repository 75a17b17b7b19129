"""What the clock and a doorbell make a worker do."""

from __future__ import annotations

from celery import shared_task

from detector_service.posters import answering, callbacks, sweeping


@shared_task(name="posters.settle")
def settle() -> None:
    answering.settle_due()


@shared_task(name="posters.send_due")
def send_due() -> None:
    callbacks.send_due()


@shared_task(name="posters.deliver")
def deliver(site_pk: int) -> None:
    callbacks.deliver(site_pk)


@shared_task(name="posters.sweep")
def sweep() -> None:
    sweeping.sweep()
