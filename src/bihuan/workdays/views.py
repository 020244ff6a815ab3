"""The calendar as pages: a year as it stands in a region, and what its keepers publish (工作日历)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole
from bihuan.workdays import actions, rights
from bihuan.workdays.forms import ArrangementForm, LocalDaysForm, VacationForm
from bihuan.workdays.queries import (
    Proposal,
    calendar_for,
    is_region_code,
    notices_for,
    vacations_for,
    year_of,
)

YEARS = range(2004, 2061)
SHOWN = 40  # changed days that are listed one by one


@require_safe
@login_required
def calendar(request: HttpRequest) -> HttpResponse:
    """A year as it stands in a region; every signed-in reader may look."""
    asked, today = as_whole(request.GET.get("year", "")), clock.today()
    year = asked if asked is not None and asked in YEARS else today.year
    region = request.GET.get("region", "")
    region = region if is_region_code(region) else ""
    shown = calendar_for(region)
    actor = request.actor  # type: ignore[attr-defined]
    months = year_of(year, region)
    context = {
        "year": year,
        "years": [one for one in (year - 1, year, year + 1) if one in YEARS],
        "region": region,
        "places": rights.places(),
        "months": [(days, range(days[0].on.weekday())) for days in months],
        "named": [day for days in months for day in days if day.name or day.is_local],
        "worked": sum(day.is_worked for days in months for day in days),
        "is_published": year in shown.published,
        "notices": notices_for(year, region),
        "vacations": vacations_for(year, region),
        "state": shown.version,
        "today": today,
        "may_publish": rights.may_edit(actor, ""),
        "may_edit": any(rights.may_edit(actor, code) for code, _name in rights.places()),
    }
    return render(request, "workdays/calendar.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def arrangement_new(request: HttpRequest) -> HttpResponse:
    """Record a year's arrangement: first what it would change, then publish it (发布放假安排)."""
    if not rights.may_edit(request.actor, ""):  # type: ignore[attr-defined]
        raise PermissionDenied(_("您的岗位没有维护该地区工作日历的权限"))
    following = max(calendar_for().published) + 1
    form = ArrangementForm(request.POST or None, initial=ArrangementForm.draft(following))
    return _publish(request, form, _("发布放假安排"), actions.publish_arrangement)


@require_http_methods(["GET", "POST"])
@login_required
def local_days_new(request: HttpRequest) -> HttpResponse:
    """Give a region days of its own, after a look at what that changes (设定地方假日)."""
    form = LocalDaysForm(request.POST or None, actor=_keeper(request), initial=_here(request))
    return _publish(request, form, _("设定地方假日"), actions.add_local_day)


@require_http_methods(["GET", "POST"])
@login_required
def vacation_new(request: HttpRequest) -> HttpResponse:
    """Record a school vacation (登记寒暑假)."""
    form = VacationForm(request.POST or None, actor=_keeper(request), nation=True, initial=_here(request))
    return _publish(request, form, _("登记寒暑假"), actions.set_vacation)


def _keeper(request: HttpRequest) -> Any:
    """Whoever looks after some region's days; all others are refused."""
    actor = request.actor  # type: ignore[attr-defined]
    if not any(rights.may_edit(actor, code) for code in ["", *(code for code, _name in rights.places())]):
        raise PermissionDenied(_("您的岗位没有维护该地区工作日历的权限"))
    return actor


def _here(request: HttpRequest) -> dict[str, Any]:
    return {"region_code": request.GET.get("region", ""), "published_on": clock.today()}


def _publish(request: HttpRequest, form: Any, title: str, deed: Callable[..., Any]) -> HttpResponse:
    """Fill in, look at what would change, confirm; what changes nothing is confirmed at once."""
    status, preview = 200, None
    if form.is_bound:
        status = 422
        if form.is_valid():
            if hasattr(form, "proposal"):
                preview = _foreseen(form.proposal())
            if preview is None or request.POST.get("do") == "confirm":
                status = _done(request, form, deed)
                if status == 302:
                    return redirect(_page_of(form))
            else:
                status = 200
    context = {"form": form, "title": title, "preview": preview, "has_effect": hasattr(form, "proposal")}
    return render(request, "workdays/publish.html", context, status=status)


def _done(request: HttpRequest, form: forms.Form, deed: Callable[..., Any]) -> int:
    try:
        with suppress(AlreadyDone):
            deed(actor=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
            messages.success(request, _("已发布，受影响的时限将在几分钟内重算并告知各单位"))
        return 302
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return 409


def _foreseen(proposal: Proposal) -> dict[str, Any]:
    days, after = proposal.changed_days(), proposal.calendar_for(proposal.region_code or None)
    return {
        "days": [(day, after.is_workday(day), after.days_off.get(day, "")) for day in days[:SHOWN]],
        "count": len(days),
        "effect": rights.effect_of(proposal),
    }


def _page_of(form: forms.Form) -> str:
    said = form.cleaned_data
    day = said.get("first_on") or said.get("starts_on")
    year = said.get("year") or (day or clock.today()).year
    return f"{reverse('calendar')}?year={year}&region={said.get('region_code', '')}"
