"""How forms look here: each field with label, mark, hint and error, tied together for every reader."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import deepcopy
from html import escape
from typing import Any, TypeVar

from django.conf import settings
from django.forms import (
    BaseForm,
    CheckboxInput,
    CheckboxSelectMultiple,
    ChoiceField,
    Field,
    FileInput,
    Form,
    RadioSelect,
    Select,
)
from django.forms import BoundField as DjangoBoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.forms.widgets import Widget
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

F = TypeVar("F", bound=Form)
KEPT = 64  # ways in which a widget's options were drawn; an address may choose what there is not


class BoundField(DjangoBoundField):
    """A form field that carries the theme's classes on its widget."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        names: list[Any] = [attrs.get("class", widget.attrs.get("class", "")), control_class(widget)]
        if self.errors:
            names.append("is-invalid")
        if isinstance(widget, FileInput):
            attrs.setdefault("data-max", str(settings.MAX_FILE_BYTES))
        if joined := " ".join(filter(None, names)):
            attrs["class"] = joined
        return attrs


def offer(form: BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Let a field of this form offer these choices, as pairs of value and label, or groups of them."""
    field = form.fields[name]
    if not isinstance(field, ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = choices


def control_class(widget: Widget) -> str:
    if widget.is_hidden:
        return ""
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return "form-check-input"
    if isinstance(widget, FileInput):
        return "bh-drop-input"
    return "form-select" if isinstance(widget, Select) else "form-control"


class Choice(Select):
    """A choice of many, such as all plans: as a `Select` without groups, and no template for each option.

    A widget that outlives a page (`share_fields`) keeps its options as they were drawn for each language.
    """

    kept_for: Any = None
    kept: dict[tuple[str | None, tuple[str, ...]], SafeString]

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        told = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html(
            '<select name="{}"{}>{}</select>', name, told, self.drawn(self.format_value(value))
        )

    def drawn(self, chosen: Sequence[str]) -> SafeString:
        """The options; those of other choices than before, as in a copy of the widget, are drawn anew."""
        if self.kept_for is not self.choices or len(self.kept) > KEPT:
            self.kept_for, self.kept = self.choices, {}
        key = get_language(), tuple(chosen)
        if key not in self.kept or not isinstance(
            self.choices, list
        ):  # a function may offer others each time
            self.kept[key] = mark_safe("".join(self.options_of(chosen)))
        return self.kept[key]

    def options_of(self, chosen: Sequence[str]) -> Iterator[str]:
        for key, label in self.choices:
            known = "" if key is None else str(key)
            mark = " selected" if known in chosen else ""
            yield f'<option value="{escape(known)}"{mark}>{escape(str(label))}</option>'


class _Shared(dict[str, Field]):
    """Fields that a copy shares with its original, but for those that are a form's `own`."""

    own: Collection[str] = ()

    def __deepcopy__(self, memo: dict) -> dict[str, Field]:
        return {name: deepcopy(field, memo) if name in self.own else field for name, field in self.items()}


def share_fields(*own: str) -> Callable[[type[F]], type[F]]:
    """Let all forms of a class share their fields: to copy two dozen for each page took longer than to read them.

    Only for forms that leave their fields as they are; those that a form changes are its `own`.
    """

    def shared(form: type[F]) -> type[F]:
        fields = _Shared(form.base_fields)
        fields.own = own
        form.base_fields = fields
        return form

    return shared


class Renderer(TemplatesSetting):
    """The site's FORM_RENDERER."""

    bound_field_class = BoundField
    field_template_name = "ui/field.html"
    form_template_name = "ui/form.html"
