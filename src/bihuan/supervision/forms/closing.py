"""How an assignment ends."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.actions.closing import (
    cancel_assignment,
    look_back,
    object_to_result,
    publicise_assignment,
    write_off_assignment,
)
from bihuan.supervision.forms.base import (
    REASON,
    DeadlineField,
    OperationForm,
    RuleField,
    settle_deadline,
    words,
)
from bihuan.supervision.models import LookBack
from bihuan.supervision.queries.assignments import Sheet
from bihuan.supervision.rules import Outcome


class PublicityForm(OperationForm):
    action = staticmethod(publicise_assignment)
    consequence = _("公示期满无异议方可销号。")


class ObjectionForm(OperationForm):
    action = staticmethod(object_to_result)
    consequence = _("异议成立的，退回承办单位继续办理。")

    text = words(_("异议内容和核实情况"))
    founded = forms.TypedChoiceField(
        label=_("核实结论"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("异议不成立")), ("yes", _("异议成立"))],
        widget=forms.RadioSelect,
    )
    due_at = DeadlineField(
        label=_("继续办理时限"), required=False, help_text=_("异议成立时填写；不填按规定给补正时间")
    )


class WriteOffForm(OperationForm):
    action = staticmethod(write_off_assignment)
    consequence = _("销号后不再重新打开；出现反弹的，另起新一轮。")

    outcome = forms.ChoiceField(
        label=_("结论"), choices=Outcome.choices, initial=Outcome.DONE, widget=forms.RadioSelect
    )
    basis = words(_("销号依据"), rows=2, required=False, help_text=_("结论不是“已整改”的必填"))


class LookBackForm(OperationForm):
    action = staticmethod(look_back)
    consequence = _("出现反弹的，原记录保持销号，另起新一轮办理。")

    verdict = forms.ChoiceField(
        label=_("核查结论"), choices=LookBack.Verdict.choices, widget=forms.RadioSelect
    )
    finding = words(_("核查情况"))
    due_at = DeadlineField(label=_("新一轮时限"), required=False, help_text=_("出现反弹时填写"))
    due_rule = RuleField()
    early = words(_("提前回头看的理由"), rows=2, required=False)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        months = sheet.regime["look_back.min_months"]
        self.fields["early"].help_text = _("销号未满 %(n)d 个月时填写") % {"n": months}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        settle_deadline(self, given, required=False)
        return given


class CancellationForm(OperationForm):
    action = staticmethod(cancel_assignment)
    danger = True

    reason = words(REASON)
