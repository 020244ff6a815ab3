"""The filters of the register and the words of its bulk actions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.forms.base import DayField, words
from bihuan.supervision.queries.lights import NEAR
from bihuan.supervision.queries.registers import Filter
from bihuan.supervision.rules import Duty, Light, Outcome, Stage
from bihuan.supervision.rungs import HEIGHTS
from bihuan.ui.forms import Choice, offer, share_fields

STAGES = [
    ("", _("全部环节")),
    ("open", _("在办")),
    *[(stage.value, stage.label) for stage in Stage],
    ("running", _("未申报办结")),
    ("finished", _("已办结（含销号）")),
    ("ended", _("已结束")),
    ("live", _("未撤销、未改派")),
]
LIGHTS = [
    ("", _("全部灯")),
    *[(light.value, light.label) for light in Light],
    (NEAR, _("临期（含加急）")),
]
WHOSE = [("", _("我能看到的")), ("own", _("本单位承办")), ("given", _("本单位交办"))]
REPORTS = [
    ("", _("全部反馈")),
    ("unread", _("有新反馈")),
    ("due", _("本期应报")),
    ("late", _("本期迟报")),
    ("missing", _("有缺报")),
    ("week", _("本周须反馈")),
]
LOOK_BACKS = [("held", _("回头看稳固")), ("relapsed", _("回头看反弹"))]
RUNGS = [(step.value, step.label) for step in HEIGHTS]
CONFIRM_FROM = 50


@share_fields("plan")
class FilterForm(forms.Form):
    """Never refuses: what cannot be read is left out, and the page shows what was understood."""

    whose = forms.ChoiceField(label=_("范围"), choices=WHOSE, required=False)
    stage = forms.ChoiceField(label=_("环节"), choices=STAGES, required=False, widget=Choice)
    light = forms.ChoiceField(label=_("灯"), choices=LIGHTS, required=False, widget=Choice)
    duty = forms.ChoiceField(
        label=_("职责"), choices=[("", _("牵头、配合")), *Duty.choices], required=False, widget=Choice
    )
    plan = forms.TypedChoiceField(
        label=_("方案"), coerce=int, empty_value=None, required=False, widget=Choice
    )
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    area = forms.IntegerField(required=False, widget=forms.HiddenInput)
    unit = forms.IntegerField(required=False, widget=forms.HiddenInput)
    under = forms.IntegerField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(label=_("事项或文号"), max_length=100, required=False)
    due_from = DayField(label=_("时限起"), required=False)
    due_to = DayField(label=_("时限止"), required=False)
    ended = forms.ChoiceField(
        choices=[("", ""), ("week", _("本周")), ("month", _("本月"))],
        required=False,
        widget=forms.HiddenInput,
    )
    completed = forms.ChoiceField(
        choices=[("", ""), ("year", _("今年"))], required=False, widget=forms.HiddenInput
    )
    punctual = forms.ChoiceField(
        choices=[("", ""), ("yes", _("按期")), ("no", _("不按期"))], required=False, widget=forms.HiddenInput
    )
    extension = forms.ChoiceField(
        choices=[("", ""), ("pending", _("延期申请待批"))], required=False, widget=forms.HiddenInput
    )
    report = forms.ChoiceField(label=_("反馈"), choices=REPORTS, required=False, widget=Choice)
    given = forms.ChoiceField(
        choices=[("", ""), ("week", _("本周"))], required=False, widget=forms.HiddenInput
    )
    rung = forms.ChoiceField(choices=[("", ""), *RUNGS], required=False, widget=forms.HiddenInput)
    look_back = forms.ChoiceField(choices=[("", ""), *LOOK_BACKS], required=False, widget=forms.HiddenInput)
    looked = forms.ChoiceField(
        choices=[("", ""), ("year", _("今年"))], required=False, widget=forms.HiddenInput
    )
    obstacle = forms.ChoiceField(
        choices=[("", ""), ("open", _("待协调"))], required=False, widget=forms.HiddenInput
    )
    late_on = DayField(required=False, widget=forms.HiddenInput)
    sort = forms.ChoiceField(
        label=_("排序"),
        choices=[("due", _("时限从近到远")), ("-due", _("时限从远到近"))],
        required=False,
        widget=Choice,
    )

    def __init__(self, *args: Any, plans: Sequence[tuple[int, str]] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        offer(self, "plan", [("", _("全部方案")), *plans])

    def asked(self) -> Filter:
        self.is_valid()
        understood = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return Filter(**understood)


class BulkForm(forms.Form):
    """The words that go with one action on many; above CONFIRM_FROM the number has to be typed (R19)."""

    confirmed = forms.IntegerField(label=_("确认件数"), required=False)

    def __init__(self, *args: Any, count: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.count = count
        if count > CONFIRM_FROM:
            self.fields["confirmed"].help_text = _now("件数较多，请输入 %(n)d 确认") % {"n": count}
            self.fields["confirmed"].required = True
        else:
            del self.fields["confirmed"]

    def clean_confirmed(self) -> int:
        typed = self.cleaned_data["confirmed"]
        if typed != self.count:
            raise forms.ValidationError(_now("与实际件数不符，请输入 %(n)d") % {"n": self.count})
        return typed

    def words(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "confirmed"}


class UrgeManyForm(BulkForm):
    text = words(_("催办要求"), help_text=_("写明答复时间和要求"))
    field_order = ["text", "confirmed"]


class WriteOffManyForm(BulkForm):
    outcome = forms.ChoiceField(
        label=_("结论"), choices=Outcome.choices, initial=Outcome.DONE, widget=forms.RadioSelect
    )
    basis = words(_("销号依据"), rows=2, required=False, help_text=_("结论不是“已整改”的必填"))
    field_order = ["outcome", "basis", "confirmed"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") != Outcome.DONE and not cleaned.get("basis", "").strip():
            self.add_error("basis", _now("结论不是“已整改”的，请写明依据"))
        return cleaned
