from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.circulars.actions import (
    agree_figures,
    ask_units,
    contest_figure,
    draft_bulletin,
    draft_circular,
    publish_circular,
    refresh_circular,
    reject_contest,
    uphold_contest,
    withdraw_publication,
)
from bihuan.circulars.forms import BulletinForm, ContestForm, PeriodForm, PublishForm
from bihuan.circulars.models import Circular, Contest, Figure, Inquiry, Publication
from bihuan.circulars.publicity import checkable, content_of, line_of, names_in
from bihuan.circulars.queries import (
    asked_of,
    circulars_on,
    contests_on,
    own_figures,
    plans_for_bulletin,
    regions_of,
)
from bihuan.circulars.rules import Cycle, label_of, last_whole
from bihuan.documents.gongwen.text import headed
from bihuan.documents.models import Paper
from bihuan.documents.paper_views import act_on_paper, paper_context
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_wholes
from bihuan.ledger.queries import sealed_under
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import has, may
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.queries import plans as read
from bihuan.supervision.views.plans import frame, issued
from bihuan.ui.paging import paged


@require_safe
@login_required
def circulars(request: SignedIn) -> HttpResponse:
    """Circulars in scope (通报), newest first."""
    rows = Circular.objects.within(request.actor, Cap.VIEW).select_related("paper__issuer", "plan")
    context = {
        **paged(request, rows.order_by("-paper__drafted_at", "-pk")),
        "asked": list(asked_of(request.actor)),
        "may_draft": has(request.actor, Cap.ISSUE),
    }
    return render(request, "circulars/circulars.html", context)


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
    choices = {
        "areas": list(plan.areas.values_list("pk", "name")),
        "regions": regions_of(plan.issuer_id, plan),
    }
    form = PeriodForm(request.POST or None, initial=initial | _cycle(request), **choices)
    drawn = _drawn_up(request, form, draft_circular, plan_id=plan_id)
    return drawn or _new_page(request, form, plan=plan)


@login_required
def bulletin_new(request: SignedIn) -> HttpResponse:
    """Choose the period and the plans of a bulletin; the draft is drawn up at once."""
    if not has(request.actor, Cap.ISSUE):
        raise Http404
    issuer_id = (request.post.unit.authority or request.post.unit).pk
    today = clock.today()
    initial = {"first_on": today.replace(day=1), "last_on": today}
    plans = [(plan.pk, plan.title) for plan in plans_for_bulletin(request.actor, issuer_id)]
    form = BulletinForm(
        request.POST or None, initial=initial | _cycle(request), plans=plans, regions=regions_of(issuer_id)
    )
    return _drawn_up(request, form, draft_bulletin) or _new_page(request, form)


def _cycle(request: HttpRequest) -> dict[str, Any]:
    """The first and the last day of the period that was chosen by its name."""
    if (cycle := request.GET.get("cycle", "")) not in Cycle.values:
        return {}
    return dict(zip(("first_on", "last_on"), last_whole(cycle, clock.today()), strict=True))


