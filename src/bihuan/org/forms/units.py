"""Forms about units: founding, correcting, and changes with a date."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.forms.picking import PickField, PicksField, let_choose
from bihuan.org.models import BusinessLine, Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import units_within

UNITS = "units"  # the lookup of units that the actor manages
DATED = _("可填今天或以后的日期；到日自动生效，此前可以撤回。")


def day(**kwargs: Any) -> forms.DateField:
    """A date that browsers offer a calendar for."""
    return forms.DateField(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **kwargs)


def managed_units(actor: Actor) -> Any:
    """The units the actor may choose among: existing ones in their reach."""
    return units_within(actor, Cap.MANAGE_UNITS).filter(ends_on__isnull=True)


class _Particulars(forms.Form):
    """What a unit is besides its name and place."""

    kind = forms.ChoiceField(label=_("类别"), choices=UnitKind)
    code = forms.CharField(
        label=_("代码"),
        max_length=32,
        required=False,
        help_text=_("学校、幼儿园和高等学校填 10 位学校标识码；其他单位可用字母、数字和短横线。"),
    )
    region_code = forms.CharField(
        label=_("行政区划代码"), required=False, max_length=12, help_text=_("6 位，须在上级单位的区划之内。")
    )
    sort_order = forms.IntegerField(label=_("排序号"), required=False, min_value=0, max_value=99_999_999)
    lines = forms.MultipleChoiceField(
        label=_("业务条线"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        lines = list(BusinessLine.objects.order_by("code").values_list("code", "name"))
        if lines:
            self.fields["lines"].choices = lines  # type: ignore[attr-defined]
        else:
            del self.fields["lines"]

    def clean_sort_order(self) -> int:
        return self.cleaned_data["sort_order"] or 0


class FoundForm(_Particulars):
    """A new unit (设立单位)."""

    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("全称，与批准文件一致。"))
    short_name = forms.CharField(label=_("简称"), max_length=50, required=False)
    parent = PickField(UNITS, label=_("上级单位"), required=False, none=_("没有（系统外单位）"))
    starts_on = day(label=_("设立日期"), initial=clock.today)
    field_order = ("name", "short_name", "kind", "parent", "code", "region_code", "starts_on", "sort_order")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        super().__init__(*args, **kwargs)
        units = managed_units(actor)
        let_choose(self, "parent", units, units.filter(pk=actor.unit_id))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("kind") != UnitKind.EXTERNAL and not given.get("parent") and "parent" not in self.errors:
            self.add_error("parent", _("请选择上级单位"))
        return given


class UnitForm(_Particulars):
    """Corrections that carry no date (修改信息)."""

    aliases = forms.CharField(
        label=_("别称"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("文件里的其他写法，每行一个；导入清单时据此识别。"),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, unit: Unit) -> "UnitForm":
        """The form as the unit is now."""
        present = {name: getattr(unit, name) for name in ("kind", "code", "region_code", "sort_order")}
        present["lines"] = [line.code for line in unit.lines.all()]
        present["aliases"] = "\n".join(alias.name for alias in unit.aliases.order_by("name"))
        return cls(initial=present | {"seen_version": unit.version})

    def clean_aliases(self) -> list[str]:
        names = [line.strip() for line in self.cleaned_data["aliases"].splitlines() if line.strip()]
        if any(len(name) > 100 for name in names):
            raise forms.ValidationError(_("每个别称不超过 100 个字"))
        return names


class _Dated(forms.Form):
    """A change that takes effect on a day."""

    on = day(label=_("生效日期"), initial=clock.today, help_text=DATED)
    basis = forms.CharField(
        label=_("依据"), required=False, max_length=200, help_text=_("批准文件名称和文号，记入留痕。")
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, unit: Unit, **kwargs: Any):
        kwargs.setdefault("initial", {})["seen_version"] = unit.version
        super().__init__(*args, **kwargs)
        self.actor, self.unit = actor, unit

    def others(self) -> Any:
        """Units that may take the other part in the change."""
        return managed_units(self.actor).exclude(pk=self.unit.pk)

    def beside(self) -> Any:
        """Those of its kind below the same parent: the likeliest."""
        return self.others().filter(parent=self.unit.parent_id, kind=self.unit.kind)


class RenameForm(_Dated):
    """更名"""

    name = forms.CharField(label=_("新名称"), max_length=100)
    short_name = forms.CharField(label=_("新简称"), max_length=50, required=False)
    field_order = ("name", "short_name", "on", "basis")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any):
        kwargs["initial"] = {"name": unit.name, "short_name": unit.short_name}
        super().__init__(*args, unit=unit, **kwargs)
        began = unit.names.order_by("-starts_on").values_list("starts_on", flat=True).first()
        self.fields["on"].help_text = _(
            "更名从这一天起生效，以后的日期到日自动生效。更正错字填现用名称的启用日期：{day}"
        ).format(day=began)


class MoveForm(_Dated):
    """调整隶属"""

    parent = PickField(UNITS, label=_("新的上级单位"))
    field_order = ("parent", "on", "basis")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        units = self.others()
        above = self.unit.parent
        near = units.filter(kind=above.kind, parent=above.parent_id).exclude(pk=above.pk) if above else None
        let_choose(self, "parent", units, near)


class MergeForm(_Dated):
    """合并"""

    into = PickField(UNITS, label=_("并入哪个单位"))
    units = PicksField(UNITS, label=_("一并并入的其他单位"), required=False)
    field_order = ("into", "units", "on", "basis")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("into", "units"):
            let_choose(self, name, self.others(), self.beside())


class SplitForm(_Dated):
    """拆分"""

    successors = PicksField(UNITS, label=_("拆分为哪些单位"), help_text=_("至少两个；新单位请先设立。"))
    heir = PickField(
        UNITS,
        label=_("下级单位由谁接收"),
        required=False,
        none=_("上面选中的第一个"),
        help_text=_("须是上面选中的单位之一；个别下级随后可再调整隶属。"),
    )
    field_order = ("successors", "heir", "on", "basis")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("successors", "heir"):
            let_choose(self, name, self.others(), self.beside())


class CloseForm(_Dated):
    """撤销"""
