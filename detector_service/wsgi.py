"""The entry point for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from detector_service.requests import Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detector_service.settings")

application = get_wsgi_application()
application.request_class = Request
