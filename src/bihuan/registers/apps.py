from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    name = "bihuan.registers"
    label = "registers"

    def ready(self) -> None:
        from bihuan.org.roles import Cap
        from bihuan.org.scope import has
        from bihuan.registers import verbs  # noqa: F401
        from bihuan.ui import navigation

        navigation.add(
            navigation.Link(
                label=_("台账"),
                url_name="registers",
                icon="table",
                group="data",
                order=20,
                allowed=lambda request: bool(
                    getattr(request, "post", None)
                    and (has(request.actor, Cap.VIEW) or has(request.actor, Cap.MANAGE_UNITS))
                ),
                key="T",
            )
        )