def _drawn_up(
    request: SignedIn, form: PeriodForm, action: Callable[..., Circular], **given: Any
) -> HttpResponse | None:
    """Draw up what the form asks for and go there; None where it must be shown, again with what is wrong."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        drawn = action(actor=request.actor, **given, **form.cleaned_data)
        return redirect("circular", drawn.pk)
    except AlreadyDone as repeat:
        return redirect("circular", int(repeat.facts["stream"].rpartition(":")[2]))
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    return None


def _new_page(request: SignedIn, form: PeriodForm, plan: Plan | None = None) -> HttpResponse:
    context = {"plan": plan, "form": form, "cycles": Cycle.choices, "cycle": request.GET.get("cycle", "")}
    return render(request, "circulars/new.html", context, status=422 if form.is_bound else 200)


@require_safe
@login_required
def circular(request: SignedIn, circular_id: int) -> HttpResponse:
    """A circular as a page, with its figures, receipts and trail."""
    shown = _visible(request, circular_id)
    return render(request, "circulars/circular.html", _page(request, shown))


@require_POST
@login_required
def circular_refresh(request: SignedIn, circular_id: int) -> HttpResponse:
    """Count again while it is a draft."""
    shown = _visible(request, circular_id)

    get_object_or_404(Circular.objects.within(request.actor, Cap.ISSUE), pk=circular_id)
    return act_on_paper(request, shown.paper, _on_itself(refresh_circular, circular_id=circular_id))


@require_POST
@login_required
def circular_ask(request: SignedIn, circular_id: int) -> HttpResponse:
    """Ask the units it counts to check their figures."""
    shown = _visible(request, circular_id)
    get_object_or_404(Circular.objects.within(request.actor, Cap.ISSUE), pk=circular_id)
    return act_on_paper(request, shown.paper, _on_itself(ask_units, circular_id=circular_id))


@login_required
def circular_publish(request: SignedIn, circular_id: int) -> HttpResponse:
    """Look at what everybody will read of an issued circular, names masked, and let them."""
    rows = Circular.objects.within(request.actor, Cap.ISSUE).filter(paper__stage=Paper.Stage.ISSUED)
    shown = get_object_or_404(
        rows.select_related("paper__issuer", "paper__office", "template"), pk=circular_id
    )
    form = PublishForm(request.POST or None, names=names_in(shown))
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid() and "look" not in request.POST:
        try:
            with suppress(AlreadyDone):
                publish_circular(circular_id=circular_id, actor=request.actor, **form.words())
            return redirect("circular", circular_id)
        except DomainError as refusal:
            field = refusal.field if refusal.field in form.fields else None
            form.add_error(field, str(refusal))
            status = 422 if field else 409
    elif form.is_bound and form.is_valid():
        status = 200
    bound = form.is_bound and form.is_valid()
    names = form.masks() if bound else form.names
    content = content_of(shown, names, with_tables=form.cleaned_data["with_tables"] if bound else True)
    context = {"circular": shown, "form": form, **_public(content)}
    return render(request, "circulars/publish.html", context, status=status)


@require_POST
@login_required
def publication_withdraw(request: SignedIn, publication_id: int) -> HttpResponse:
    """Take a public version away."""
    rows = Publication.objects.within(request.actor, Cap.ISSUE).select_related("circular__paper")
    found = get_object_or_404(rows, pk=publication_id)

    def withdraw(*, paper_id: int, seen_version: int | None, **given: Any) -> Publication:
        return withdraw_publication(publication_id=publication_id, **given)

    reason = request.POST.get("reason", "")[:300]
    return act_on_paper(request, found.circular.paper, withdraw, reason=reason)


@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    """The circulars that anybody may read, newest first; nobody signs in."""
    rows = Publication.objects.public().order_by("-published_at", "-pk")
    return render(request, "circulars/publications.html", paged(request, rows))


@require_safe
def publication(request: HttpRequest, publication_id: int) -> HttpResponse:
    """One of them, and how to check it oneself; one that was taken away says so and nothing else."""
    found = get_object_or_404(Publication, pk=publication_id)
    if found.withdrawn_at is not None:
        return render(request, "circulars/withdrawn.html", {"at": found.withdrawn_at}, status=410)
    line = line_of(found)
    context = {
        "publication": found,
        "line": line,
        "issued_line": line.facts["issued"],
        "head": sealed_under(line.digest),
        **_public(found.content),
    }
    return render(request, "circulars/publication.html", context)


@require_safe
def publication_json(request: HttpRequest, publication_id: int) -> HttpResponse:
    """The public version with its proofs, as a file that the offline verifier reads; 404 before it is sealed."""
    found = get_object_or_404(Publication.objects.public(), pk=publication_id)
    record = checkable(found)
    if record is None:
        raise Http404
    answer = JsonResponse(record, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="circular-{publication_id}.json"'
    return answer


def _public(content: dict[str, Any]) -> dict[str, Any]:
    """A public content as its templates show it."""
    figures = [(label_of(one["key"]), one["shown"]) for one in content["figures"] if ":" not in one["key"]]
    parts = [
        (
            title,
            [
                (label_of(one["key"]), one["shown"])
                for one in content["figures"]
                if one["key"].startswith(prefix)
            ],
        )
        for prefix, title in (
            ("standing:", _("按状态")),
            ("cause:", _("未完成原因")),
            ("source:", _("按来源")),
        )
    ]
    return {
        "content": content,
        "headline": figures,
        "parts": parts,
        "sections": headed(content["sections"]),
    }


@require_safe
@login_required
def inquiry(request: SignedIn, inquiry_id: int) -> HttpResponse:
    """What a unit sees of a draft: its own figures, the assignments behind them, and how to object."""
    return _inquiry_page(request, _asked(request, inquiry_id, Cap.VIEW))


@require_POST
@login_required
def inquiry_agree(request: SignedIn, inquiry_id: int) -> HttpResponse:
    """Say for one's unit that the figures are right."""
    shown = _asked(request, inquiry_id, Cap.HANDLE)
    try:
        with suppress(AlreadyDone):
            agree_figures(inquiry_id=inquiry_id, actor=request.actor)
    except DomainError as refusal:
        return _inquiry_page(request, shown, refusal=str(refusal), status=409)
    return redirect("inquiry", inquiry_id)


