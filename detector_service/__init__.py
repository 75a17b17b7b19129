"""Who asked, what they were told, what people decided."""

from detector_service.celery import app as celery_app

__all__ = ["celery_app"]
