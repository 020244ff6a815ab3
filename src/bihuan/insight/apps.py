from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    name = "bihuan.insight"
    label = "insight"

    def ready(self) -> None:
        from bihuan.org.roles import Cap
        from bihuan.ui import navigation

        navigation.add(
            navigation.Link(
                label=_("驾驶舱"),
                url_name="board",
                icon="chart-bar",
                group="data",
                order=10,
                allowed=Cap.VIEW,
                key="D",
            )
        )
