from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "bihuan.documents"
    label = "documents"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from bihuan.documents import found, hearers, registers, verbs  # noqa: F401
        from bihuan.org.roles import Cap
        from bihuan.ui import navigation

        navigation.add(
            navigation.Link(
                label=_("文书"), url_name="papers", icon="file-text", group="loop", order=70, allowed=Cap.VIEW
            )
        )
