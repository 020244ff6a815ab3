"""What the forms of all operations share."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.documents.uploads import receive_with_form
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.supervision.dues import DueRule
from bihuan.supervision.queries.assignments import Sheet


class OperationForm(forms.Form):
    """Takes the words of one operation and hands them to its action.

    `action` is called with the assignment, the actor, the version the person saw and the cleaned fields.
    """

    action: ClassVar[Callable[..., Any]]
    consequence: ClassVar[Any] = ""  # what happens next, said before the button
    danger: ClassVar[bool] = False
    upload: ClassVar[bool] = False

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        self.sheet = sheet
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {
            "seen_version": sheet.assignment.version,
            **self.proposed(sheet),
            **kwargs["initial"],
        }
        super().__init__(*args, **kwargs)

    @property
    def draft_key(self) -> str:
        """Names the draft that the browser keeps of what was typed."""
        return f"{type(self).__name__}-{self.sheet.assignment.pk}"

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        """What the system already knows and nobody needs to type."""
        return {}

    def words(self) -> dict[str, Any]:
        """The keyword arguments of the action besides assignment, actor and version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}

    def perform(self, actor: Actor) -> Any:
        return type(self).action(
            assignment_id=self.sheet.assignment.pk,
            actor=actor,
            seen_version=self.cleaned_data["seen_version"],
            **self.words(),
        )


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Evidence to go with the words; each file is checked when it is received."""

    widget = ManyFilesInput({"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(one, initial) for one in given]


class EvidenceForm(OperationForm):
    """An operation that rests on evidence: the files are received first, and cited by the action."""

    upload = True

    files = FilesField(
        label=_("佐证"), required=False, help_text=_("PDF、OFD、图片、表格、压缩包，可多选；一经提交不能更改")
    )

    def perform(self, actor: Actor) -> Any:
        return self.perform_with(actor)

    def perform_with(self, actor: Actor, **more: Any) -> Any:
        """Receive the files and hand them over with the words and whatever else the form has."""
        said = self.words()
        received = receive_with_form(actor, said.pop("files"))
        return type(self).action(
            assignment_id=self.sheet.assignment.pk,
            actor=actor,
            seen_version=self.cleaned_data["seen_version"],
            file_ids=[file.pk for file in received],
            **said,
            **more,
        )


class DeadlineField(forms.DateField):
    """A day that is met until its end (DESIGN §3.1)."""

    widget = forms.DateInput({"type": "date"})

    def prepare_value(self, value: Any) -> Any:
        day = clock.office_day(value) if isinstance(value, datetime) else value
        return day.isoformat() if isinstance(day, date) else day

    def clean(self, value: Any) -> datetime | None:
        day = super().clean(value)
        return clock.end_of(day) if day else None


class RuleField(forms.CharField):
    """A deadline as a span (限时) in people's words; cleaned to its code, empty where none is given."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("label", _("或限时"))
        kwargs.setdefault("help_text", _("自下发起算，如“15个工作日”“2小时”“30日”“3个月”"))
        super().__init__(required=False, max_length=40, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        try:
            return DueRule.parse(value).written if value else value
        except ValueError:
            return value

    def clean(self, value: Any) -> str:
        said = super().clean(value)
        try:
            return DueRule.parse(said).code if said else ""
        except ValueError:
            told = _now("没有读懂限时，请写成“15个工作日”“2小时”的样子")
            raise forms.ValidationError(told, code="no_span") from None


def settle_deadline(
    form: forms.Form, given: Mapping[str, Any], *, required: bool, day: str = "due_at"
) -> None:
    """Note at the fields where a form has both a date and a span, or neither of them where one is needed."""
    both = bool(given.get(day)) + bool(given.get("due_rule"))
    if both > 1:
        form.add_error("due_rule", _now("日期和限时只能填一种"))
    if required and not both and not {day, "due_rule"} & form.errors.keys():
        form.add_error(day, _now("请填一个日期，或在“限时”中写“15个工作日”这样的时长"))


class DayField(forms.DateField):
    widget = forms.DateInput({"type": "date"})

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


def words(
    label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "", limit: int = 5000
) -> forms.CharField:
    """A field for sentences."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=limit,
        widget=forms.Textarea({"rows": rows}),
    )


REASON = _("理由")
