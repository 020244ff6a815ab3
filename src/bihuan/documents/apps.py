from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "bihuan.documents"
    label = "documents"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from bihuan.documents import access, found, hearers, registers, verbs  # noqa: F401
        from bihuan.documents.queries import goes_with_a_document
        from bihuan.org.roles import Cap
        from bihuan.ui import navigation

        access.register("documents", goes_with_a_document)
        navigation.add(
            navigation.Link(
                label=_("文书"), url_name="papers", icon="file-text", group="loop", order=70, allowed=Cap.VIEW
            )
        )
