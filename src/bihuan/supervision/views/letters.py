"""Documents of the loop (督办文书) as pages: drafting beside the printed page, answering, deciding, closing."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.documents.models import Paper
from bihuan.documents.paper_views import act_on_paper, pages_answer, visible_paper
from bihuan.documents.styles import STYLES
from bihuan.documents.uploads import receive_with_form
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org.forms.picking import quiet
from bihuan.org.middleware import SignedIn
from bihuan.org.models import UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import may as may_on
from bihuan.org.scope import units_where
from bihuan.supervision.actions.answering import (
    decide_letter_objection,
    object_to_letter,
    reply_to_letter,
)
from bihuan.supervision.actions.letters import close_letter, draft_letter
from bihuan.supervision.forms.letters import DecisionForm, LetterForm, ObjectionForm, ReplyForm
from bihuan.supervision.forms.units import FIND, set_issuer
from bihuan.supervision.letters import LETTERS
from bihuan.supervision.models import Addressee, Assignment, Letter, LetterObjection, Plan
from bihuan.supervision.queries.letters import (
    Subject,
    addressee_for,
    answers,
    matters_for,
    may_close,
    objection_days,
    objection_until,
    proposed_reply,
    reply_for,
    template_for,
)
from bihuan.supervision.queries.units import below
from bihuan.supervision.rules import DUTY_STAGES
from bihuan.supervision.views.assignments import field_named
from bihuan.supervision.views.workbench import may

KEPT = ("about", "unit", "plan")
PLANS = 100


@login_required
@require_GET
def choose(request: SignedIn) -> HttpResponse:
    """Which kind of document (选择文种); what it is about stays in the address."""
    _drafting_or_403(request)
    matters = matters_for(request.actor, as_wholes(request.GET.getlist("about")))
    kinds = [
        (kind, Paper.Kind(kind).label, STYLES[kind].about)
        for kind, rule in LETTERS.items()
        if len(matters) <= rule.matters and not (rule.needs_matter and not matters)
    ]
    context = {"kinds": kinds, "matters": matters, "kept": _kept(request)}
    return render(request, "supervision/letters/choose.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedIn, kind: str) -> HttpResponse:
    """Draft a document (起草文书): the form beside its pages."""
    _drafting_or_403(request)
    form = _form(request, kind)
    if request.method == "GET":
        return _new_page(request, form)
    if FIND in request.POST:
        quiet(form)  # only looking for a unit: nothing to complain about yet
        return _new_page(request, form)
    if not form.is_valid():
        return _new_page(request, form, 422)
    subject = form.subject
    try:
        letter = draft_letter(
            actor=request.actor,
            kind=kind,
            assignment_ids=[one.pk for one in subject.matters],
            plan_id=subject.plan.pk if subject.plan else None,
            **form.words(),
        )
    except AlreadyDone as again:
        return redirect("paper", int(str(again.facts["stream"]).rpartition(":")[2]))
    except DomainError as refusal:
        field = field_named(form, refusal.field)
        form.add_error(field, str(refusal.message))
        return _new_page(request, form, 422 if field else 409)
    messages.success(request, _("草稿已保存，等待另一人核稿。"))
    return redirect("paper", letter.paper_id)


@login_required
@require_POST
def new_preview(request: SignedIn, kind: str) -> HttpResponse:
    """The pages of a document that is not kept yet."""
    _drafting_or_403(request)
    return pages_answer(request, _form(request, kind).shown())


@login_required
@require_http_methods(["GET", "POST"])
def reply(request: SignedIn, paper_id: int) -> HttpResponse:
    """Reply for one's unit."""
    letter, addressee = _addressed_or_404(request, paper_id)
    assignment = reply_for(letter, addressee)
    if assignment is None:
        raise Http404
    adopts = letter.rule.adopts
    context = {"paper": letter.paper, "assignment": assignment, "due_on": letter.reply_by}
    template = "supervision/letters/reply.html"
    if request.method == "GET":
        form = ReplyForm(adopts=adopts, initial=_answered_before(addressee, assignment))
        return render(request, template, {**context, "form": form})
    form = ReplyForm(request.POST, request.FILES, adopts=adopts)
    status = 422
    if form.is_valid():
        said = dict(form.cleaned_data)
        try:
            received = receive_with_form(request.actor, said.pop("files"))
            reply_to_letter(
                paper_id=paper_id, actor=request.actor, file_ids=[file.pk for file in received], **said
            )
            messages.success(request, _("答复已提交。"))
            return redirect("paper", paper_id)
        except AlreadyDone:
            return redirect("paper", paper_id)
        except DomainError as refusal:
            field = field_named(form, refusal.field)
            form.add_error(field, str(refusal.message))
            status = 422 if field else 409
    return render(request, template, {**context, "form": form}, status=status)


