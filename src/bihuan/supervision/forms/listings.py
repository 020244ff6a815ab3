"""Filters of the registers of this context; none refuses, and each says in words what it was asked."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.org.models import Unit
from bihuan.supervision.forms.base import DayField
from bihuan.supervision.forms.presses import PressFilter
from bihuan.supervision.forms.registers import FilterForm
from bihuan.supervision.models import Area, Report
from bihuan.supervision.queries.listings import ItemsAsked, ReportsAsked
from bihuan.ui.forms import Choice, offer

SAID = _("%(what)s：%(value)s")


class InWords:
    """Says what a filter was asked, for the line below a file's title."""

    def words(self: Any) -> Iterator[str]:
        self.is_valid()
        for bound in self:
            value = self.cleaned_data.get(bound.name)
            if value in (None, ""):
                continue
            if bound.name in ("unit", "under"):
                label, said = (
                    _now("单位"),
                    _named(Unit.objects.filter(pk=value).values_list("name", flat=True)),
                )
            elif bound.name == "area":
                label, said = (
                    _now("领域"),
                    _named(Area.objects.filter(pk=value).values_list("name", flat=True)),
                )
            else:
                choices = {str(key): label for key, label in getattr(bound.field, "choices", ())}
                label, said = bound.label, choices.get(str(value), value)
            yield SAID % {"what": label, "value": said}


class AssignmentsForm(InWords, FilterForm):
    """The filter of the list of assignments; a register sorts in ways of its own."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["sort"]


class ItemsForm(InWords, forms.Form):
    q = forms.CharField(label=_("事项或文号"), max_length=100, required=False)
    plan = forms.TypedChoiceField(
        label=_("方案"), coerce=int, empty_value=None, required=False, widget=Choice
    )
    area = forms.IntegerField(required=False, widget=forms.HiddenInput)
    due_from = DayField(label=_("时限起"), required=False)
    due_to = DayField(label=_("时限止"), required=False)

    def __init__(self, *args: Any, plans: list[tuple[int, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        _offer(self, plans)

    def asked(self) -> ItemsAsked:
        return ItemsAsked(**_understood(self))


class ReportsForm(InWords, forms.Form):
    q = forms.CharField(label=_("事项或进展内容"), max_length=100, required=False)
    plan = forms.TypedChoiceField(
        label=_("方案"), coerce=int, empty_value=None, required=False, widget=Choice
    )
    unit = forms.IntegerField(required=False, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("审核"),
        choices=[("", _("全部审核结果")), ("none", Report.Verdict.NONE.label), *Report.Verdict.choices[1:]],
        required=False,
        widget=Choice,
    )
    since = DayField(label=_("反馈起"), required=False)
    until = DayField(label=_("反馈止"), required=False)

    def __init__(self, *args: Any, plans: list[tuple[int, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        _offer(self, plans)

    def asked(self) -> ReportsAsked:
        return ReportsAsked(**_understood(self))


class PressesForm(InWords, PressFilter):
    """The filter of the record of presses."""


def _offer(form: Any, plans: list[tuple[int, str]]) -> None:
    offer(form, "plan", [("", _("全部方案")), *plans])


def _understood(form: forms.Form) -> dict[str, Any]:
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}


def _named(names: Any) -> str:
    return next(iter(names), "?")
