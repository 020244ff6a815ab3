"""Keeping a view, and what a file is to look like."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.registers.models import Export, SavedView


class ViewForm(forms.Form):
    """The name of a view and who else may open it."""

    name = forms.CharField(label=_("视图名称"), max_length=40, help_text=_("例如 本月到期、各县逾期"))
    shared = forms.ChoiceField(
        label=_("共享给"),
        choices=SavedView.Shared.choices,
        widget=forms.RadioSelect,
        initial=SavedView.Shared.NOBODY,
        help_text=_("视图只存筛选条件和列；打开的人看到的是自己范围内的内容"),
    )

    def __init__(self, *args: Any, below: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not below:
            field = cast("forms.ChoiceField", self.fields["shared"])
            field.choices = [one for one in SavedView.Shared.choices if one[0] != SavedView.Shared.BELOW]


class ExportForm(forms.Form):
    """Heading, format and paper of a file."""

    title = forms.CharField(label=_("标题"), max_length=80, help_text=_("印在表格最上面"))
    form = forms.ChoiceField(
        label=_("格式"), choices=Export.Form.choices, widget=forms.RadioSelect, initial=Export.Form.XLSX
    )
    paper = forms.ChoiceField(
        label=_("纸张"),
        choices=Export.Paper.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("只用于 Excel；横向，宽度缩到一页，每页重复表头"),
    )

    def words(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
