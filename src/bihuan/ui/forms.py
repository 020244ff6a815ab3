"""How forms look here: each field with label, mark, hint and error, tied together for every reader."""

from html import escape
from typing import Any

from django.conf import settings
from django.forms import BoundField as DjangoBoundField
from django.forms import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.forms.widgets import Widget
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


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


def control_class(widget: Widget) -> str:
    if widget.is_hidden:
        return ""
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return "form-check-input"
    if isinstance(widget, FileInput):
        return "bh-drop-input"
    return "form-select" if isinstance(widget, Select) else "form-control"


class Choice(Select):
    """A choice of many, such as all plans: as a `Select` without groups, and no template for each option."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = []
        for key, label in self.choices:
            known = "" if key is None else str(key)
            mark = " selected" if known in chosen else ""
            options.append(f'<option value="{escape(known)}"{mark}>{escape(str(label))}</option>')
        told = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, told, mark_safe("".join(options)))


class Renderer(TemplatesSetting):
    """The site's FORM_RENDERER."""

    bound_field_class = BoundField
    field_template_name = "ui/field.html"
    form_template_name = "ui/form.html"
