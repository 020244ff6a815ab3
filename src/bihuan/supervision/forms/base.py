"""What the forms of all operations share."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.documents.uploads import receive_with_form
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
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