@require_POST
@login_required
def inquiry_contest(request: SignedIn, inquiry_id: int) -> HttpResponse:
    """Object to one of one's unit's figures."""
    shown = _asked(request, inquiry_id, Cap.HANDLE)
    form = ContestForm(request.POST, figures=list(own_figures(shown)), rows=_counted(shown))
    if not form.is_valid():
        return _inquiry_page(request, shown, form, status=422)
    try:
        with suppress(AlreadyDone):
            contest_figure(inquiry_id=inquiry_id, actor=request.actor, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _inquiry_page(request, shown, form, status=422 if refusal.field else 409)
    return redirect("inquiry", inquiry_id)


@require_POST
@login_required
def contest_uphold(request: SignedIn, contest_id: int) -> HttpResponse:
    """Uphold an objection; the figures are counted anew."""
    left_out = as_wholes(request.POST.getlist("leave_out"))
    return _answer(request, contest_id, uphold_contest, leave_out=left_out)


@require_POST
@login_required
def contest_reject(request: SignedIn, contest_id: int) -> HttpResponse:
    """Let the figure stand, with the reason."""
    return _answer(request, contest_id, reject_contest)


@require_safe
@login_required
def circular_figure(request: SignedIn, circular_id: int, figure_id: int) -> HttpResponse:
    """The list behind a figure: exactly the assignments it counted, as far as the reader may see them."""
    shown = _visible(request, circular_id)
    figure = get_object_or_404(Figure.objects.select_related("unit"), pk=figure_id, circular=shown)
    visible = Assignment.objects.within(request.actor, Cap.VIEW).filter(pk__in=figure.counted)
    rows = visible.select_related("item", "unit").order_by("unit__sort_order", "due_at", "pk")
    turned = paged(request, rows, 50)
    context = {
        "circular": shown,
        "figure": figure,
        "plan_title": shown.titles.get(figure.plan_key, "") if figure.plan_key is not None else "",
        **turned,
        "hidden": len(figure.counted) - turned["page"].paginator.count,
        "now": clock.now(),
    }
    return render(request, "circulars/figure.html", context)


def _page(request: SignedIn, shown: Circular) -> dict[str, Any]:
    overall = list(shown.figures.filter(unit__isnull=True).order_by("pk"))
    context = paper_context(request, shown.paper)
    context |= {
        "circular": shown,
        "headline": [one for one in overall if ":" not in one.key],
        "groups": [
            (prefix, [one for one in overall if one.key.startswith(f"{prefix}:")])
            for prefix in ("standing", "cause", "source")
        ],
        "by_plan": _by_plan(shown, overall),
    }
    if context["own"]:
        is_open = shown.paper.stage != Paper.Stage.ISSUED
        context["named"] = names_in(shown) if is_open else []
        context["public"] = None if is_open else shown.publications.public().first()
        inquiries = list(shown.inquiries.select_related("unit").order_by("unit__sort_order", "unit"))
        contests = list(contests_on(shown))
        disputed = Assignment.objects.filter(pk__in={pk for one in contests for pk in one.disputed})
        matters = {one.pk: one.item.title for one in disputed.select_related("item")}
        context |= {
            "inquiries": inquiries,
            "agreed": sum(one.agreed_at is not None for one in inquiries),
            "until": max((one.until_at for one in inquiries), default=None),
            "contests": [
                (one, [(pk, matters.get(pk, "")) for pk in one.disputed], one.state == Contest.State.OPEN)
                for one in contests
            ],
        }
    return context


def _by_plan(shown: Circular, overall: list[Figure]) -> list[tuple[str, list[Figure]]]:
    """The line of each plan of a bulletin: its title with its five figures."""
    lines: dict[int, list[Figure]] = {}
    for one in overall:
        if (plan_id := one.plan_key) is not None:
            lines.setdefault(plan_id, []).append(one)
    return [(shown.titles.get(plan_id, ""), figures) for plan_id, figures in lines.items()]


def _inquiry_page(
    request: SignedIn, shown: Inquiry, form: ContestForm | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    figures, rows = list(own_figures(shown)), _counted(shown)
    open_now = shown.until_at > clock.now() and shown.circular.paper.stage != Paper.Stage.ISSUED
    context = {
        "inquiry": shown,
        "figures": figures,
        "rows": rows,
        "contests": shown.contests.order_by("contested_at", "pk"),
        "may_answer": open_now and may(request.actor, Cap.HANDLE, shown),
        "form": form or ContestForm(figures=figures, rows=rows),
        "refusal": refusal,
        "now": clock.now(),
    }
    return render(request, "circulars/inquiry.html", context, status=status)


def _counted(shown: Inquiry) -> list[Assignment]:
    """The unit's own assignments that the draft counts."""
    figure = own_figures(shown).filter(key="dispatched").first()
    rows = Assignment.objects.filter(pk__in=figure.counted if figure else [])
    return list(rows.select_related("item").order_by("due_at", "pk"))


def _asked(request: SignedIn, inquiry_id: int, cap: Cap) -> Inquiry:
    rows = Inquiry.objects.within(request.actor, cap).select_related("unit", "circular__paper__issuer")
    return get_object_or_404(rows, pk=inquiry_id)


def _answer(request: SignedIn, contest_id: int, action: Callable[..., Any], **given: Any) -> HttpResponse:
    found = Contest.objects.within(request.actor, Cap.ISSUE).select_related("inquiry__circular__paper")
    contest = get_object_or_404(found, pk=contest_id)
    said = given | {"answer": request.POST.get("answer", "")[:300]}
    return act_on_paper(
        request, contest.inquiry.circular.paper, _on_itself(action, contest_id=contest_id), **said
    )


def _on_itself(action: Callable[..., Any], **subject: int) -> Callable[..., Any]:
    """An action on something that hangs on a paper, as `act_on_paper` calls it."""

    def act(*, paper_id: int, **given: Any) -> Any:
        return action(**subject, **given)

    return act


def _visible(request: SignedIn, circular_id: int) -> Circular:
    rows = Circular.objects.within(request.actor, Cap.VIEW).select_related(
        "paper__issuer", "plan__source", "area", "region"
    )
    return get_object_or_404(rows, pk=circular_id)
