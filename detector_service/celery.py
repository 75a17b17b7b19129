"""The Celery application. A message is only a doorbell: the row in ``checks`` is the job."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detector_service.settings")

app = Celery("detector_service")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="waking")


@setup_logging.connect
def _log_like_the_rest(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as the settings have it."""
