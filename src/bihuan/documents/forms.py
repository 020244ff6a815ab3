from django import forms
from django.utils.translation import gettext_lazy as _


class EvidenceForm(forms.Form):
    """What goes with an uploaded file: the name, what it is about, and what the sender says it sent."""

    name = forms.CharField(label=_("文件名"), max_length=1000, required=False)
    evidence_on = forms.DateField(label=_("材料日期"), required=False)
    evidence_until = forms.DateField(label=_("材料截止日期"), required=False)
    digest = forms.RegexField("^[0-9a-fA-F]{64}$", required=False)


class PeriodForm(forms.Form):
    evidence_on = forms.DateField(label=_("材料日期"), required=False)
    evidence_until = forms.DateField(label=_("材料截止日期"), required=False)
