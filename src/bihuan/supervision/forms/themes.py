"""The form in which light rules are written."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.themes import LONGEST_WORD, Measure, Theme, flaws, from_rows

PARTS = ("amber", "strong")


def _word(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=LONGEST_WORD)


class ThemeForm(forms.Form):
    """Two thresholds and the authority's own words; a flaw is told at its field."""

    amber_by = forms.ChoiceField(label=_("临期：按"), choices=Measure)
    amber_amount = forms.IntegerField(label=_("数值"), required=False, min_value=0, max_value=99)
    strong_by = forms.ChoiceField(label=_("加急：按"), choices=Measure)
    strong_amount = forms.IntegerField(label=_("数值"), required=False, min_value=0, max_value=99)
    word_y = _word(_("“临期”称为"))
    word_yy = _word(_("“临期加急”称为"))
    word_r = _word(_("“逾期”称为"))
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors:
            for flaw in flaws(from_rows(self.rows())):
                self.add_error(f"{flaw.field}_amount" if flaw.field in PARTS else "word_y", str(flaw.text))
        return said

    def rows(self) -> dict[str, Any]:
        """The rows of the version, see `themes.as_rows`."""
        said = self.cleaned_data
        parts = {part: {"by": said[f"{part}_by"], "amount": said[f"{part}_amount"] or 0} for part in PARTS}
        return {**parts, "words": {light: said[f"word_{light}"] for light in ("y", "yy", "r")}}


def filled_with(theme: Theme) -> dict[str, Any]:
    """The form's beginning."""
    return {
        "amber_by": theme.amber.by.value,
        "amber_amount": theme.amber.amount,
        "strong_by": theme.strong.by.value,
        "strong_amount": theme.strong.amount,
        **{f"word_{light}": theme.words.get(light, "") for light in ("y", "yy", "r")},
    }
