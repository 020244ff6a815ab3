"""Forms of the scores: the rules, a period, an objection and its answer."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.forms.base import DayField, words
from bihuan.supervision.rules import Duty
from bihuan.supervision.scoring import MOST, Event, Scoring, flaws, from_rows


class Number(forms.DecimalField):
    def __init__(self, label: Any, **kwargs: Any):
        super().__init__(
            label=label, min_value=-MOST, max_value=MOST, max_digits=4, decimal_places=1, **kwargs
        )


class ScoringForm(forms.Form):
    """The base and a line for each event and duty; one without points is no rule."""

    base = Number(_("基础分"))
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for event in Event:
            for duty in Duty:
                name = f"{event.value}-{duty.value}"
                said = {"event": event.label, "duty": duty.label}
                self.fields[f"{name}-points"] = Number(_("%(event)s（%(duty)s）每次") % said, required=False)
                self.fields[f"{name}-cap"] = Number(_("%(event)s（%(duty)s）上限") % said, required=False)

    def lines(self) -> list[tuple[Event, Duty, forms.BoundField, forms.BoundField]]:
        return [
            (event, duty, self[f"{event.value}-{duty.value}-points"], self[f"{event.value}-{duty.value}-cap"])
            for event in Event
            for duty in Duty
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors:
            for flaw in flaws(from_rows(self.rows())):
                self.add_error(None, str(flaw))
        return said

    def rows(self) -> dict[str, Any]:
        """The rows of the version, see `scoring.as_rows`."""
        said, rules = self.cleaned_data, []
        for event in Event:
            for duty in Duty:
                points = said[f"{event.value}-{duty.value}-points"]
                if points:
                    cap = said[f"{event.value}-{duty.value}-cap"] or Decimal(0)
                    rules.append(
                        {"event": event.value, "duty": duty.value, "points": str(points), "cap": str(cap)}
                    )
        return {"base": str(said["base"]), "rules": rules}


def filled_with(scoring: Scoring) -> dict[str, Any]:
    """The form's beginning."""
    found: dict[str, Any] = {"base": scoring.base}
    for rule in scoring.rules:
        name = f"{rule.event.value}-{rule.duty.value}"
        found |= {f"{name}-points": rule.points, f"{name}-cap": rule.cap or None}
    return found


class SpanForm(forms.Form):
    """From when to when."""

    first_on = DayField(label=_("起始日期"))
    last_on = DayField(label=_("截止日期"))


class ContestForm(forms.Form):
    reason = words(_("异议理由"), rows=2, limit=1000)


class DecisionForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label=_("答复"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("异议成立")), ("no", _("异议不成立"))],
        widget=forms.RadioSelect,
    )
    points = Number(_("改计"), required=False, help_text=_("异议成立的须填写"))
    answer = words(_("答复理由"), rows=2, limit=1000)
