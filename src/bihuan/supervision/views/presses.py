"""The record of presses (催办记录): whatever pressed for progress, in one list."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.kernel import clock
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.forms.presses import PressFilter
from bihuan.supervision.queries.counting import counts_on, reached_on
from bihuan.supervision.queries.presses import Asked, Kind, counted, presses, shown
from bihuan.supervision.queries.registers import plans_shown
from bihuan.supervision.views.assignments import sheet_or_404
from bihuan.supervision.views.workbench import may
from bihuan.ui.paging import paged

PERIOD = timedelta(days=30)  # unless another is asked for: what pressed lately


@login_required
@require_GET
def listed(request: SignedIn) -> HttpResponse:
    """What pressed in a period about matters in scope, and whether it was answered."""
    if not may(request, Cap.VIEW):
        raise Http404
    given = request.GET.dict()
    if not given.get("since") and not given.get("until"):
        given["since"] = (clock.today() - PERIOD).isoformat()
    form = PressFilter(given, plans=plans_shown(request.actor, given.get("plan")))
    asked = form.asked()
    counts = counted(request.actor, replace(asked, kind=""))
    turned = paged(request, presses(request.actor, asked), 50)
    unit = Unit.objects.filter(pk=asked.unit).first() if asked.unit else None
    context = {
        **turned,
        "form": form,
        "rows": shown(turned["page"].object_list),
        "kinds": kind_links(asked, counts),
        "unit": unit,
        "units": unit_links(request, asked),
        "query": urlencode(as_query(asked)),
    }
    part = "#list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"supervision/presses/list.html{part}", context)


@login_required
@require_GET
def counts(request: SignedIn, pk: int) -> HttpResponse:
    """How often a matter was pressed as the rules count it, how much is missing, and what that would bring (计次)."""
    sheet = sheet_or_404(request, pk)
    context = {
        "sheet": sheet,
        "counts": counts_on(sheet.assignment, request.actor),
        "reached": reached_on(sheet.assignment, request.actor),
    }
    return render(request, "supervision/presses/counts.html", context)


def kind_links(asked: Asked, counts: dict[str, int]) -> list[tuple[str, str, bool]]:
    """The kinds as links that keep the rest of the filter, each with the number of its own list."""
    options = [("", _("全部"), sum(counts.values()))]
    options += [(kind.value, str(kind.label), counts.get(kind.value, 0)) for kind in Kind]
    return [
        (
            f"{label} {n}",
            f"{reverse('presses')}?{urlencode(as_query(replace(asked, kind=kind)))}",
            asked.kind == kind,
        )
        for kind, label, n in options
    ]


def unit_links(request: SignedIn, asked: Asked) -> list[tuple[str, str, bool]]:
    """Everything in sight, or one's own unit with what lies below it, or the unit that a link has named."""
    own = request.post.unit.authority if request.post else None
    units = [(None, _("全部单位"))]
    if own is not None:
        units.append((own.pk, _("本单位及下级")))
    if asked.unit and (own is None or asked.unit != own.pk):
        units += [(unit.pk, unit.short_name) for unit in Unit.objects.filter(pk=asked.unit)]
    return [
        (label, f"{reverse('presses')}?{urlencode(as_query(replace(asked, unit=pk)))}", asked.unit == pk)
        for pk, label in units
    ]


def as_query(asked: Asked) -> dict[str, Any]:
    """The filter as it stands in an address."""
    return {name: value for name, value in vars(asked).items() if value not in ("", None)}
