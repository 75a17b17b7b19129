"""The Celery application. A message is only a doorbell: the row in ``checks`` is the job."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detector_service.settings")

app = Celery("detector_service")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
