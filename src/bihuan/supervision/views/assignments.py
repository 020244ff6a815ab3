"""The page of one assignment (办件详情) and everything that is done from it."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from bihuan.kernel.errors import AlreadyDone, DomainError, NotPermitted, StaleVersion
from bihuan.ledger.book import is_repeat
from bihuan.org.forms import picking
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision import operations
from bihuan.supervision.forms import FORMS, OperationForm
from bihuan.supervision.forms.handling import PartsForm
from bihuan.supervision.forms.units import FIND, as_ids, set_issuer, shown
from bihuan.supervision.models import Assignment
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries.assignments import Sheet, sheet_of
from bihuan.supervision.queries.letters import letters_on
from bihuan.supervision.queries.trees import dependents
from bihuan.supervision.rules import Stage
from bihuan.supervision.views import faces
from bihuan.supervision.views.progress import Told, steps_of, turn_of
from bihuan.supervision.views.rows import row_done

PAGE = "supervision/assignments/assignment.html"
ROW = "supervision/assignments/inline.html"
ROW_ID = re.compile(r"row-\d+-[a-z-]+")
RECENT = 8  # lines of the trail that are shown at once (R25)


@login_required
@require_GET
def assignment(request: SignedIn, pk: int) -> HttpResponse:
    """The assignment with the recommended form open."""
    return sheet_page(request, sheet_or_404(request, pk))


@login_required
@require_http_methods(["GET", "POST"])
def operate(request: SignedIn, pk: int, operation: Operation) -> HttpResponse:
    """One operation: GET opens its form, POST hands it to the action.

    Asked for by htmx the answer is the panel (or, with `?in=` a row of the workbench, the form below that row);
    on its own it is the whole page with that form open.
    """
    sheet = sheet_or_404(request, pk)
    if not operations.may_ever(operation, sheet.caps):
        return refused(request, sheet, operation)
    if request.method == "GET":
        return opened(request, sheet, operation)
    form = bind(request, sheet, operation)
    if is_unfinished(request):
        return answer(request, sheet, operation, quiet(form))
    if not form.is_valid():
        if is_repeat(sheet.assignment, request.actor):
            return done(request, pk, operation)  # sent twice: what could be chosen has been used up meanwhile
        return answer(request, sheet, operation, form, status=422)
    try:
        form.perform(request.actor)
    except AlreadyDone:
        pass
    except NotPermitted:
        return refused(request, sheet, operation)
    except StaleVersion as stale:
        return told_stale(request, pk, operation, form, stale)
    except DomainError as refusal:
        field = field_named(form, refusal.field)
        form.add_error(field, str(refusal.message))
        return answer(request, sheet, operation, form, status=422 if field else 409)
    return done(request, pk, operation)


def sheet_or_404(request: SignedIn, pk: int) -> Sheet:
    try:
        return sheet_of(pk, request.actor)
    except Assignment.DoesNotExist:
        raise Http404(f"no assignment {pk} in scope") from None


def bind(request: SignedIn, sheet: Sheet, operation: Operation) -> OperationForm:
    data = request.POST if request.method == "POST" else None
    form = FORMS[operation](data, request.FILES or None, sheet=sheet)
    return with_issuer(form, sheet)


def with_issuer(form: OperationForm, sheet: Sheet) -> OperationForm:
    """Point the unit pickers below the authority that would give the duty."""
    if isinstance(form, PartsForm):
        for row in form.rows.forms:
            set_issuer(row, sheet.assignment.unit.authority)
    else:
        set_issuer(form, sheet.assignment.issued_by)
    return form


def is_unfinished(request: SignedIn) -> bool:
    """Whether the form came back only to look for a unit or to get another row."""
    return bool({FIND, "add_part"} & request.POST.keys())


def quiet(form: OperationForm) -> OperationForm:
    """The form as it was typed, without complaints: the person is not done yet."""
    picking.quiet(form)
    if isinstance(form, PartsForm):
        form.rows._errors = [{} for _form in form.rows.forms]
        for row in form.rows.forms:
            picking.quiet(row)
    return form


def field_named(form: OperationForm, name: str | None) -> str | None:
    """The form's field for the one that a refusal names."""
    if name is None:
        return None
    return next(
        (field for field in (name, f"{name}_id", f"{name}_ids", f"{name}s") if field in form.fields), None
    )


