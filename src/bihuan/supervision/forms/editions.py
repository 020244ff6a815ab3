"""The form about a version of anything that an authority settles."""

from django import forms
from django.utils.translation import gettext_lazy as _


class InForceForm(forms.Form):
    """Putting a version in force, or out of it."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("调整理由"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("写入留痕，本机关及下级可见"),
    )
