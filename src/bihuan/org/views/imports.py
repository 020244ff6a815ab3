"""Tables in and out: template, export, upload, preview, confirmation."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org import actions
from bihuan.org.forms import UploadForm
from bihuan.org.middleware import SignedIn
from bihuan.org.models import ImportDraft
from bihuan.org.queries import importing
from bihuan.org.roles import Cap
from bihuan.org.rules import people_table, unit_table
from bihuan.org.scope import has
from bihuan.org.views.doors import act, holding, submitted

SHOWN = 200  # rows of each kind in a preview
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Subject:
    """What a table is about: units or people."""

    key: str
    cap: Cap
    title: str | Promise
    columns: Any
    sheet: Any
    template: Any
    back: str


SUBJECTS = {
    "units": Subject(
        "units",
        Cap.MANAGE_UNITS,
        gettext_lazy("导入机构"),
        unit_table.COLUMNS,
        importing.unit_sheet,
        importing.unit_template,
        "units",
    ),
    "people": Subject(
        "people",
        Cap.MANAGE_POSTS,
        gettext_lazy("导入人员"),
        people_table.COLUMNS,
        importing.people_sheet,
        importing.people_template,
        "people",
    ),
}
importer = holding(Cap.MANAGE_UNITS, Cap.MANAGE_POSTS)


@require_http_methods(["GET", "POST"])
@importer
def upload(request: SignedIn, subject: str) -> HttpResponse:
    """Choose a file; it is read at once and nothing is taken over yet."""
    what = _subject(request, subject)
    form = UploadForm(request.POST or None, request.FILES or None)

    def deed() -> ImportDraft:
        file = form.cleaned_data["file"]
        return actions.upload_import(
            actor=request.actor, subject=subject, file_name=file.name, content=file.read()
        )

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        return redirect("import", outcome.made_id)
    waiting = importing.drafts_of(request.actor).filter(subject=subject).order_by("-id")[:5]
    context = {"what": what, "form": form, "drafts": waiting}
    return render(request, "org/import_upload.html", context, status=outcome.status)


@require_safe
@importer
def preview(request: SignedIn, pk: int) -> HttpResponse:
    """What the uploaded table would do; after it was taken over, what it did."""
    return preview_page(request, _draft(request, pk))


@require_POST
@importer
def confirm(request: SignedIn, pk: int) -> HttpResponse:
    """Take the table over, all of it or nothing."""
    draft = _draft(request, pk)
    deed = actions.import_units if draft.subject == ImportDraft.Subject.UNITS else actions.import_people
    try:
        deed(draft_id=pk, actor=request.actor, seen_digest=request.POST.get("digest", ""))
    except AlreadyDone:
        pass
    except DomainError as refusal:
        return preview_page(request, _draft(request, pk), refusal=str(refusal), status=409)
    return redirect("import", pk)


@require_POST
@importer
def discard(request: SignedIn, pk: int) -> HttpResponse:
    draft = _draft(request, pk)
    said = _("已放弃，没有导入任何内容")
    act(request, lambda: actions.discard_import(draft_id=pk, actor=request.actor), said)
    return redirect("import-new", draft.subject)


@require_safe
@importer
def export(request: SignedIn, subject: str) -> HttpResponse:
    """What there is, as the table that can be imported again."""
    what = _subject(request, subject)
    name = f"{subject}-{clock.today().isoformat()}.xlsx"
    return _file(what.sheet(request.actor), name)


@require_safe
@importer
def template(request: SignedIn, subject: str) -> HttpResponse:
    return _file(_subject(request, subject).template(), f"{subject}-template.xlsx")


def preview_page(
    request: SignedIn, draft: ImportDraft, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"draft": draft, "what": SUBJECTS[draft.subject], "refusal": refusal}
    if draft.content is not None:
        try:
            context |= _planned(draft, request)
        except DomainError as unreadable:
            context["refusal"] = str(unreadable)
    return render(request, "org/import.html", context, status=status)


def _planned(draft: ImportDraft, request: SignedIn) -> dict[str, Any]:
    plan = importing.plan_of(draft, request.actor)
    return {
        "plan": plan,
        "counts": [
            (_("新增"), len(plan.added), ""),
            (_("变更"), len(plan.changed), ""),
            (_("无变化"), plan.unchanged, ""),
            (_("错误"), len(plan.errors), "r" if plan.errors else ""),
        ],
        "errors": plan.errors[:SHOWN],
        "added": plan.added[:SHOWN],
        "changed": plan.changed[:SHOWN],
        "does_something": bool(plan.added or plan.changed or getattr(plan, "corrected", None)),
    }


def _subject(request: SignedIn, key: str) -> Subject:
    what = SUBJECTS.get(key)
    if what is None or not has(request.actor, what.cap):
        raise Http404(key)
    return what


def _draft(request: SignedIn, pk: int) -> ImportDraft:
    draft = get_object_or_404(importing.drafts_of(request.actor), pk=pk)
    _subject(request, draft.subject)
    return draft


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
