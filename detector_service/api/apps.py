from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "detector_service.api"
