from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    name = "bihuan.registers"
    label = "registers"

    def ready(self) -> None:
        from bihuan.org.roles import Cap
        from bihuan.registers import verbs  # noqa: F401
        from bihuan.ui import navigation

        def may_read_lists(request: HttpRequest) -> bool:
            post = getattr(request, "post", None)
            return bool(post and (post.grants(Cap.VIEW) or post.grants(Cap.MANAGE_UNITS)))

        navigation.add(
            navigation.Link(
                label=_("台账"),
                url_name="registers",
                icon="table",
                group="data",
                order=20,
                allowed=may_read_lists,
                key="T",
            )
        )
