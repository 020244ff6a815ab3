"""From draft to issue: the rehearsal, the issue itself, and how far a mass dispatch has got."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.org.actors import actor_in
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Appointment
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import serve_dispatch
from bihuan.supervision.actions.planning import issue_plan
from bihuan.supervision.models import Dispatch, Plan
from bihuan.supervision.queries.plans import caps_on
from bihuan.supervision.queries.rehearsal import Rehearsal, progress_of, rehearse, waiting_dispatches
from bihuan.supervision.views.answers import plan_for, run

MANY = 500
"""From so many assignments on, the number has to be typed before they go out (R19)."""
SHOWN = 20


class IssueForm(forms.Form):
    """The last word before a list goes out; of a large one the number of assignments has to be typed."""

    typed = forms.CharField(required=False, max_length=12)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, total: int, **kwargs):
        super().__init__(data, **kwargs)
        self.total = total
        self.fields["typed"].label = _("请输入办件总数 %(n)d，确认下发") % {"n": total}
        if total <= MANY:
            del self.fields["typed"]

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"].replace(",", "").replace("，", "").strip()
        if typed != str(self.total):
            raise forms.ValidationError(
                _("与办件总数不一致，没有下发；请核对后输入 %(n)d") % {"n": self.total}
            )
        return typed


@login_required
@require_safe
def rehearsal(request: SignedIn, plan_id: int) -> HttpResponse:
    """What issuing would do (下发预演)."""
    plan = plan_for(request, plan_id, Cap.DRAFT)
    if plan.stage != Plan.Stage.DRAFT:
        return redirect("plan", plan_id)
    return rehearsal_page(request, plan, rehearse(plan))


@login_required
@require_POST
def issue(request: SignedIn, plan_id: int) -> HttpResponse:
    """Issue the plan (印发)."""
    plan = plan_for(request, plan_id, Cap.DISPATCH)
    if plan.stage != Plan.Stage.DRAFT:
        return redirect("plan", plan_id)
    told = rehearse(plan)
    form = IssueForm(request.POST, total=told.total)
    if not form.is_valid():
        return rehearsal_page(request, plan, told, form, status=422)
    _done, status = run(
        form,
        issue_plan,
        plan_id=plan_id,
        actor=request.actor,
        seen_version=form.cleaned_data["seen_version"],
    )
    if status != 200:
        plan.refresh_from_db()
        if plan.stage != Plan.Stage.DRAFT:
            return redirect("plan", plan_id)
        return rehearsal_page(request, plan, rehearse(plan), form, status=status)
    progress = progress_of(plan)
    if not progress.is_done:
        return redirect("plan-dispatch", plan_id)
    messages.success(request, _("已印发，%(n)s 件全部送达") % {"n": f"{progress.served:,}"})
    return redirect("plan", plan_id)


@login_required
@require_safe
def dispatch(request: SignedIn, plan_id: int) -> HttpResponse:
    """How many units have been served; asks again by itself until all have (下发进度)."""
    plan = issued(request, plan_id)
    context = {
        "plan": plan,
        "progress": progress_of(plan),
        "may_serve": Cap.DISPATCH in caps_on(plan, request.actor, [Cap.DISPATCH]),
    }
    part = "#progress" if request.htmx else ""
    return render(request, f"supervision/plans/dispatch.html{part}", context)


@login_required
@require_POST
def serve(request: SignedIn, plan_id: int) -> HttpResponse:
    """Serve the next units here and now, where no worker does: as whoever issued the list."""
    plan = plan_for(request, plan_id, Cap.DISPATCH)
    for dispatch_id in waiting_dispatches(plan)[:1]:
        asked_by = Dispatch.objects.get(pk=dispatch_id)
        post = Appointment.objects.filter(pk=asked_by.asked_by).first()
        actor = actor_in(post, asked_by.request_id) if post else request.actor
        serve_dispatch(dispatch_id=dispatch_id, actor=actor)
    return redirect("plan-dispatch", plan_id)


def issued(request: SignedIn, plan_id: int) -> Plan:
    plan = plan_for(request, plan_id)
    if plan.stage == Plan.Stage.DRAFT:
        raise Http404
    return plan


def rehearsal_page(
    request: SignedIn, plan: Plan, told: Rehearsal, form: IssueForm | None = None, status: int = 200
) -> HttpResponse:
    """The page; long tables show their beginning and say how much there is."""
    every = "all" in request.GET
    context = {
        "plan": plan,
        "told": told,
        "form": form or IssueForm(total=told.total, initial={"seen_version": plan.version}),
        "many": MANY,
        "loads": told.loads if every else told.loads[:SHOWN],
        "collisions": told.collisions if every else told.collisions[:SHOWN],
        "gaps": told.gaps[:SHOWN],
        "spreads": told.spreads[:SHOWN],
        "vacant": told.vacant[:12],
        "may_issue": Cap.DISPATCH in caps_on(plan, request.actor, [Cap.DISPATCH]),
        "peak": max((n for _week, n in told.busiest), default=1),
    }
    return render(request, "supervision/drafts/rehearsal.html", context, status=status)
