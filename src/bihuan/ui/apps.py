from datetime import date

from django import forms
from django.apps import AppConfig
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

COMPLAINTS = {
    forms.Field: {"required": _("请填写")},
    forms.ChoiceField: {"required": _("请选择")},
    forms.ModelChoiceField: {"required": _("请选择")},
    forms.FileField: {"required": _("请选择文件"), "empty": _("文件是空的，请重新选择")},
    forms.DateField: {"invalid": _("请写成 2026-11-23 这样的日期")},
    forms.IntegerField: {"invalid": _("请填整数")},
}
"""What a form says when something is missing or wrong: what to do, not what went wrong inside."""

YEARS = range(1900, 2101)


def within_reach(day: date) -> None:
    """Refuse a day nobody means; beside the first and the last that Python knows even counting fails."""
    if day.year not in YEARS:
        raise ValidationError(_("年份不对，请核对"), code="out_of_reach")


class UiConfig(AppConfig):
    name = "bihuan.ui"
    label = "ui"

    def ready(self) -> None:
        for field, messages in COMPLAINTS.items():
            field.default_error_messages = field.default_error_messages | messages  # type: ignore[attr-defined]
        forms.DateField.default_validators = [*forms.DateField.default_validators, within_reach]
        MaxLengthValidator.message = ngettext_lazy(
            "最多 %(limit_value)d 字，现在有 %(show_value)d 字",
            "最多 %(limit_value)d 字，现在有 %(show_value)d 字",
            "limit_value",
        )
