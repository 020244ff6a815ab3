"""Choosing units or people by searching: with htmx while typing, without it by a button that sends the form back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bihuan.org.queries.picking import Option, options_of

SEARCHING = "find"  # the button that only looks something up


class Picker(forms.Widget):
    """Real radio buttons or check boxes: what is chosen first, then what matches the words typed.

    `source` names the lookup that answers while typing; it offers the same rows as `queryset`. Before
    anything is typed `near` is offered: the likeliest rows. `blank` says what choosing none means.
    """

    template_name = "org/widgets/picker.html"

    def __init__(self, source: str, *, many: bool = False, blank: object = ""):
        super().__init__()
        self.source, self.many, self.blank = source, many, blank
        self.queryset: QuerySet | None = None
        self.near: QuerySet | None = None
        self.typed = ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        self.typed = data.get(f"{name}-q", "")
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return given if self.many else next(iter(given), None)

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-q" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = [] if self.queryset is None else list(self.queryset.filter(pk__in=ids_in(value)))
        rows = self.near if self.near is not None and not self.typed else self.queryset
        context["picker"] = offer(rows, name, self.typed, chosen, many=self.many, blank=self.blank)
        context["picker"]["source"] = self.source
        return context


def offer(
    rows: QuerySet | None, name: str, typed: str, chosen: Sequence[Model], *, many: bool, blank: object = ""
) -> dict[str, Any]:
    """What the picker's template needs, for the widget and for the answer to a search."""
    found: list[Option] = []
    has_more = False
    if rows is not None:
        found, has_more = options_of(rows.exclude(pk__in=[one.pk for one in chosen]), typed)
    return {
        "blank": blank,
        "name": name,
        "typed": typed,
        "kind": "checkbox" if many else "radio",
        "many": many,
        "chosen": [Option.of(one) for one in chosen],
        "found": found,
        "has_more": has_more,
    }


def ids_in(value: Any) -> list[int]:
    """Ids from what a form holds: rows, numbers or their digits; anything else is left out."""
    given = value if isinstance(value, list | tuple) else [value]
    texts = (str(one.pk if isinstance(one, Model) else one) for one in given)
    return [int(text) for text in texts if text.isdecimal() and len(text) < 18]


class PickField(forms.ModelChoiceField):
    """One unit or person."""

    widget: Picker

    def __init__(self, source: str, *, none: object = "", **kwargs: Any):
        kwargs.setdefault("error_messages", {}).setdefault("required", _("请选择"))
        kwargs["error_messages"].setdefault("invalid_choice", _("只能选管理范围内的单位或人员"))
        super().__init__(None, widget=Picker(source, blank=none), **kwargs)

    def clean(self, value: Any) -> Any:
        return super().clean(next(iter(ids_in(value)), None))


class PicksField(forms.ModelMultipleChoiceField):
    """Several units, in the order in which they were chosen."""

    widget: Picker

    def __init__(self, source: str, **kwargs: Any):
        kwargs.setdefault("error_messages", {}).setdefault("required", _("请选择"))
        kwargs["error_messages"].setdefault("invalid_choice", _("只能选管理范围内的单位或人员"))
        super().__init__(None, widget=Picker(source, many=True), **kwargs)

    def clean(self, value: Any) -> Any:
        chosen = {one.pk: one for one in super().clean(ids_in(value))}
        return [chosen[pk] for pk in dict.fromkeys(ids_in(value)) if pk in chosen]


def let_choose(form: forms.BaseForm, name: str, queryset: QuerySet, near: QuerySet | None = None) -> None:
    """Say from which rows the picker `name` chooses, and which it offers before anything is typed."""
    field: Any = form.fields[name]
    field.queryset = field.widget.queryset = queryset
    field.widget.near = near


def is_searching(request: HttpRequest) -> bool:
    """Whether the form came back only to look something up."""
    return SEARCHING in request.POST


def quiet(form: Any) -> None:
    """Keep what was typed and complain about nothing: the person is not done yet."""
    form._errors = ErrorDict()
