"""Filters of the plan pages. A wrong value in the address is as good as none."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.ui.forms import offer
from bihuan.ui.lights import LIGHTS


class Filter(forms.Form):
    """A GET form: what is wrong in the address is left out, and labels are for assistive technology."""

    def __init__(self, data: Any):
        super().__init__(data)
        for bound in self.fields.values():
            bound.required = False
            bound.widget.attrs["aria-label"] = bound.label

    def wanted(self) -> dict[str, Any]:
        """The values that make sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


def choices(label: str, rows: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """`rows` behind a first choice that means all."""
    return [("", label), *rows]


def as_number(value: str) -> int | None:
    return int(value) if value else None


class PlanFilter(Filter):
    year = forms.TypedChoiceField(label=_("年份"), coerce=as_number, empty_value=None)
    issuer = forms.TypedChoiceField(label=_("发文机关"), coerce=as_number, empty_value=None)
    line = forms.TypedChoiceField(label=_("业务条线"), coerce=as_number, empty_value=None)
    text = forms.CharField(
        label=_("按名称或文号查找"),
        max_length=50,
        widget=forms.SearchInput(attrs={"placeholder": _("按名称或文号查找")}),
    )

    def __init__(self, data: Any, *, years: Sequence[int], issuers: Sequence[Any], lines: Sequence[Any]):
        super().__init__(data)
        offered = {
            "year": (_("全部年份"), [(year, _("%(year)s年") % {"year": year}) for year in years]),
            "issuer": (_("全部发文机关"), [(one.pk, one.short_name) for one in issuers]),
            "line": (_("全部业务条线"), [(one.pk, one.name) for one in lines]),
        }
        for name, (label, rows) in offered.items():
            offer(self, name, choices(label, rows))
            if len(rows) < 2 and not self.data.get(name):
                del self.fields[name]  # nothing to choose between


class TreeFilter(Filter):
    light = forms.ChoiceField(label=_("灯"))
    unit = forms.TypedChoiceField(label=_("责任单位"), coerce=as_number, empty_value=None)
    text = forms.CharField(
        label=_("在清单中查找"),
        max_length=50,
        widget=forms.SearchInput(attrs={"placeholder": _("在清单中查找")}),
    )

    def __init__(self, data: Any, *, counts: dict[str, int], units: Sequence[tuple[int, str]], many: int):
        super().__init__(data)
        lights = [
            (letter, f"{light.label} {counts[letter]}")
            for letter, light in LIGHTS.items()
            if counts.get(letter) or self.data.get("light") == letter
        ]
        offer(self, "light", choices(_("全部灯"), lights))
        offer(self, "unit", choices(_("全部责任单位 %(n)d") % {"n": many}, units))
        if len(units) < 2:
            del self.fields["unit"]
