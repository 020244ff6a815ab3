from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "bihuan.supervision"
    label = "supervision"

    def ready(self) -> None:
        from bihuan.supervision import hearers, verbs  # noqa: F401
