from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bihuan.circulars.actions import draft_circular, refresh_circular
from bihuan.circulars.forms import PeriodForm
from bihuan.circulars.models import Circular, Figure
from bihuan.circulars.queries import circulars_on
from bihuan.circulars.rules import Cycle, last_whole
from bihuan.documents.paper_views import act_on_paper, paper_context
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import may
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.queries import plans as read
from bihuan.supervision.views.plans import frame, issued


@require_safe
@login_required
def circulars(request: SignedIn) -> HttpResponse:
    """Circulars in scope (通报), newest first."""
    rows = Circular.objects.within(request.actor, Cap.VIEW).select_related("paper__issuer", "plan")
    page = Paginator(rows.order_by("-paper__drafted_at", "-pk"), 30).get_page(request.GET.get("page"))
    return render(request, "circulars/circulars.html", {"page": page})


@require_safe
@login_required
def plan_circulars(request: SignedIn, plan_id: int) -> HttpResponse:
    """The circulars on one plan, as a tab of its page; the place from which a new one is drawn up."""
    found = issued(request, plan_id)
    view = read.overview(found, request.actor)
    context = {
        "circulars": circulars_on(found, request.actor).select_related("paper").order_by("-last_on", "-pk"),
        "may_draft": may(request.actor, Cap.ISSUE, found),
    }
    return render(request, "circulars/plan_tab.html", frame(request, view, "plan-circulars") | context)


@login_required
def circular_new(request: SignedIn, plan_id: int) -> HttpResponse:
    """Choose the period; the draft is drawn up at once."""
    plans = Plan.objects.within(request.actor, Cap.ISSUE).exclude(stage=Plan.Stage.DRAFT)
    plan = get_object_or_404(plans, pk=plan_id)
    today = clock.today()
    initial = {"first_on": plan.starts_on or today.replace(day=1), "last_on": today}
    if (cycle := request.GET.get("cycle", "")) in Cycle.values:
        initial["first_on"], initial["last_on"] = last_whole(cycle, today)
    form = PeriodForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            drawn = draft_circular(actor=request.actor, plan_id=plan_id, **form.cleaned_data)
            return redirect("circular", drawn.pk)
        except AlreadyDone as repeat:
            return redirect("circular", int(repeat.facts["stream"].rpartition(":")[2]))
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    status = 422 if form.is_bound else 200
    return render(
        request,
        "circulars/new.html",
        {"plan": plan, "form": form, "cycles": Cycle.choices, "cycle": cycle},
        status=status,
    )


@require_safe
@login_required
def circular(request: SignedIn, circular_id: int) -> HttpResponse:
    """A circular as a page, with its figures, receipts and trail."""
    shown = _visible(request, circular_id)
    overall = list(shown.figures.filter(unit__isnull=True).order_by("pk"))
    context = paper_context(request, shown.paper) | {
        "circular": shown,
        "headline": [one for one in overall if ":" not in one.key],
        "groups": [
            (prefix, [one for one in overall if one.key.startswith(f"{prefix}:")])
            for prefix in ("standing", "cause", "source")
        ],
    }
    return render(request, "circulars/circular.html", context)


@require_POST
@login_required
def circular_refresh(request: SignedIn, circular_id: int) -> HttpResponse:
    """Count again while it is a draft."""
    shown = _visible(request, circular_id)

    def refresh(*, paper_id: int, **given: Any) -> None:
        refresh_circular(circular_id=circular_id, **given)

    get_object_or_404(Circular.objects.within(request.actor, Cap.ISSUE), pk=circular_id)
    return act_on_paper(request, shown.paper, refresh)


@require_safe
@login_required
def circular_figure(request: SignedIn, circular_id: int, figure_id: int) -> HttpResponse:
    """The list behind a figure: exactly the assignments it counted, as far as the reader may see them."""
    shown = _visible(request, circular_id)
    figure = get_object_or_404(Figure.objects.select_related("unit"), pk=figure_id, circular=shown)
    visible = Assignment.objects.within(request.actor, Cap.VIEW).filter(pk__in=figure.counted)
    rows = visible.select_related("item", "unit").order_by("unit__sort_order", "due_at", "pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "circular": shown,
        "figure": figure,
        "page": page,
        "hidden": len(figure.counted) - page.paginator.count,
        "now": clock.now(),
    }
    return render(request, "circulars/figure.html", context)


def _visible(request: SignedIn, circular_id: int) -> Circular:
    rows = Circular.objects.within(request.actor, Cap.VIEW).select_related("paper__issuer", "plan__source")
    return get_object_or_404(rows, pk=circular_id)
