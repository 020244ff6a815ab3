from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    name = "bihuan.registers"
    label = "registers"

    def ready(self) -> None:
        from bihuan.org.roles import Cap
        from bihuan.registers import verbs  # noqa: F401
        from bihuan.ui import navigation

        navigation.add(
            navigation.Link(
                label=_("台账"),
                url_name="registers",
                icon="table",
                group="data",
                order=20,
                allowed=lambda request: any(
                    post.grants(cap)
                    for post in [getattr(request, "post", None)]
                    if post
                    for cap in (Cap.VIEW, Cap.MANAGE_UNITS)
                ),
                key="T",
            )
        )
