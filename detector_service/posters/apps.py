from django.apps import AppConfig


class PostersConfig(AppConfig):
    name = "detector_service.posters"

    def ready(self) -> None:
        from detector_service.posters import cors, listening

        cors.connect()
        listening.connect()
