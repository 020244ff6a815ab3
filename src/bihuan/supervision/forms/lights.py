"""Setting a light by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.actions.lights import set_light
from bihuan.supervision.forms.base import DeadlineField, OperationForm, words
from bihuan.supervision.models.assignments import SETTABLE_CHOICES
from bihuan.supervision.queries.assignments import Sheet


class LightForm(OperationForm):
    action = staticmethod(set_light)
    consequence = _("显示为“人工”并写明理由；计算所得的灯、提醒和逾期统计都不变。")

    light = forms.ChoiceField(label=_("调为"), required=False, widget=forms.RadioSelect)
    until_at = DeadlineField(label=_("至"), required=False, help_text=_("到期自动恢复；时限一过也自动恢复"))
    reason = words(_("调灯理由"), rows=2)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        restore = [("", _("恢复自动亮灯"))] if sheet.assignment.override else []
        field: Any = self.fields["light"]
        field.choices = [*SETTABLE_CHOICES, *restore]
        field.required = not restore

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        one = sheet.assignment
        return {"light": one.override or sheet.light.value, "until_at": one.override_until}
