"""What the component page shows."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    progress = forms.CharField(
        label=_("办理进展"), help_text=_("写做成了什么，50 字内"), widget=forms.Textarea({"rows": 2})
    )
    finish_on = forms.DateField(label=_("完成日期"), widget=forms.DateInput({"type": "date"}))
    schools = forms.CharField(
        label=_("学校数"),
        disabled=True,
        required=False,
        initial="168",
        help_text=_("系统带入，全国学籍系统 11-20"),
    )
    kind = forms.ChoiceField(label=_("类别"), choices=[("report", _("进展反馈")), ("explain", _("说明情况"))])
    verdict = forms.ChoiceField(
        label=_("结论"), choices=[("met", _("达到")), ("unmet", _("未达到"))], widget=forms.RadioSelect
    )
    evidence = forms.FileField(
        label=_("佐证"), required=False, help_text=_("PDF、OFD、图片、表格，单个 50 MB 内")
    )
    share = forms.BooleanField(label=_("同时更新一表通"), required=False)

    def clean_finish_on(self) -> date:
        if self.cleaned_data["finish_on"].year < 2021:
            raise forms.ValidationError(_("晚于总时限 12月18日，请改早或申请延期"))
        return self.cleaned_data["finish_on"]


def sample_counts() -> dict[str, int]:
    return {"c": 13, "w": 3, "g": 24, "y": 4, "yy": 2, "r": 3}
