"""Changing what was issued: choose, change, see what it does, confirm (调整清单); newcomers; the end of a plan."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.actions.amending import Enlistment, amend_plan, serve_newcomers
from bihuan.supervision.actions.planning import close_plan
from bihuan.supervision.forms.amending import Amendment, carried
from bihuan.supervision.forms.base import RuleField, settle_deadline
from bihuan.supervision.forms.drafts import DayInput
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.queries.amendments import effects_of
from bihuan.supervision.queries.drafts import with_details
from bihuan.supervision.queries.newcomers import newcomers as newcomers_of
from bihuan.supervision.views.answers import plan_for, run
from bihuan.ui.forms import offer


@login_required
@require_http_methods(["GET", "POST"])
def amend(request: SignedIn, plan_id: int) -> HttpResponse:
    """Step by step, each a form that carries what the steps before it said."""
    plan = plan_for(request, plan_id, Cap.AMEND)
    if plan.stage != Plan.Stage.ISSUED:
        return redirect("plan", plan_id)
    items = list(with_details(plan.items.filter(withdrawn_on__isnull=True)).order_by("position"))
    if request.method == "GET":
        return choose_page(request, plan, items)
    step = request.POST.get("step", "edit")
    amendment = Amendment(
        plan, items, request.POST, bound=step != "edit", quiet=step not in ("preview", "apply")
    )
    if not amendment.items and not amendment.count:
        return choose_page(request, plan, items, refusal=_("请先勾选条目，或选择增加条目"), status=422)
    if step not in ("preview", "apply"):
        return edit_page(request, plan, amendment)
    if not amendment.is_valid():
        return edit_page(request, plan, amendment, status=422)
    if step == "preview":
        return preview_page(request, plan, amendment)
    return apply(request, plan, amendment)


@login_required
@require_http_methods(["GET", "POST"])
def newcomers(request: SignedIn, plan_id: int) -> HttpResponse:
    """Units that have joined an addressed group since (待补发)."""
    plan = plan_for(request, plan_id, Cap.DISPATCH)
    if plan.stage != Plan.Stage.ISSUED:
        return redirect("plan", plan_id)
    found = newcomers_of(plan)
    form = NewcomersForm(request.POST or None, found=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            _done, status = run(
                form,
                serve_newcomers,
                plan_id=plan_id,
                actor=request.actor,
                pairs=form.cleaned_data["pairs"],
                due_on=form.cleaned_data["due_on"],
                due_rule=form.cleaned_data["due_rule"],
            )
            if status == 200:
                messages.success(request, _("已补发 %(n)d 件") % {"n": len(form.cleaned_data["pairs"])})
                return redirect("plan", plan_id)
    context = {"plan": plan, "form": form, "found": found}
    return render(request, "supervision/plans/newcomers.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def close(request: SignedIn, plan_id: int) -> HttpResponse:
    """The end of a plan (结束方案): no new items; what is open runs on."""
    plan = plan_for(request, plan_id, Cap.AMEND)
    if plan.stage != Plan.Stage.ISSUED:
        return redirect("plan", plan_id)
    if request.method == "POST":
        form = forms.Form(request.POST)
        _done, status = run(
            form,
            close_plan,
            plan_id=plan_id,
            actor=request.actor,
            seen_version=as_whole(request.POST.get("seen_version", "")),
        )
        if status == 200:
            messages.success(request, _("方案已结束，在办的事项继续办到销号"))
            return redirect("plan", plan_id)
        return close_page(request, plan_for(request, plan_id), form, status=status)
    return close_page(request, plan)


class NewcomersForm(forms.Form):
    pairs = forms.TypedMultipleChoiceField(
        label=gettext_lazy("单位"),
        error_messages={"required": gettext_lazy("请勾选要补发的单位")},
        coerce=lambda raw: tuple(map(int, raw.split("-"))),
    )
    due_on = forms.DateField(label=gettext_lazy("完成时限"), required=False, widget=DayInput)
    due_rule = RuleField()

    def __init__(self, data: Any = None, *, found: list):
        super().__init__(data)
        offer(self, "pairs", [(f"{one.item.pk}-{one.unit.pk}", str(one.unit)) for one in found])

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on < clock.today():
            raise forms.ValidationError(_("完成时限不能早于今天"))
        return due_on

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        settle_deadline(self, given, required=True, day="due_on")
        return given


def apply(request: SignedIn, plan: Plan, amendment: Amendment) -> HttpResponse:
    """Carry the amendment out as it was shown, unless the list has changed since."""
    wishes = amendment.wanted()
    given = amendment.form.cleaned_data
    _done, status = run(
        amendment.form,
        amend_plan,
        plan_id=plan.pk,
        actor=request.actor,
        reason=given["reason"],
        redated={wish.item.pk: wish.due_on for wish in wishes if wish.due_on and not wish.withdraw},
        recycled={
            wish.item.pk: wish.cycle for wish in wishes if wish.cycle is not None and not wish.withdraw
        },
        reworded={wish.item.pk: dict(wish.words) for wish in wishes if wish.words and not wish.withdraw},
        withdrawn=[wish.item.pk for wish in wishes if wish.withdraw],
        added=[(one.parent.pk if one.parent else None, one.node) for one in amendment.added()],
        enlisted=[
            Enlistment(wish.item.pk, [aim.unit_id for aim in wish.enlist])
            for wish in wishes
            if wish.enlist and not wish.withdraw
        ],
        pull_parts=given["pull_parts"],
        seen_version=given["seen_version"],
    )
    if status != 200:
        return edit_page(request, plan, amendment, status=status)
    messages.success(request, _("清单已调整，理由和前后变化见“调整与留痕”"))
    return redirect("plan-history", plan.pk)


def choose_page(
    request: SignedIn, plan: Plan, items: list[Item], *, refusal: str = "", status: int = 200
) -> HttpResponse:
    chosen = set(as_wholes(request.GET.getlist("item")))
    context = {"plan": plan, "items": items, "chosen": chosen, "refusal": refusal}
    return render(request, "supervision/plans/amend_choose.html", context, status=status)


def edit_page(request: SignedIn, plan: Plan, amendment: Amendment, *, status: int = 200) -> HttpResponse:
    context = {"plan": plan, "amendment": amendment}
    return render(request, "supervision/plans/amend_edit.html", context, status=status)


def preview_page(request: SignedIn, plan: Plan, amendment: Amendment) -> HttpResponse:
    effects = effects_of(plan, amendment.wanted(), amendment.added())
    context = {
        "plan": plan,
        "amendment": amendment,
        "effects": effects,
        "blocked": any(effect.parts for effect in effects) and not amendment.form.cleaned_data["pull_parts"],
        "carried": carried(request.POST),
    }
    return render(request, "supervision/plans/amend_preview.html", context)


def close_page(
    request: SignedIn, plan: Plan, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    open_now = plan.items.filter(assignments__ended_at__isnull=True, assignments__isnull=False).count()
    context = {"plan": plan, "form": form or forms.Form(), "open_now": open_now}
    return render(request, "supervision/plans/close.html", context, status=status)
