"""Pressure on record and the answer to an explanation."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.supervision.actions.letters import draft_slip
from bihuan.supervision.actions.reviewing import answer_explanation
from bihuan.supervision.actions.terms import instruct_on_assignment, urge_assignment
from bihuan.supervision.forms.base import DayField, OperationForm, words
from bihuan.supervision.queries.assignments import Sheet
from bihuan.ui import wording


class UrgeForm(OperationForm):
    action = staticmethod(urge_assignment)

    text = words(_("催办要求"), help_text=_("写明答复时间和要求"))

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"text": urging(sheet)}


def urging(sheet: Sheet) -> str:
    """A sentence to begin with: the fact, the time to answer, what comes next."""
    by = clock.today() + timedelta(days=2)
    said = {"due": wording.say_day(sheet.assignment.due_at), "by": wording.say_day(by)}
    if sheet.situation.overdue:
        return _now("时限%(due)s已过，请于%(by)s前反馈进展或说明情况。") % said
    return _now("时限%(due)s，请于%(by)s前反馈进展。") % said


class SlipForm(OperationForm):
    action = staticmethod(draft_slip)
    consequence = _("生成督办通知单草稿；经核稿、签发后编号送达，见“文书”。")

    requirement = words(_("督办要求"), help_text=_("事项、依据和办理情况由系统填好"))
    reply_by = DayField(label=_("答复时限"))

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"reply_by": clock.today() + timedelta(days=5)}


def urge_many() -> str:
    """The same for a selection."""
    by = wording.say_day(clock.today() + timedelta(days=2))
    return _now("请于%(by)s前反馈进展；已逾期的，一并说明情况。") % {"by": by}


class InstructionForm(OperationForm):
    action = staticmethod(instruct_on_assignment)
    consequence = _("批示写入办理过程，承办单位即时可见。")

    text = words(_("批示内容"))


class AnswerForm(OperationForm):
    action = staticmethod(answer_explanation)
    consequence = _("认可期内不列入通报和约谈；灯色不变。")

    accepted = forms.TypedChoiceField(
        label=_("答复"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("认可")), ("no", _("不认可"))],
        widget=forms.RadioSelect,
    )
    holds_until = DayField(label=_("认可至"), required=False, help_text=_("认可的须写明到哪一天"))

    def perform(self, actor: Actor) -> Any:
        explanation = self.sheet.explanation
        if explanation is None:  # answered meanwhile: the newest one tells what became of it
            explanation = self.sheet.assignment.explanations.all()[0]
        return answer_explanation(
            explanation_id=explanation.pk,
            actor=actor,
            seen_version=self.cleaned_data["seen_version"],
            **self.words(),
        )
