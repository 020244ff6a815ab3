"""The register of official documents (文书台账)."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.listing import Column, Order, Register, declare, labelled
from bihuan.org.roles import Cap
from bihuan.org.scope import has

_kind, _stage = labelled(Paper.Kind.choices), labelled(Paper.Stage.choices)


class PapersForm(forms.Form):
    """Never refuses: what cannot be read is left out."""

    q = forms.CharField(label=_("标题"), max_length=100, required=False)
    kind = forms.ChoiceField(
        label=_("文种"), choices=[("", _("全部文种")), *Paper.Kind.choices], required=False
    )
    stage = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *Paper.Stage.choices], required=False
    )
    year = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2200, required=False)

    def asked(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


def _papers(actor: Actor, form: PapersForm) -> Any:
    asked = form.asked()
    rows = Paper.objects.within(actor, Cap.VIEW)
    exact = {name: asked.get(name) for name in ("kind", "stage", "year")}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if (asked.get("q") or "").strip():
        rows = rows.filter(title__icontains=asked["q"].strip())
    return rows


def _with_columns(rows: Any, keys: set[str], _actor: Actor) -> Any:
    if "served" in keys:
        rows = rows.annotate(n_served=Count("services"))
    if "read" in keys:
        rows = rows.annotate(n_read=Count("services", filter=Q(services__read_at__isnull=False)))
    return rows


def _number(code: str, year: int | None, serial: int | None) -> str:
    return f"{code}〔{year}〕{serial}号" if serial else ""


def _day(moment: datetime | None) -> date | None:
    return clock.office_day(moment) if moment else None


declare(
    Register(
        key="papers",
        place=60,
        title=_("文书台账"),
        about=_("发文和收文：文号、文种、送达和阅知"),
        allowed=lambda actor: has(actor, Cap.VIEW),
        form=lambda _actor, given: PapersForm(given),
        rows=_papers,
        columns=[
            Column(
                key="number", title=_("发文字号"), reads=["code", "year", "serial"], say=_number, width=22
            ),
            Column(key="title", title=_("标题"), width=44, leads=True),
            Column(key="kind", title=_("文种"), say=_kind, width=12),
            Column(key="issuer", title=_("发文机关"), reads=["issuer__name"], width=20),
            Column(key="office", title=_("承办处室"), reads=["office__short_name"], width=14, chosen=False),
            Column(key="addressees", title=_("主送"), width=30, chosen=False),
            Column(key="stage", title=_("状态"), say=_stage, width=9),
            Column(key="issued_on", title=_("印发日期"), reads=["issued_at"], say=_day, width=11),
            Column(key="served", title=_("送达"), reads=["n_served"], width=7, group=_("送达情况")),
            Column(key="read", title=_("已阅知"), reads=["n_read"], width=7, group=_("送达情况")),
            Column(key="digest", title=_("摘要（SHA-256）"), width=30, chosen=False),
            Column(key="id", title=_("系统编号"), reads=["pk"], width=10, chosen=False),
        ],
        orders=[
            Order(key="-at", label=_("从新到旧"), by=["-drafted_at", "-pk"]),
            Order(key="number", label=_("按文号"), by=["kind", "year", "serial", "pk"]),
        ],
        with_columns=_with_columns,
        url=lambda key: reverse("paper", args=[key]),
    )
)
