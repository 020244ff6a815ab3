"""Reviewing (审核): the queue, and one submission held against its criteria."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel.errors import AlreadyDone, DomainError, NotPermitted, StaleVersion
from bihuan.ledger.rules import stream_of
from bihuan.org.middleware import SignedIn
from bihuan.supervision import operations
from bihuan.supervision.actions.reviewing import check_criteria
from bihuan.supervision.forms.reviewing import (
    OVERRIDE,
    PASS,
    RETURN,
    CriteriaForm,
    ReviewForm,
    drafted_opinion,
    verdicts_of,
)
from bihuan.supervision.models import CriterionCheck, Review
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries import reviews as queries
from bihuan.supervision.queries.assignments import Sheet
from bihuan.supervision.queries.evidence import files_of
from bihuan.supervision.views.assignments import field_named, refused, sheet_or_404
from bihuan.supervision.views.progress import Told, Turn, turn_of
from bihuan.ui import wording
from bihuan.ui.wording import say_list

PAGE = "supervision/reviews/review.html"
Verdict = CriterionCheck.Verdict
PHRASES = [
    gettext_lazy("请补原始凭证"),
    gettext_lazy("数据口径不一致，请说明"),
    gettext_lazy("请附整改前后对比"),
    gettext_lazy("缺负责人签字盖章"),
]


@login_required
@require_GET
def reviews(request: SignedIn) -> HttpResponse:
    """Everything that awaits one's word, by one's own clock."""
    rows = [
        {"one": one, "due_at": due_at, "tone": Turn(True, "", "", due_at).tone, "key": f"row-{one.pk}-review"}
        for one, due_at in queries.reviews(request.actor)
    ]
    return render(request, "supervision/reviews/queue.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def review(request: SignedIn, pk: int) -> HttpResponse:
    """One submission, criterion by criterion; POST is the conclusion."""
    sheet = sheet_or_404(request, pk)
    if not operations.may_ever(Operation.REVIEW, sheet.caps):
        return refused(request, sheet, Operation.REVIEW)
    if request.method == "GET":
        return review_page(request, sheet)
    form = ReviewForm(request.POST, sheet=sheet)
    if not form.is_valid():
        return review_page(request, sheet, form, status=422)
    following = queries.neighbours(request.actor, pk).next
    try:
        form.perform(request.actor)
    except AlreadyDone:
        pass
    except NotPermitted:
        return refused(request, sheet, Operation.REVIEW)
    except StaleVersion as stale:
        return review_page(request, sheet_or_404(request, pk), note=str(stale.message), status=409)
    except DomainError as refusal:
        field = field_named(form, refusal.field)
        form.add_error(field, str(refusal.message))
        return review_page(request, sheet, form, status=422 if field else 409)
    messages.success(request, said(form.cleaned_data["conclusion"], sheet))
    return redirect("assignment-review", following) if following else redirect("reviews")


@login_required
@require_POST
def criteria(request: SignedIn, pk: int) -> HttpResponse:
    """Note verdicts as they are given; the opinion drafts itself from them unless the reviewer wrote their own."""
    sheet = sheet_or_404(request, pk)
    if not operations.may_ever(Operation.REVIEW, sheet.caps):
        return refused(request, sheet, Operation.REVIEW)
    form = CriteriaForm(request.POST, sheet=sheet)
    if not form.is_valid():
        return review_page(request, sheet, note=_("结论只能是达到、未达到或待核"), status=422)
    drafted = drafted_opinion(sheet, verdicts_of(sheet))
    written = request.POST.get("opinion", "").replace("\r\n", "\n").strip()
    changed = form.changed()
    try:
        if changed:
            check_criteria(
                assignment_id=pk,
                actor=request.actor,
                verdicts=changed,
                seen_version=form.cleaned_data["seen_version"],
            )
    except AlreadyDone:
        pass
    except NotPermitted:
        return refused(request, sheet, Operation.REVIEW)
    except DomainError as refusal:
        return review_page(request, sheet_or_404(request, pk), note=str(refusal.message), status=409)
    fresh = sheet_or_404(request, pk)
    own_words = {"opinion": written} if written and written != drafted.strip() else {}
    if not request.htmx:
        return redirect("assignment-review", pk)
    context = review_context(request, fresh, ReviewForm(sheet=fresh, initial=own_words))
    return render(request, f"{PAGE}#verdict", {**context, "oob": True})


def said(conclusion: str, sheet: Sheet) -> str:
    unit = sheet.assignment.unit.short_name
    if conclusion == RETURN:
        return _("已退回%(unit)s补充。") % {"unit": unit}
    if sheet.review_step == Review.Step.PRE_REVIEW:
        return _("%(unit)s的申报已初审通过，待审定。") % {"unit": unit}
    return _("已认定%(unit)s办结，待销号。") % {"unit": unit}


def review_page(
    request: SignedIn, sheet: Sheet, form: ReviewForm | None = None, *, note: str = "", status: int = 200
) -> HttpResponse:
    context = review_context(request, sheet, form) | {"note": note}
    if request.htmx:
        return render(request, f"{PAGE}#verdict", {**context, "oob": True}, status=status)
    return render(request, PAGE, context, status=status)


def review_context(request: SignedIn, sheet: Sheet, form: ReviewForm | None = None) -> dict[str, Any]:
    verdicts = verdicts_of(sheet)
    criteria = [
        (one, verdicts.get(one.pk, ""), sheet.proofs.get(one.pk, [])) for one in sheet.item.criteria.all()
    ]
    counted = {
        verdict: sum(given == verdict for _one, given, _files in criteria) for verdict in Verdict.values
    }
    all_met = counted[Verdict.MET] == len(criteria)
    form = form or ReviewForm(sheet=sheet)
    return {
        "sheet": sheet,
        "told": Told(sheet),
        "one": sheet.assignment,
        "turn": turn_of(sheet),
        "form": form,
        "criteria": criteria,
        "judged": sum(bool(given) for _one, given, _files in criteria),
        "counted": counted,
        "options": options(sheet, form, all_met, len(criteria)),
        "verdict_options": [(v.value, v.label, t) for v, t in zip(Verdict, "gry", strict=True)],
        "phrases": PHRASES,
        "neighbours": queries.neighbours(request.actor, sheet.assignment.pk),
        "files": files_of([sheet.awaited]).get(stream_of(sheet.awaited), []) if sheet.awaited else [],
        "reports": list(sheet.assignment.reports.all())[:3],
        "nth": len([one for one in sheet.assignment.submissions.all() if one.signed_at]),
        "last_return": last_return(sheet),
        "url": reverse("assignment-review", args=[sheet.assignment.pk]),
        "two_people": two_people(sheet),
    }


def options(sheet: Sheet, form: ReviewForm, all_met: bool, count: int) -> list[dict[str, Any]]:
    """The conclusions with what each leads to; one that is not possible yet says why."""
    approval = sheet.review_step == Review.Step.APPROVAL
    waiting = len(sheet.unfinished)
    why_not = ""
    if not all_met:
        why_not = _("%(n)d 条全部达到后可选") % {"n": count}
    elif approval and waiting:
        why_not = _("还有 %(n)d 件分解或配合事项未办结") % {"n": waiting}
    chosen = form["conclusion"].value()
    title = _("同意，认定办结") if approval else _("初审通过，送审定")
    what = _("随后公示或销号") if approval else _("由另一人审定")
    found = [
        {"value": PASS, "title": title, "hint": why_not or what, "disabled": bool(why_not)},
        {"value": RETURN, "title": _("退回补充"), "hint": remedy_hint(sheet), "disabled": False},
    ]
    if approval and why_not:
        hint = _("审定人写明理由后认定，理由写入留痕")
        found.append({"value": OVERRIDE, "title": _("特批认定"), "hint": hint, "disabled": False})
    return [{**one, "checked": one["value"] == chosen and not one["disabled"]} for one in found]


def remedy_hint(sheet: Sheet) -> str:
    """Which deadline the unit has after a return (DESIGN §3.1)."""
    one, regime, now = sheet.assignment, sheet.regime, sheet.now
    if regime.workdays_left(now, one.due_at) >= regime["remedy.workdays"]:
        return _("时限仍为%(due)s") % {"due": wording.say_moment(one.due_at)}
    remedy = regime.workdays_from(now, "remedy.workdays")
    if remedy <= one.due_at:
        return _("时限仍为%(due)s") % {"due": wording.say_moment(one.due_at)}
    said = {"n": regime["remedy.workdays"], "due": wording.say_moment(remedy)}
    return _("补正 %(n)d 个工作日，至%(due)s；统计仍按原时限") % said


def two_people(sheet: Sheet) -> str:
    """The rule of two people as it applies here, in one sentence."""
    if sheet.review_step == Review.Step.PRE_REVIEW:
        names = say_list(post.person.name for post in sheet.other_reviewers[:4])
        return _("初审与审定须由两人分别进行；可审定的有：%(names)s。") % {"names": names} if names else ""
    if sheet.review_step == Review.Step.APPROVAL and sheet.awaited.state == "passed":
        return _("初审已由另一人通过，您是审定人。")
    if sheet.review_step == Review.Step.APPROVAL and sheet.assignment.duty == "lead":
        return _("本单位目前只有您一人有审核资格，将记为单人审定。")
    return ""


def last_return(sheet: Sheet) -> Review | None:
    """Why an earlier submission was sent back."""
    for submission in sheet.assignment.submissions.all():
        for one in reversed(list(submission.reviews.all())):
            if not one.passed:
                return one
    return None
