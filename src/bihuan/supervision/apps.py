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
        from bihuan.supervision.actions.letters import edit_letter, issue_letter
        from bihuan.supervision.actions.succession import carry_duties
        from bihuan.supervision.forms.letters import LetterForm
        from bihuan.supervision.letters import LETTERS, WORDED, Worded
        from bihuan.supervision.queries import found_words  # noqa: F401
        from bihuan.supervision.queries.calendars import effect_of
        from bihuan.supervision.queries.evidence import may_read
        from bihuan.supervision.queries.letters import states
        from bihuan.supervision.views.letters import beside
        from bihuan.workdays import rights

        access.register("supervision", may_read)
        carried_by(carry_duties)
        rights.foresee_by(effect_of)
        papers.begin_at("letter-choose")
        for kind, letter in LETTERS.items():
            label = Paper.Kind(kind).label
            WORDED[kind] = Worded(label, letter.template, used=lambda edition: edition.letters.count())
            papers.register(
                kind,
                issue=issue_letter,
                page=lambda paper: reverse("paper", args=[paper.pk]),
                form=LetterForm,
                edit=edit_letter,
                panels=["supervision/letters/panel.html"],
                beside=beside,
                states=states,
            )