def row_of(request: SignedIn) -> str:
    """The id of the workbench row from which htmx asked, or nothing."""
    place = request.GET.get("in", "")
    return place if request.htmx and ROW_ID.fullmatch(place) else ""


# Answers


def opened(request: SignedIn, sheet: Sheet, operation: Operation) -> HttpResponse:
    if operation not in sheet.operations:
        return answer(
            request, sheet, None, note=_("当前环节不能%(what)s。") % {"what": operation.label}, status=409
        )
    return answer(request, sheet, operation, bind(request, sheet, operation))


def answer(
    request: SignedIn,
    sheet: Sheet,
    operation: Operation | None,
    form: OperationForm | None = None,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    """The form in the place from which it was asked for."""
    if place := row_of(request):
        context = {
            **panel_context(sheet, operation, form),
            "note": note,
            "row": place,
            "where": f"?in={place}",
        }
        context["alternatives"] = [
            one for one in context["buttons"] if one.operation in alternatives(operation)
        ]
        return render(request, ROW, context, status=status)
    if request.htmx:
        context = {**panel_context(sheet, operation, form), "note": note}
        return render(request, f"{PAGE}#panel", context, status=status)
    return sheet_page(request, sheet, operation, form, note=note, status=status)


def alternatives(operation: Operation | None) -> tuple[Operation, ...]:
    """What else may be said in the same breath: the other side of a decision."""
    pairs = (
        (Operation.REPORT, Operation.COMPLETE),
        (Operation.SIGN_OFF, Operation.SEND_BACK),
        (Operation.GRANT, Operation.REFUSE),
        (Operation.INSIST, Operation.REASSIGN),
        (Operation.RECORD, Operation.REPORT),
        (Operation.EXPLAIN, Operation.COMPLETE),
    )
    return tuple(other for pair in pairs if operation in pair for other in pair if other != operation)


def told_stale(
    request: SignedIn, pk: int, operation: Operation, form: OperationForm, stale: StaleVersion
) -> HttpResponse:
    """Somebody was faster: the page as it is now, what changed, and what was typed."""
    fresh, again = sheet_or_404(request, pk), None
    if operation in fresh.operations:
        again = with_issuer(FORMS[operation](sheet=fresh, initial=typed(form)), fresh)
    note, opened_again = str(stale.message), operation if again else None
    if row_of(request):
        return answer(request, fresh, opened_again, again, note=note, status=409)
    context = {
        **page_context(fresh, opened_again, again),
        "note": note,
        "typed": [] if again else sentences(form),
        "oob": bool(request.htmx),
    }
    if not request.htmx:
        return render(request, PAGE, context, status=409)
    response = render(request, f"{PAGE}#sheet", context, status=409)
    return reswap(retarget(response, "#sheet"), "outerHTML")


def typed(form: OperationForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name != "seen_version"}


def sentences(form: OperationForm) -> list[tuple[Any, str]]:
    """The longer texts of a form that can no longer be sent, so that nobody has to type them again."""
    return [
        (form.fields[name].label, value)
        for name, value in form.cleaned_data.items()
        if isinstance(value, str) and value.strip()
    ]


def done(request: SignedIn, pk: int, operation: Operation) -> HttpResponse:
    """After the action: the row's last word, the fresh sheet, or the page anew."""
    fresh = sheet_or_none(request, pk)
    if place := row_of(request):
        return row_done(request, place, pk, operation, fresh)
    if fresh is None:  # such as a duty that now belongs elsewhere
        messages.success(request, _("已%(what)s") % {"what": operation.label})
        home = reverse("home")
        return HttpResponseClientRedirect(home) if request.htmx else redirect(home)
    if request.htmx:
        context = {**page_context(fresh), "done": said_done(operation, fresh), "oob": True}
        response = render(request, f"{PAGE}#sheet", context)
        return reswap(retarget(response, "#sheet"), "outerHTML")
    messages.success(request, said_done(operation, fresh))
    return redirect("assignment", pk)


def sheet_or_none(request: SignedIn, pk: int) -> Sheet | None:
    try:
        return sheet_of(pk, request.actor)
    except Assignment.DoesNotExist:
        return None


def said_done(operation: Operation, sheet: Sheet) -> str:
    """What has happened and what comes next: never only “success”."""
    what = operation.label
    turn = turn_of(sheet)
    return _("已%(what)s。%(next)s") % {"what": what, "next": turn.sentence} if turn.sentence else f"{what}"


def refused(request: SignedIn, sheet: Sheet, operation: Operation) -> HttpResponse:
    """403: the actor may see the object but not do this; say who may."""
    context = {"sheet": sheet, "operation": operation, "who": faces.who_may(operation, sheet)}
    return render(request, "supervision/assignments/refused.html", context, status=403)


# The page


def sheet_page(
    request: SignedIn,
    sheet: Sheet,
    operation: Operation | None = None,
    form: OperationForm | None = None,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    context = page_context(sheet, operation, form, trail=request.GET.get("trail", ""))
    return render(request, PAGE, {**context, "note": note}, status=status)


def page_context(
    sheet: Sheet, operation: Operation | None = None, form: OperationForm | None = None, trail: str = ""
) -> dict[str, Any]:
    lines = [faces.line(one, sheet.trail.units) for one in sheet.trail.of(trail)]
    return {
        **panel_context(sheet, operation, form),
        "now_step": faces.STEP_NOW.get(Stage(sheet.assignment.stage), 1),
        "steps": steps_of(sheet),
        "recent": lines[:RECENT],
        "older": lines[RECENT:],
        "trail_kind": trail,
        "trail_links": trail_links(sheet, trail),
        "papers": letters_on(sheet.assignment, sheet.actor)[:6],
        "may_write": Cap.URGE in sheet.caps,
    }


def trail_links(sheet: Sheet, chosen: str) -> list[tuple[str, str, bool]]:
    """All of the trail, reports and submissions only, or what carries evidence."""
    page = reverse("assignment", args=[sheet.assignment.pk])
    kinds = [("", _("全部")), ("reports", _("反馈")), ("files", _("佐证"))]
    return [
        (
            f"{label} {len(sheet.trail.of(kind))}",
            f"{page}?trail={kind}#trail" if kind else f"{page}#trail",
            kind == chosen,
        )
        for kind, label in kinds
    ]


def panel_context(
    sheet: Sheet, operation: Operation | None = None, form: OperationForm | None = None
) -> dict[str, Any]:
    """The right-hand panel: one form open, every other legal operation as a button."""
    if operation is None and form is None and sheet.recommended not in (None, Operation.REVIEW):
        operation = sheet.recommended
        form = with_issuer(FORMS[operation](sheet=sheet), sheet)
    buttons = [faces.button(one, sheet.assignment.pk, sheet.situation) for one in sheet.operations]
    return {
        "sheet": sheet,
        "told": Told(sheet),
        "one": sheet.assignment,
        "light": sheet.light,
        "turn": turn_of(sheet),
        "operation": operation,
        "form": form,
        "review_url": reverse("assignment-review", args=[sheet.assignment.pk])
        if sheet.recommended is Operation.REVIEW and form is None
        else "",
        "open": next((one for one in buttons if one.operation == operation), None),
        "buttons": [one for one in buttons if one.operation != operation and not one.is_seldom],
        "seldom": [one for one in buttons if one.operation != operation and one.is_seldom],
        "ending": dependents(sheet.assignment) if operation == Operation.CANCEL else [],
    }


@login_required
@require_GET
def pick_units(request: SignedIn) -> HttpResponse:
    """The matches of a unit picker while somebody types."""
    post = request.post
    if post is None:
        raise Http404
    name = request.GET.get("name", "unit")
    many = "many" in request.GET
    picker = shown(
        post.unit.authority,
        name,
        request.GET.get(f"{name}-q", ""),
        as_ids(request.GET.getlist(name)),
        many,
        "external" in request.GET,
    )
    return render(request, "supervision/widgets/units_found.html", {"picker": picker})
