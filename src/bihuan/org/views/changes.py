"""Changes of a unit that carry a date: each has its own address, all share one page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.kernel import clock
from bihuan.org import actions
from bihuan.org.forms import CloseForm, MergeForm, MoveForm, RenameForm, SplitForm
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Appointment, Unit, UnitChange
from bihuan.org.roles import Cap
from bihuan.org.scope import units_within
from bihuan.org.views.doors import act, holding, member, submitted
from bihuan.org.views.units import managed_or_refused
from bihuan.ui.paging import paged

Deed = Callable[[SignedIn, Unit, dict[str, Any]], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of change: its form, what it calls, and how it is announced."""

    form: type
    title: str | Promise
    says: str | Promise
    confirm: str | Promise
    ends: bool
    deed: Deed


def _rename(request: SignedIn, unit: Unit, given: dict[str, Any]) -> Any:
    return actions.rename_unit(unit_id=unit.pk, actor=request.actor, **given)


def _move(request: SignedIn, unit: Unit, given: dict[str, Any]) -> Any:
    given["parent_id"] = given.pop("parent").pk
    return actions.move_unit(unit_id=unit.pk, actor=request.actor, **given)


def _merge(request: SignedIn, unit: Unit, given: dict[str, Any]) -> Any:
    return actions.merge_units(
        unit_ids=[unit.pk, *(other.pk for other in given["units"])],
        into_id=given["into"].pk,
        actor=request.actor,
        on=given["on"],
        basis=given["basis"],
        seen_versions={unit.pk: given["seen_version"]},
    )


def _split(request: SignedIn, unit: Unit, given: dict[str, Any]) -> Any:
    heir = given.pop("heir")
    given["successor_ids"] = [successor.pk for successor in given.pop("successors")]
    return actions.split_unit(
        unit_id=unit.pk, actor=request.actor, heir_id=heir.pk if heir else None, **given
    )


def _close(request: SignedIn, unit: Unit, given: dict[str, Any]) -> Any:
    return actions.close_unit(unit_id=unit.pk, actor=request.actor, **given)


_TAKEN_OVER = gettext_lazy(
    "生效当日，本单位终止，下级单位随之移交，本单位的任职到前一日为止。以往的通报和台账仍按当时的名称显示。"
)

KINDS = {
    "rename": Kind(
        RenameForm,
        gettext_lazy("更名"),
        gettext_lazy("以往的通报和台账仍按当时的名称显示。"),
        gettext_lazy("更名"),
        False,
        _rename,
    ),
    "move": Kind(
        MoveForm,
        gettext_lazy("调整隶属"),
        gettext_lazy("下级单位随本单位一起调整，数据范围随之改变。"),
        gettext_lazy("调整隶属"),
        False,
        _move,
    ),
    "merge": Kind(MergeForm, gettext_lazy("合并"), _TAKEN_OVER, gettext_lazy("合并单位"), True, _merge),
    "split": Kind(SplitForm, gettext_lazy("拆分"), _TAKEN_OVER, gettext_lazy("拆分单位"), True, _split),
    "close": Kind(
        CloseForm,
        gettext_lazy("撤销"),
        gettext_lazy("没有承接单位时才撤销。内设机构一并撤销；其他下级单位须先调整隶属或合并。"),
        gettext_lazy("撤销单位"),
        True,
        _close,
    ),
}


@require_http_methods(["GET", "POST"])
@member
def unit_change(request: SignedIn, pk: int, kind: str) -> HttpResponse:
    """One dated change of a unit, with what it will mean."""
    shown, what = managed_or_refused(request, pk), KINDS[kind]
    form = what.form(request.POST or None, actor=request.actor, unit=shown)
    outcome = submitted(request, form, lambda: what.deed(request, shown, dict(form.cleaned_data)))
    if outcome.is_done:
        on = form.cleaned_data["on"]
        is_later = on > clock.today()
        said = _("已安排，{day} 自动生效").format(day=on) if is_later else _("已生效")
        messages.success(request, f"{what.title}{said}")
        return redirect("unit", pk)
    context = {"unit": shown, "form": form, "kind": kind, "what": what} | _effects(shown)
    return render(request, "org/unit_change.html", context, status=outcome.status)


@require_POST
@holding(Cap.MANAGE_UNITS)
def change_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Take back a change that is not in effect yet."""
    change = get_object_or_404(UnitChange, pk=pk)
    act(request, lambda: actions.withdraw_change(change_id=pk, actor=request.actor), _("已撤回"))
    return redirect("unit", change.unit_id)


@require_safe
@holding(Cap.MANAGE_UNITS)
def changes(request: SignedIn) -> HttpResponse:
    """All changes in the reader's part of the tree that wait for their day, and those that could not be."""
    rows = UnitChange.objects.planned().filter(
        unit__in=units_within(request.actor, Cap.MANAGE_UNITS).values("pk")
    )
    rows = rows.select_related("unit", "parent").prefetch_related("successors").order_by("on", "id")
    return render(request, "org/changes.html", paged(request, rows) | {"today": clock.today()})


def _effects(unit: Unit) -> dict[str, Any]:
    """What hangs on the unit: how many below it, how many appointments."""
    return {
        "below": unit.children.filter(ends_on__isnull=True).count(),
        "held": Appointment.objects.not_over(clock.today()).filter(unit=unit).count(),
    }
