from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ReviewConfig(AppConfig):
    name = "detector_service.review"
    default = True

    def ready(self) -> None:
        from detector_service.review import listening

        listening.connect()


class ReviewAdmin(admin_apps.AdminConfig):
    """Django's admin, behind a second factor."""

    default_site = "detector_service.review.site.ReviewSite"
    default = False
