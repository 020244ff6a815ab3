from django import forms
from django.utils.translation import gettext_lazy as _


class PeriodForm(forms.Form):
    """For which days, and under which code, a circular is drawn up."""

    first_on = forms.DateField(label=_("起始日期"), widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(label=_("截止日期"), widget=forms.DateInput(attrs={"type": "date"}))
    code = forms.CharField(
        label=_("机关代字"), max_length=20, required=False, help_text=_("用于编号，例如 甘教督")
    )
