"""How lists come in and go out: a new plan from a file, another plan or by hand; spreadsheets both ways."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.kernel.errors import NotPermitted
from bihuan.kernel.numbers import as_whole
from bihuan.kernel.sheets import Sheet, write_sheet
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where
from bihuan.supervision.actions import planning, shaping
from bihuan.supervision.actions.shaping import Row
from bihuan.supervision.forms.drafts import HeaderForm
from bihuan.supervision.forms.imports import DocumentForm, FollowForm, SheetForm
from bihuan.supervision.models import Plan
from bihuan.supervision.nodes import Header
from bihuan.supervision.queries import spreadsheets
from bihuan.supervision.queries.drafts import with_details
from bihuan.supervision.queries.spreadsheets import Imported
from bihuan.supervision.views.answers import plan_for, run

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "supervision.draft-sheet"
LARGEST_PARCEL = 2_000_000  # what a form may carry from the preview to the import


@login_required
@require_safe
def new(request: SignedIn) -> HttpResponse:
    """The ways in which a plan may begin (新建方案)."""
    return ways(request, drafter(request))


@login_required
@require_POST
def from_document(request: SignedIn) -> HttpResponse:
    """Read a document, or a list in our spreadsheet, into a draft (从文件导入)."""
    unit = drafter(request)
    form = DocumentForm(request.POST, request.FILES, owner=unit)
    if not form.is_valid():
        return ways(request, unit, status=422, document=form)
    if form.sheet is not None:
        return from_sheet(request, unit, form)
    plan, status = run(
        form,
        planning.draft_plan,
        actor=request.actor,
        header=form.draft.header,
        tree=form.draft.tree,
        source_text=form.draft.source_text,
        unread=form.draft.unread,
    )
    return begun(request, plan, unit, form, status)


@login_required
@require_POST
def by_hand(request: SignedIn) -> HttpResponse:
    """Begin with the head alone (手工新建)."""
    unit = drafter(request)
    form = HeaderForm(request.POST, office=unit if unit.authority_id != unit.pk else None)
    if not form.is_valid():
        return ways(request, unit, status=422, header=form)
    plan, status = run(form, planning.draft_plan, actor=request.actor, header=form.header())
    if status != 200:
        return ways(request, unit, status=status, header=form)
    return redirect("draft", plan.pk) if plan else redirect("plans")


@login_required
@require_POST
def from_plan(request: SignedIn) -> HttpResponse:
    """Begin with the list of another plan (沿用)."""
    unit = drafter(request)
    form = FollowForm(request.POST, plans=own_plans(request))
    if not form.is_valid():
        return ways(request, unit, status=422, follow=form)
    given = form.cleaned_data
    plan, status = run(
        form,
        planning.roll_forward,
        plan_id=given["plan"].pk,
        actor=request.actor,
        title=given["title"],
        months=12 if given["dates"] == FollowForm.LATER else None,
    )
    if status != 200:
        return ways(request, unit, status=status, follow=form)
    return redirect("draft", plan.pk) if plan else redirect("plans")


@login_required
@require_safe
def blank_sheet(request: SignedIn) -> HttpResponse:
    """The spreadsheet to fill for a new list (空白模板)."""
    drafter(request)
    columns = spreadsheets.COLUMNS
    choices = {n + 2: column.choices for n, column in enumerate(columns) if column.choices}
    widths = [10, 6, *(column.width for column in columns)]
    content = write_sheet(_("清单"), spreadsheets.headings(), [], widths=widths, choices=choices)
    return attachment(content, _("清单模板"))


@login_required
@require_safe
def plan_sheet(request: SignedIn, plan_id: int) -> HttpResponse:
    """The list as a spreadsheet; edited, a draft's comes back by `draft_sheet` (导出)."""
    plan = plan_for(request, plan_id)
    names, rows, widths, choices = spreadsheets.sheet_of(plan, request.actor)
    return attachment(write_sheet(_("清单"), names, rows, widths=widths, choices=choices), plan.title)


