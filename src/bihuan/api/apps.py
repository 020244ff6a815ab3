from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "bihuan.api"
    label = "api"

    def ready(self) -> None:
        from bihuan.api import verbs  # noqa: F401
