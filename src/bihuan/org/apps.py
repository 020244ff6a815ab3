from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "bihuan.org"
    label = "org"

    def ready(self) -> None:
        from bihuan.org import verbs  # noqa: F401
