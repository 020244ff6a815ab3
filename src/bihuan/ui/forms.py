"""How forms look here: each field with label, mark, hint and error, tied together for every reader."""

from typing import Any

from django.conf import settings
from django.forms import BoundField as DjangoBoundField
from django.forms import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget


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


class Renderer(TemplatesSetting):
    """The site's FORM_RENDERER."""

    bound_field_class = BoundField
    field_template_name = "ui/field.html"
    form_template_name = "ui/form.html"
