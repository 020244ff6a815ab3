"""Pages of the scores of units (单位计分): a trial, what was published, a unit's sheet, and the rows of a line."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.actions.scoring import contest_score, decide_score_objection, publish_scores
from bihuan.supervision.forms.scores import ContestForm, DecisionForm, SpanForm
from bihuan.supervision.models import Assignment, ScoreLine, ScoreSheet
from bihuan.supervision.periods import period_of
from bihuan.supervision.queries.scores import Row, published, trial, visible_sheets
from bihuan.supervision.rules import Cycle
from bihuan.supervision.scoring import Event
from bihuan.supervision.views.editions import unit_or_404
from bihuan.supervision.views.workbench import may


@login_required
@require_GET
def scores(request: SignedIn) -> HttpResponse:
    """What was published, and for those who may publish how a period would come out now."""
    period = period_of(Cycle.QUARTERLY, clock.today())
    usual = {"first_on": period.first_on, "last_on": period.last_on}
    return scores_page(request, SpanForm(request.GET if "first_on" in request.GET else usual))


@login_required
@require_POST
def publish(request: SignedIn) -> HttpResponse:
    unit_or_404(request)
    form = SpanForm(request.POST)
    if not form.is_valid():
        return scores_page(request, form, status=422)
    try:
        made = publish_scores(actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        return redirect("scores")
    except Unit.DoesNotExist:
        raise Http404 from None
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return scores_page(request, form, status=409)
    messages.success(request, _("已公布，各单位可查看本单位计分并提出异议。"))
    return redirect("score-sheet", made.pk)


@login_required
@require_GET
def sheet(request: SignedIn, pk: int) -> HttpResponse:
    """A published period: all units by name for the authority, for a unit its own."""
    found = sheet_or_404(request, pk)
    context = {"sheet": found, "units": published(found, request.actor)}
    return render(request, "supervision/scores/sheet.html", context)


@login_required
@require_GET
def unit_sheet(request: SignedIn, pk: int, unit_id: int) -> HttpResponse:
    """A unit's lines in a published period, each with its sum and a link to the very rows."""
    found = sheet_or_404(request, pk)
    own = next((one for one in published(found, request.actor) if one.unit.pk == unit_id), None)
    if own is None:
        raise Http404(f"no scores of unit {unit_id} in scope")
    return render(request, "supervision/scores/unit.html", {"sheet": found, "own": own})


@login_required
@require_GET
def line(request: SignedIn, pk: int) -> HttpResponse:
    """The very assignments that a line counts, and what was objected."""
    return line_page(request, line_or_404(request, pk))


@login_required
@require_POST
def contest(request: SignedIn, pk: int) -> HttpResponse:
    one, form = line_or_404(request, pk), ContestForm(request.POST)
    if not form.is_valid():
        return line_page(request, one, contest=form, status=422)
    try:
        contest_score(line_id=pk, actor=request.actor, reason=form.cleaned_data["reason"])
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return line_page(request, one, contest=form, status=409)
    return redirect("score-line", pk)


@login_required
@require_POST
def decide(request: SignedIn, pk: int) -> HttpResponse:
    one, form = line_or_404(request, pk), DecisionForm(request.POST)
    if not form.is_valid():
        return line_page(request, one, decision=form, status=422)
    try:
        decide_score_objection(line_id=pk, actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return line_page(request, one, decision=form, status=422 if refusal.field else 409)
    return redirect("score-line", pk)


def scores_page(request: SignedIn, form: SpanForm, status: int = 200) -> HttpResponse:
    unit = unit_or_404(request)
    publishes = may(request, Cap.ISSUE)
    context: dict[str, Any] = {
        "unit": unit,
        "form": form,
        "publishes": publishes,
        "sheets": visible_sheets(request.actor),
    }
    if publishes and form.is_valid():
        context["units"] = trial(unit, form.cleaned_data["first_on"], form.cleaned_data["last_on"])
    return render(request, "supervision/scores/scores.html", context, status=status)


def line_page(
    request: SignedIn,
    one: ScoreLine,
    *,
    contest: ContestForm | None = None,
    decision: DecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    times = Counter(one.counted)
    visible = Assignment.objects.within(request.actor, Cap.VIEW).filter(pk__in=times)
    rows = visible.select_related("item__source", "unit").order_by("due_at", "pk")
    row = Row(Event(one.event), one.duty, one.count, one.points, one)
    context = {
        "line": one,
        "row": row,
        "objection": row.objection,
        "rows": [(found, times[found.pk]) for found in rows],
        "may_contest": ScoreLine.objects.within(request.actor, Cap.HANDLE).filter(pk=one.pk).exists(),
        "may_decide": ScoreLine.objects.within(request.actor, Cap.DECIDE).filter(pk=one.pk).exists(),
        "contest": contest or ContestForm(),
        "decision": decision or DecisionForm(),
    }
    return render(request, "supervision/scores/line.html", context, status=status)


def sheet_or_404(request: SignedIn, pk: int) -> ScoreSheet:
    return get_object_or_404(visible_sheets(request.actor), pk=pk)


def line_or_404(request: SignedIn, pk: int) -> ScoreLine:
    lines = ScoreLine.objects.within(request.actor, Cap.VIEW)
    return get_object_or_404(lines.select_related("sheet__unit", "unit"), pk=pk)
