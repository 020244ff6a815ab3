from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlikeConfig(AppConfig):
    name = "bihuan.alike"
    label = "alike"

    def ready(self) -> None:
        from bihuan.alike import verbs  # noqa: F401
        from bihuan.alike.actions import EXAMINE
        from bihuan.alike.queries import remarks_on
        from bihuan.ledger.catalogue import followed
        from bihuan.org.roles import Cap
        from bihuan.supervision import remarks
        from bihuan.ui import navigation

        followed("supervision.assignment.reported", "supervision.assignment.completed", job=EXAMINE)
        remarks.add(remarks_on)
        navigation.add(
            navigation.Link(
                label=_("雷同提示"),
                url_name="likenesses",
                icon="copy-check",
                group="loop",
                order=55,
                allowed=Cap.APPROVE,
            )
        )