@login_required
@require_http_methods(["GET", "POST"])
def draft_sheet(request: SignedIn, plan_id: int) -> HttpResponse:
    """An edited spreadsheet into its draft: read, shown with what would change, then imported whole or not at all."""
    plan = plan_for(request, plan_id, Cap.DRAFT)
    if plan.stage != Plan.Stage.DRAFT:
        return redirect("plan", plan_id)
    if request.method == "GET":
        return sheet_page(request, plan, SheetForm())
    if "parcel" in request.POST:
        return import_sheet(request, plan)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return sheet_page(request, plan, form, status=422)
    found = read_against(plan, form.sheet)
    if found.faults:
        return sheet_page(request, plan, form, status=422, found=found)
    parcel = signing.dumps([plan.pk, [list(row) for row in form.sheet.rows]], salt=SALT, compress=True)
    if len(parcel) > LARGEST_PARCEL:
        form.add_error("file", _("表格内容太多，请分成几份导入"))
        return sheet_page(request, plan, form, status=422)
    items = list(with_details(plan.items.all()).order_by("position"))
    context = {"preview": spreadsheets.preview(found, items), "parcel": parcel}
    return sheet_page(request, plan, form, found=found, **context)


def import_sheet(request: SignedIn, plan: Plan) -> HttpResponse:
    """Carry out what the preview showed, unless the draft has changed since."""
    form = SheetForm()
    refusal = Form(request.POST)
    try:
        plan_id, rows = signing.loads(request.POST["parcel"], salt=SALT, max_age=24 * 3600)
    except signing.BadSignature:
        plan_id, rows = None, []
    if plan_id != plan.pk:
        refusal.add_error(None, _("这份预览已经失效，请重新选择文件"))
        return sheet_page(request, plan, form, status=409, refusal=refusal)
    found = read_against(plan, Sheet(rows))
    if found.faults:
        return sheet_page(request, plan, form, status=409, found=found)
    _done, status = run(
        refusal,
        shaping.put_rows,
        plan_id=plan.pk,
        actor=request.actor,
        rows=[Row(line.depth, line.node, line.item_id, found.fields) for line in found.lines],
        seen_version=as_whole(request.POST.get("seen_version", "")),
    )
    if status != 200:
        return sheet_page(request, plan, form, status=409, refusal=refusal)
    messages.success(request, _("已导入 %(n)d 条") % {"n": len(found.lines)})
    return redirect("draft", plan.pk)


def from_sheet(request: SignedIn, unit: Unit, form: DocumentForm) -> HttpResponse:
    """A new plan from our own spreadsheet; with a single fault there is none."""
    found = spreadsheets.imported(form.sheet, unit.own_authority)
    if found.faults:
        form.add_error(
            "file", _("表里有 %(n)d 处没有读懂，都列在下面；改好后再选一次") % {"n": len(found.faults)}
        )
        return ways(request, unit, status=422, document=form, found=found)
    title = form.cleaned_data["file"].name.rpartition(".")[0][:200]
    tree = spreadsheets.tree_of_lines(found.lines)
    plan, status = run(form, planning.draft_plan, actor=request.actor, header=Header(title), tree=tree)
    return begun(request, plan, unit, form, status)


def begun(request: SignedIn, plan: Plan | None, unit: Unit, form: DocumentForm, status: int) -> HttpResponse:
    """On to the editor, or back to the file."""
    if status != 200:
        return ways(request, unit, status=status, document=form)
    if plan is None:
        return redirect("plans")
    messages.success(request, _("读出 %(n)d 条，请逐条核对") % {"n": plan.items.count()})
    return redirect("draft", plan.pk)


def ways(request: SignedIn, unit: Unit, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page with all ways to begin; the one that was refused keeps what was typed."""
    plans = own_plans(request)
    office = unit if unit.authority_id != unit.pk else None
    context = {
        "document": DocumentForm(owner=unit),
        "follow": FollowForm(plans=plans, initial={"plan": request.GET.get("follow")}),
        "header": HeaderForm(office=office),
        "has_plans": plans.exists(),
    }
    return render(request, "supervision/drafts/new.html", context | forms, status=status)


def sheet_page(
    request: SignedIn, plan: Plan, form: SheetForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"plan": plan, "form": form, "here": reverse("draft-sheet", args=[plan.pk])} | more
    return render(request, "supervision/drafts/sheet.html", context, status=status)


def read_against(plan: Plan, sheet: Sheet) -> Imported:
    return spreadsheets.imported(sheet, plan.issuer, list(with_details(plan.items.all())))


def drafter(request: SignedIn) -> Unit:
    """The unit for which the reader may draft, or 403."""
    unit = Unit.objects.select_related("authority").filter(
        pk=request.actor.unit_id, pk__in=units_where(request.actor, Cap.DRAFT)
    )
    found = unit.first()
    if found is None:
        raise PermissionDenied(str(NotPermitted.message))
    return found


def own_plans(request: SignedIn) -> Any:
    return Plan.objects.within(request.actor, Cap.DRAFT).order_by("-pk")


def attachment(content: bytes, name: str) -> HttpResponse:
    """A spreadsheet to keep, under a name in Chinese."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    return response
