"""The Celery application. A message is only a doorbell: the row in ``checks`` is the job."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detector_service.settings")

RING_PATIENCE_S = 3


class Service(Celery):
    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """A broker that is silent, frozen say, must not hold up whoever rings: the sweep rings
        again. Who listens has to be more patient, since nothing may come for a while."""
        options["transport_options"] = {
            **(options.get("transport_options") or {}),
            "socket_timeout": RING_PATIENCE_S,
        }
        return super().connection_for_write(url, **options)


app = Service("detector_service")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="waking")


@setup_logging.connect
def _log_like_the_rest(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as the settings have it."""
