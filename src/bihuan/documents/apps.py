from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "bihuan.documents"
    label = "documents"

    def ready(self) -> None:
        from bihuan.documents import verbs  # noqa: F401
