from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgConfig(AppConfig):
    name = "bihuan.org"
    label = "org"

    def ready(self) -> None:
        from bihuan.org import checks, found, jobs, registers, scope, verbs  # noqa: F401
        from bihuan.org.roles import Cap
        from bihuan.ui import navigation
        from bihuan.ui.navigation import Link
        from bihuan.workdays import rights

        rights.decide_by(scope.may_edit_calendar, scope.calendar_regions)
        navigation.add(
            Link(
                label=_("机构"),
                url_name="units",
                icon="sitemap",
                group="admin",
                order=10,
                tab=8,
                allowed=lambda request: bool(getattr(request, "post", None)),
            )
        )
        navigation.add(
            Link(
                label=_("工作日历"),
                url_name="calendar",
                icon="calendar",
                group="admin",
                order=30,
                allowed=Cap.MANAGE_CALENDAR,
            )
        )
        navigation.add(
            Link(
                label=_("人员"),
                url_name="people",
                icon="users",
                group="admin",
                order=8,
                tab=9,
                allowed=Cap.MANAGE_POSTS,
            )
        )
        navigation.add(
            Link(
                label=_("审计"),
                url_name="audit",
                icon="history",
                group="admin",
                order=5,
                tab=9,
                allowed=Cap.AUDIT,
            )
        )
