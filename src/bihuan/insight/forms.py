"""The filters of the search as controls, for those who do not type them; they write themselves into the question."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.insight.rules import KEYS, Question
from bihuan.kernel.finding import offers, states
from bihuan.ui.forms import Choice


class ControlsForm(forms.Form):
    """Never refuses: what is filled in replaces the same filter in the question, what is emptied leaves it."""

    kind = forms.ChoiceField(label=_("类型"), required=False, widget=Choice)
    state = forms.ChoiceField(label=_("状态"), required=False, widget=Choice)
    unit = forms.CharField(label=_("单位"), max_length=50, required=False)
    number = forms.CharField(label=_("编号"), max_length=50, required=False)
    plan = forms.CharField(label=_("方案"), max_length=50, required=False)
    person = forms.CharField(label=_("人员"), max_length=50, required=False)
    due = forms.CharField(label=_("截止"), max_length=30, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        kinds = [(str(one.label), one.label) for one in offers()]
        self.fields["kind"].choices = [("", _("全部类型")), *kinds]  # type: ignore[attr-defined]
        known = [(str(one.label), one.label) for one in states().values()]
        self.fields["state"].choices = [("", _("全部状态")), *known]  # type: ignore[attr-defined]
        self.fields["due"].widget.attrs["placeholder"] = "<2026-12-31"
        self.fields["unit"].widget.attrs["placeholder"] = _("名称、别称或拼音")

    @classmethod
    def of(cls, question: Question) -> "ControlsForm":
        """The controls set to what the question says; of a choice only where it names exactly one."""
        asked = question.asked
        initial = {key: part.value for part in question.parts for key in KEYS if part.key == key}
        labels = {one.kind: str(one.label) for one in offers()}
        initial["kind"] = _only([labels[kind] for kind in asked.kinds])
        initial["state"] = _only([str(states()[code].label) for code in asked.state])
        return cls(initial=initial)

    def controls(self) -> dict[str, str]:
        """What stands in the controls that were sent."""
        self.is_valid()
        sent = {name: self.cleaned_data.get(name, "") for name in KEYS if name in self.data}
        return {name: value for name, value in sent.items() if isinstance(value, str)}


def _only(names: Iterable[str]) -> str:
    found = list(names)
    return found[0] if len(found) == 1 else ""
