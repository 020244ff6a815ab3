from django.apps import AppConfig


class WorkdaysConfig(AppConfig):
    name = "bihuan.workdays"
    label = "workdays"

    def ready(self) -> None:
        from bihuan.workdays import checks, verbs  # noqa: F401
