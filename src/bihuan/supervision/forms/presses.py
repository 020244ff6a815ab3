"""Filtering the record of presses."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.forms.base import DayField
from bihuan.supervision.queries.presses import Asked, Kind
from bihuan.ui.forms import Choice, offer


class PressFilter(forms.Form):
    """Never refuses: what cannot be read is left out."""

    kind = forms.ChoiceField(
        label=_("方式"), choices=[("", _("全部方式")), *Kind.choices], required=False, widget=Choice
    )
    plan = forms.TypedChoiceField(
        label=_("方案"), coerce=int, empty_value=None, required=False, widget=Choice
    )
    unit = forms.IntegerField(required=False, widget=forms.HiddenInput)
    answered = forms.ChoiceField(
        label=_("回应"),
        choices=[("", _("全部回应")), ("no", _("尚无回应")), ("yes", _("已有回应"))],
        required=False,
        widget=Choice,
    )
    since = DayField(label=_("起"), required=False)
    until = DayField(label=_("止"), required=False)

    def __init__(self, *args: Any, plans: list[tuple[int, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        offer(self, "plan", [("", _("全部方案")), *plans])

    def asked(self) -> Asked:
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value not in (None, "")})
