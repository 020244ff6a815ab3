from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    """A table to be read and shown before anything is taken over."""

    file = forms.FileField(
        label=_("表格文件"),
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
        help_text=_("xlsx 或 csv，不超过 20 MB。上传后先预览，确认之前什么也不会改变。"),
        error_messages={"empty": _("文件是空的，没有可以读取的内容。请检查后重新选择文件。")},
    )
