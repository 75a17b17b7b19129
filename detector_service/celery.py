"""The Celery application. A message is only a doorbell: the row in ``checks`` is the job."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detector_service.settings")

app = Celery("detector_service")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = logging.getLogger(__name__)


@setup_logging.connect
def _log_like_the_rest(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as the settings have it."""


@worker_process_init.connect
def _warm_the_model(**_: Any) -> None:
    """In each child of an analysing worker, before it takes a message."""
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
    from analysis.sandbox import guard_layers

    log.info("a stranger's bytes are kept in by: %s", ", ".join(guard_layers()))


@worker_ready.connect
def _sing_at_once(**_: Any) -> None:
    """So that readiness is known when a worker starts, not half a minute later."""
    for queue in app.amqp.queues.consume_from:
        app.send_task("checks.canary", args=(queue,), queue=queue, expires=60, retry=False)
