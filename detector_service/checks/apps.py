from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "detector_service.checks"
