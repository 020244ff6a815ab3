from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.circulars.models import Figure
from bihuan.supervision.models import Assignment


class PeriodForm(forms.Form):
    """For which days, and under which code, a circular is drawn up."""

    first_on = forms.DateField(
        label=_("起始日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_on = forms.DateField(
        label=_("截止日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    area_id = forms.TypedChoiceField(label=_("领域"), coerce=int, empty_value=None, required=False)
    region_id = forms.TypedChoiceField(
        label=_("地区"), coerce=int, empty_value=None, required=False, help_text=_("只统计这个单位及其下级")
    )
    code = forms.CharField(
        label=_("机关代字"), max_length=20, required=False, help_text=_("用于编号，例如 甘教督")
    )

    def __init__(
        self,
        *args: Any,
        areas: Sequence[tuple[int, str]] = (),
        regions: Sequence[tuple[int, str]] = (),
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        for name, choices, every in (
            ("area_id", areas, _("全部领域")),
            ("region_id", regions, _("全部地区")),
        ):
            if choices:
                cast("forms.ChoiceField", self.fields[name]).choices = [("", every), *choices]
            else:
                del self.fields[name]


class BulletinForm(PeriodForm):
    """The same for a bulletin, and which plans it is about."""

    plan_ids = forms.TypedMultipleChoiceField(
        label=_("方案"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选即为全部方案，连同未列入方案的事项"),
    )
    field_order = ("first_on", "last_on", "plan_ids", "region_id", "code")

    def __init__(self, *args: Any, plans: Sequence[tuple[int, str]] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["plan_ids"]).choices = plans


class ContestForm(forms.Form):
    """Which of its figures a unit objects to, why, and which assignments it says should not count."""

    key = forms.ChoiceField(
        label=_("有异议的数字"), error_messages={"invalid_choice": _("这个数字刚刚重新取数，请核对后再提出")}
    )
    reason = forms.CharField(label=_("异议理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    disputed = forms.MultipleChoiceField(
        label=_("不应计入的办件"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("可以不选；选中的须是这个数字所数的办件"),
    )

    def __init__(self, *args: Any, figures: Sequence[Figure], rows: Sequence[Assignment], **kwargs: Any):
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["key"]).choices = [
            (f"{one.key}={one.value}", f"{one.label} {one.shown}") for one in figures
        ]
        cast("forms.MultipleChoiceField", self.fields["disputed"]).choices = [
            (str(one.pk), one.item.title) for one in rows
        ]

    def clean_key(self) -> str:
        return str(self.cleaned_data["key"]).partition("=")[0]

    def clean_disputed(self) -> list[int]:
        return [int(one) for one in self.cleaned_data["disputed"]]


class PublishForm(forms.Form):
    """What of an issued circular everybody may read: which of the words found are names, and which names besides."""

    masked = forms.MultipleChoiceField(
        label=_("遮去的姓名"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("这些字与本机关及下级单位人员的姓名相同；其实不是姓名的，取消勾选"),
    )
    also = forms.CharField(
        label=_("另外遮去"), max_length=300, required=False, help_text=_("文中出现的其他姓名，用顿号隔开")
    )
    with_tables = forms.BooleanField(label=_("连同附表公开"), required=False, initial=True)

    def __init__(self, *args: Any, names: Sequence[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.names = names
        field = cast("forms.MultipleChoiceField", self.fields["masked"])
        if names:
            field.choices = [(name, name) for name in names]
            field.initial = list(names)
        else:
            del self.fields["masked"]

    def words(self) -> dict[str, Any]:
        """What `publish_circular` takes."""
        chosen = set(self.cleaned_data.get("masked", ()))
        more = self.cleaned_data["also"].replace("，", "、").replace(",", "、").split("、")
        return {
            "with_tables": self.cleaned_data["with_tables"],
            "also": [name.strip() for name in more if name.strip()],
            "not_names": [name for name in self.names if name not in chosen],
        }

    def masks(self) -> list[str]:
        """The names that the version would mask."""
        said = self.words()
        return [*(name for name in self.names if name not in said["not_names"]), *said["also"]]
