from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CircularsConfig(AppConfig):
    name = "bihuan.circulars"
    label = "circulars"

    def ready(self) -> None:
        from django.urls import reverse

        from bihuan.circulars import hearers, verbs  # noqa: F401
        from bihuan.circulars.actions import issue_circular
        from bihuan.circulars.queries import circulars_on
        from bihuan.circulars.wording import NAMES, PLACES, SHIPPED
        from bihuan.documents import papers
        from bihuan.documents.models import Paper
        from bihuan.org.roles import Cap
        from bihuan.supervision import tabs
        from bihuan.supervision.letters import WORDED, Worded
        from bihuan.supervision.models.letters import BULLETIN
        from bihuan.ui import navigation

        navigation.add(
            navigation.Link(
                label=_("通报"),
                url_name="circulars",
                icon="speakerphone",
                group="loop",
                order=60,
                allowed=Cap.VIEW,
            )
        )

        tabs.add(
            tabs.PlanTab(
                label=_("通报"),
                url_name="plan-circulars",
                icon="speakerphone",
                order=60,
                count=lambda plan, actor: circulars_on(plan, actor).count() or None,
            )
        )

        for words, label in (("circular", Paper.Kind.CIRCULAR.label), BULLETIN):
            WORDED[words] = Worded(
                label,
                SHIPPED[words],
                used=lambda edition: edition.circulars.count(),
                places=PLACES,
                names=NAMES,
            )

        papers.register(
            Paper.Kind.CIRCULAR,
            issue=issue_circular,
            page=lambda paper: reverse("circular", args=[paper.circular.pk]),
        )
