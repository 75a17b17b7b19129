from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "detector_service.pages"
