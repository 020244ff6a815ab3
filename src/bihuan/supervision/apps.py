from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "bihuan.supervision"
    label = "supervision"

    def ready(self) -> None:
        from django.urls import reverse

        from bihuan.documents import access, papers
        from bihuan.documents.models import Paper
        from bihuan.org.actions import carried_by
        from bihuan.supervision import hearers, places, registers, verbs  # noqa: F401
        from bihuan.supervision.actions.slips import issue_slip
        from bihuan.supervision.actions.succession import carry_duties
        from bihuan.supervision.queries import found_words  # noqa: F401
        from bihuan.supervision.queries.calendars import effect_of
        from bihuan.supervision.queries.evidence import may_read
        from bihuan.workdays import rights

        access.register("supervision", may_read)
        carried_by(carry_duties)
        rights.foresee_by(effect_of)
        papers.register(
            Paper.Kind.SLIP, issue=issue_slip, page=lambda paper: reverse("paper", args=[paper.pk])
        )
