from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.alike.models import Likeness

LEAST, MOST = 30, 100


class DismissForm(forms.Form):
    """Why a hint is of no consequence: one click on a ground; only “other” needs words."""

    ground = forms.ChoiceField(
        label=_("不采用的理由"),
        choices=Likeness.Ground.choices,
        error_messages={"required": _("请选择不采用的理由"), "invalid_choice": _("请选择不采用的理由")},
    )
    reason = forms.CharField(
        label=_("补充说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("选“其他”时必填"),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("ground") == Likeness.Ground.OTHER and not said.get("reason", "").strip():
            self.add_error("reason", _("请写明理由"))
        return said


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("情况说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明情况")},
        help_text=_("例如：两单位联合开展，内容一致；图片为同一次活动"),
    )


class HintsForm(forms.Form):
    """Whether there are hints for what an authority gives, and from which share on."""

    on = forms.BooleanField(label=_("启用雷同提示"), required=False)
    percent = forms.IntegerField(
        label=_("文字重复达到多少即提示（%）"),
        min_value=LEAST,
        max_value=MOST,
        help_text=_("统一下发的事项名称、标准和常用套话不计算在内；图片不按比例"),
    )
