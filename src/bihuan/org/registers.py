"""The register of units (单位台账)."""

from typing import Any

from django import forms
from django.db.models import Count, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.listing import Column, Order, Register, declare, labelled
from bihuan.org.models import Appointment, Unit, UnitKind
from bihuan.org.queries.units import called
from bihuan.org.roles import Cap
from bihuan.org.scope import has, units_within

KINDS = [("", _("全部类别")), *UnitKind.choices]
_kind = labelled(UnitKind.choices)


class UnitsForm(forms.Form):
    """Never refuses: what cannot be read is left out."""

    q = forms.CharField(label=_("名称、代码或拼音"), max_length=50, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=KINDS, required=False)
    ended = forms.ChoiceField(
        label=_("状态"), choices=[("", _("现有单位")), ("yes", _("已撤并单位"))], required=False
    )

    def asked(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


def _units(actor: Actor, form: UnitsForm) -> Any:
    asked, today = form.asked(), clock.today()
    cap = Cap.VIEW if has(actor, Cap.VIEW) else Cap.MANAGE_UNITS
    now = Unit.objects.ended(today) if asked.get("ended") else Unit.objects.current(today)
    rows = now.filter(pk__in=units_within(actor, cap).values("pk"))
    if asked.get("kind"):
        rows = rows.filter(kind=asked["kind"])
    if (asked.get("q") or "").strip():
        rows = rows.filter(called(asked["q"].strip()))
    return rows


def _with_columns(rows: Any, keys: set[str], _actor: Actor) -> Any:
    below = Unit.objects.current(clock.today()).filter(parent=OuterRef("pk")).order_by().values("parent")
    posts = Appointment.objects.current(clock.today()).filter(unit=OuterRef("pk")).order_by().values("unit")
    for key, found in {"below": below, "posts": posts}.items():
        if key in keys:
            counted = Subquery(found.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
            rows = rows.annotate(**{f"n_{key}": Coalesce(counted, Value(0))})
    return rows


declare(
    Register(
        key="units",
        place=70,
        title=_("单位台账"),
        about=_("范围内的单位、代码、隶属和在岗人数"),
        allowed=lambda actor: has(actor, Cap.VIEW) or has(actor, Cap.MANAGE_UNITS),
        form=lambda _actor, given: UnitsForm(given),
        rows=_units,
        columns=[
            Column(key="name", title=_("名称"), width=34, leads=True),
            Column(key="short_name", title=_("简称"), width=18),
            Column(key="code", title=_("代码"), width=16),
            Column(key="kind", title=_("类别"), say=_kind, width=12),
            Column(key="parent", title=_("上级"), reads=["parent__short_name"], width=18),
            Column(
                key="authority", title=_("所属机关"), reads=["authority__short_name"], width=18, chosen=False
            ),
            Column(key="region", title=_("行政区划代码"), reads=["region_code"], width=10),
            Column(key="below", title=_("下级单位数"), reads=["n_below"], width=8),
            Column(key="posts", title=_("在岗人次"), reads=["n_posts"], width=8),
            Column(key="starts_on", title=_("设立日期"), width=11, chosen=False),
            Column(key="ends_on", title=_("撤并日期"), width=11, chosen=False),
            Column(key="id", title=_("系统编号"), reads=["pk"], width=10, chosen=False),
        ],
        orders=[
            Order(
                key="tree",
                label=_("按上级"),
                by=["parent__sort_order", "parent_id", "sort_order", "pinyin", "pk"],
            ),
            Order(key="name", label=_("按名称"), by=["pinyin", "pk"]),
            Order(key="code", label=_("按代码"), by=["code", "pk"]),
        ],
        with_columns=_with_columns,
        url=lambda key: reverse("unit", args=[key]),
    )
)
