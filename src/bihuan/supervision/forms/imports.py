"""How a new plan begins: from a file, from another plan, or by hand."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.kernel.errors import Refused
from bihuan.kernel.sheets import Sheet, read_sheet
from bihuan.org.models import Unit
from bihuan.reading.intake import Limits
from bihuan.reading.reader import read
from bihuan.supervision.models import Plan
from bihuan.supervision.queries.readings import Draft, draft_of
from bihuan.supervision.queries.spreadsheets import is_list

LARGEST = Limits().max_bytes


class UploadForm(forms.Form):
    """One file, refused at its field with what to do about it."""

    file = forms.FileField(
        label=gettext_lazy("文件"),
        error_messages={
            "required": gettext_lazy("请选择文件；如果已经选了，可能是上传中断，请再选一次"),
            "empty": gettext_lazy("文件是空的，没有可以读取的文字。请检查后重新选择文件。"),
            "invalid": gettext_lazy("文件没有传输完整，请再选一次"),
        },
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            said = _("文件太大（%(size)s），最多接受 %(limit)s。请去掉图片后另存，或分成几个文件。")
            raise forms.ValidationError(
                said % {"size": filesizeformat(file.size), "limit": filesizeformat(LARGEST)}
            )
        return file


class DocumentForm(UploadForm):
    """A document to be read, or a list in our own spreadsheet: `draft` or `sheet` afterwards."""

    def __init__(self, data: Any = None, files: Any = None, *, owner: Unit):
        super().__init__(data, files)
        self.owner = owner
        self.draft: Draft | None = None
        self.sheet: Sheet | None = None
        self.fields["file"].widget.attrs["accept"] = ".docx,.xlsx,.csv,.txt"
        self.fields["file"].help_text = _("docx、xlsx、csv、txt，最大 %(limit)s") % {
            "limit": filesizeformat(LARGEST)
        }

    def clean_file(self) -> UploadedFile:
        file = super().clean_file()
        content = file.read()
        try:
            if file.name.lower().endswith((".xlsx", ".csv")):
                sheet = read_sheet(file.name, content)
                self.sheet = sheet if is_list(sheet) else None
            if self.sheet is None:
                self.draft = draft_of(read(content, file.name), self.owner)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.message), code=refusal.code) from refusal
        if self.draft is not None and not self.draft.source_text.strip():
            raise forms.ValidationError(_("文件里没有可以读取的文字"))
        return file


class SheetForm(UploadForm):
    """An edited list on its way back."""

    def __init__(self, data: Any = None, files: Any = None):
        super().__init__(data, files)
        self.sheet: Sheet | None = None
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.csv"

    def clean_file(self) -> UploadedFile:
        file = super().clean_file()
        try:
            self.sheet = read_sheet(file.name, file.read())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.message), code=refusal.code) from refusal
        return file


class FollowForm(forms.Form):
    """A plan that begins as a copy of another (沿用)."""

    LATER, CLEARED = "later", "cleared"

    plan = forms.ModelChoiceField(Plan.objects.none(), label=gettext_lazy("沿用哪份方案"))
    title = forms.CharField(
        label=gettext_lazy("新方案名称"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("空着就用原名称，年份加一"),
    )
    dates = forms.ChoiceField(
        label=gettext_lazy("时限"),
        choices=[(LATER, gettext_lazy("顺延一年")), (CLEARED, gettext_lazy("清空，重新填"))],
        widget=forms.RadioSelect,
        initial=LATER,
    )

    def __init__(self, data: Any = None, *, plans: Any, **kwargs: Any):
        super().__init__(data, **kwargs)
        self.fields["plan"].queryset = plans
        self.fields["plan"].empty_label = _("请选择")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("plan") and not given.get("title"):
            given["title"] = next_title(given["plan"].title)
        return given


def next_title(title: str) -> str:
    """The same title a year on; told apart by a word where it names no year."""
    fresh, count = re.subn(
        r"(?<!\d)(20\d\d)(?=\s*年|\s*学年|[-—]|$)", lambda year: str(int(year[1]) + 1), title
    )
    return (fresh if count else _("%(title)s（新）") % {"title": title})[:200]
