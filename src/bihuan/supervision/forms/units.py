"""Choosing units by searching: with htmx while typing, without it by a button that sends the form back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.numbers import as_wholes
from bihuan.org.models import Unit
from bihuan.supervision.queries.units import Pick, pick

FIND = "find"


class UnitPicker(forms.Widget):
    """Real check boxes (or radio buttons): the chosen units first, then those that match what was typed."""

    template_name = "supervision/widgets/units.html"

    def __init__(self, *, many: bool, external: bool = False):
        super().__init__()
        self.many, self.external = many, external
        self.issuer: Unit | None = None
        self.typed = ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        self.typed = data.get(f"{name}-q", "")
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return given if self.many else next(iter(given), None)

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-q" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["picker"] = shown(self.issuer, name, self.typed, as_ids(value), self.many, self.external)
        return context


def shown(
    issuer: Unit | None, name: str, typed: str, chosen: Sequence[int], many: bool, external: bool
) -> dict[str, Any]:
    """What the picker's template needs, for the widget and for the answer to a search."""
    found: Pick = pick(issuer, typed, chosen, external=external)
    return {
        "name": name,
        "typed": typed,
        "kind": "checkbox" if many else "radio",
        "many": many,
        "external": external,
        "chosen": found.chosen,
        "found": found.found,
        "more": found.more,
    }


def as_ids(value: Any) -> list[int]:
    """Ids from what a form holds: units, numbers or their digits; anything else is left out."""
    given = value if isinstance(value, list | tuple) else [] if value in (None, "") else [value]
    return as_wholes(one.pk if isinstance(one, Unit) else one for one in given)


class UnitsField(forms.ModelMultipleChoiceField):
    """Several current units."""

    def __init__(self, *, external: bool = False, **kwargs: Any):
        kwargs.setdefault("error_messages", {})["required"] = _("请选择单位")
        super().__init__(Unit.objects.none(), widget=UnitPicker(many=True, external=external), **kwargs)

    def clean(self, value: Any) -> Any:
        self.queryset = Unit.objects.current(clock.today())
        chosen = {unit.pk: unit for unit in super().clean(as_ids(value))}
        return [chosen[pk] for pk in as_ids(value)]  # in the order in which they were chosen


class UnitField(forms.ModelChoiceField):
    """One current unit."""

    def __init__(self, *, external: bool = False, **kwargs: Any):
        kwargs.setdefault("error_messages", {})["required"] = _("请选择单位")
        super().__init__(Unit.objects.none(), widget=UnitPicker(many=False, external=external), **kwargs)

    def clean(self, value: Any) -> Any:
        self.queryset = Unit.objects.current(clock.today())
        return super().clean(value)


def set_issuer(form: forms.BaseForm, issuer: Unit) -> None:
    """Tell the pickers of a form below which unit they search."""
    for field in form.fields.values():
        if isinstance(field.widget, UnitPicker):
            field.widget.issuer = issuer
