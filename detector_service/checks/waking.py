"""What a worker does before it takes its first message."""

from __future__ import annotations

import logging
from typing import Any

from celery.signals import worker_process_init, worker_ready

from analysis.sandbox import guard_layers
from detector_service.celery import app

log = logging.getLogger(__name__)


@worker_process_init.connect
def _warm_the_model(**_: Any) -> None:
    """In each child of an analysing worker: its parent must never load the engine."""
    if "analyse" not in app.amqp.queues.consume_from:
        return
    from detector_service.checks import run_check

    try:
        run_check.warm()
    except Exception:
        log.exception("the model could not be loaded; the next message will try again")


@worker_ready.connect
def _warm_fetching(**_: Any) -> None:
    if "fetch" in app.amqp.queues.consume_from:
        from detector_service.checks import run_check

        run_check.warm_fetching()


@worker_ready.connect
def _say_what_guards_us(**_: Any) -> None:
    log.info("a stranger's bytes are kept in by: %s", ", ".join(guard_layers()))


@worker_ready.connect
def _sing_at_once(**_: Any) -> None:
    """So that readiness is known when a worker starts, not half a minute later."""
    for queue in app.amqp.queues.consume_from:
        app.send_task("checks.canary", args=(queue,), queue=queue, expires=60, retry=False)