def _answered_before(addressee: Addressee, assignment: Assignment) -> dict[str, Any]:
    """What the unit said the last time, where its reply was sent back."""
    last = assignment.submissions.first()
    lines = [f"{one.text}｜{one.due_on}" for one in addressee.promises.filter(assignment__isnull=True)]
    return {
        "seen_version": assignment.version,
        "adoption": addressee.adoption,
        "text": last.text if last else "",
        "promises": "\n".join(lines),
    }


@login_required
@require_http_methods(["GET", "POST"])
def contest(request: SignedIn, paper_id: int) -> HttpResponse:
    """Object for one's unit."""
    letter, _addressee = _addressed_or_404(request, paper_id)
    form = ObjectionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                object_to_letter(paper_id=paper_id, actor=request.actor, **form.cleaned_data)
                messages.success(request, _("异议已送交发文机关复核。"))
                return redirect("paper", paper_id)
            except AlreadyDone:
                return redirect("paper", paper_id)
            except DomainError as refusal:
                field = field_named(form, refusal.field)
                form.add_error(field, str(refusal.message))
                status = 422 if field else 409
    context = {"paper": letter.paper, "form": form, "until": objection_until(letter)}
    return render(request, "supervision/letters/contest.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def decide(request: SignedIn, objection_id: int) -> HttpResponse:
    """Decide an objection to one of the authority's documents."""
    mine = Paper.objects.within(request.actor, Cap.ISSUE)
    rows = LetterObjection.objects.filter(addressee__letter__paper__in=mine.values("pk"))
    objection = get_object_or_404(
        rows.select_related("addressee__unit", "addressee__letter__paper", "duty"), pk=objection_id
    )
    form = DecisionForm(request.POST or None, initial={"seen_version": objection.duty.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                decide_letter_objection(objection_id=objection_id, actor=request.actor, **form.cleaned_data)
                messages.success(request, _("复核决定已送达提出异议的单位。"))
                return redirect("paper", objection.addressee.letter.paper_id)
            except AlreadyDone:
                return redirect("paper", objection.addressee.letter.paper_id)
            except DomainError as refusal:
                field = field_named(form, refusal.field)
                form.add_error(field, str(refusal.message))
                status = 422 if field else 409
    context = {"objection": objection, "paper": objection.addressee.letter.paper, "form": form}
    return render(request, "supervision/letters/decide.html", context, status=status)


@login_required
@require_POST
def close(request: SignedIn, paper_id: int) -> HttpResponse:
    """Put a document to the files."""
    rows = Paper.objects.within(request.actor, Cap.ISSUE).filter(letter__isnull=False)
    return act_on_paper(request, get_object_or_404(rows, pk=paper_id), close_letter)


def beside(request: SignedIn, paper: Paper) -> dict[str, Any]:
    """What the page of a document shows beside its pages: what it is about, answers, what the reader may do."""
    letter = Letter.objects.select_related("paper", "template", "plan").get(paper=paper)
    issued = paper.stage == Paper.Stage.ISSUED
    told = answers(letter, request.actor)
    own = may_on(request.actor, Cap.ISSUE, paper)
    handling = set(units_where(request.actor, Cap.HANDLE))
    addressee = addressee_for(letter, request.actor) if issued and handling else None
    mine = next((one for one in told if addressee and one.addressee.pk == addressee.pk), None)
    shown = told if own else [mine] if mine else [one for one in told if one.visible]
    until = objection_until(letter) if mine else None
    open_reply = bool(mine and mine.reply and mine.reply.stage in DUTY_STAGES)
    visible = Assignment.objects.within(request.actor, Cap.VIEW)
    matters = letter.matters.filter(assignment__in=visible.values("pk"))
    return {
        "letter": letter,
        "matters": matters.select_related("assignment__item", "assignment__unit")[:50],
        "answers": shown,
        "replied": sum(one.is_answered for one in shown),
        "asked": letter.item_id is not None,
        "mine": mine,
        "may_reply": open_reply,
        "may_contest": open_reply and until is not None and mine is not None and mine.objection is None,
        "contest_until": until,
        "may_close": own and issued and paper.closed_at is None and may_close(letter),
        "own": own,
    }


def _drafting_or_403(request: SignedIn) -> None:
    if not may(request, Cap.ISSUE):
        raise PermissionDenied(_("起草文书由督查员或者领导办理，请本单位督查员起草。"))


def _form(request: SignedIn, kind: str) -> LetterForm:
    if kind not in LETTERS:
        raise Http404(f"no kind of document {kind}")
    given = request.POST if request.method == "POST" else request.GET
    unit, matters = request.post.unit, matters_for(request.actor, as_wholes(given.getlist("about")))
    authority = unit.own_authority
    wanted = as_wholes(given.getlist("unit"))
    plan_id = as_whole(given.get("plan", ""))
    plans = Plan.objects.within(request.actor, Cap.ISSUE).select_related("source")
    subject = Subject(
        kind=kind,
        issuer=authority,
        office=unit if unit.kind == UnitKind.OFFICE else None,
        units=below(authority, wanted) or list({one.unit_id: one.unit for one in matters}.values()),
        matters=matters[: LETTERS[kind].matters],
        plan=get_object_or_404(plans, pk=plan_id) if plan_id else None,
        reply_by=proposed_reply(authority.pk, kind) if LETTERS[kind].asks == "always" else None,
        objection_workdays=objection_days(authority.pk, kind),
    )
    _edition, template = template_for(authority.pk, kind)
    data = request.POST if request.method == "POST" else None
    form = LetterForm(data, subject=subject, template=template)
    set_issuer(form, authority)
    return form


def _new_page(request: SignedIn, form: LetterForm, status: int = 200) -> HttpResponse:
    subject = form.subject
    kinds = [
        (one, Paper.Kind(one).label)
        for one, rule in LETTERS.items()
        if len(subject.matters) <= rule.matters and not (rule.needs_matter and not subject.matters)
    ]
    context: Mapping[str, Any] = {
        "form": form,
        "kind": subject.kind,
        "kind_label": Paper.Kind(subject.kind).label,
        "kinds": kinds,
        "matters": subject.matters,
        "plan": subject.plan,
        "plans": _plans(request) if LETTERS[subject.kind].about_plan else [],
        "kept": _kept(request),
        "edition": template_for(subject.issuer.pk, subject.kind)[0],
        "preview_url": reverse("letter-new-preview", args=[subject.kind]),
    }
    return render(request, "supervision/letters/new.html", context, status=status)


def _plans(request: SignedIn) -> list[Plan]:
    rows = Plan.objects.within(request.actor, Cap.ISSUE).exclude(stage=Plan.Stage.DRAFT)
    return list(rows.order_by("-issued_at", "-pk")[:PLANS])


def _kept(request: SignedIn) -> list[tuple[str, str]]:
    """The objects concerned, as they stand in the address or the form."""
    given = request.POST if request.method == "POST" else request.GET
    return [(name, str(value)) for name in KEPT for value in as_wholes(given.getlist(name))]


def _addressed_or_404(request: SignedIn, paper_id: int) -> tuple[Letter, Addressee]:
    paper = visible_paper(request, paper_id)
    letter = get_object_or_404(
        Letter.objects.select_related("paper__issuer"), paper=paper, paper__stage=Paper.Stage.ISSUED
    )
    addressee = addressee_for(letter, request.actor)
    if addressee is None:
        raise Http404
    return letter, addressee
