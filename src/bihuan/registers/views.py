"""Registers (台账): a list as one wants to see it, kept as a view, taken along as a file."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.forms import CharField
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from bihuan.kernel import listing
from bihuan.kernel.numbers import as_whole
from bihuan.kernel.workbooks import XLSX
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.views.doors import act, attempt, member, submitted
from bihuan.registers.actions import ask_export, change_view, drop_export, drop_view, save_view
from bihuan.registers.forms import ExportForm, ViewForm
from bihuan.registers.jobs import serve_export
from bihuan.registers.models import Export, SavedView
from bihuan.registers.queries import (
    COUNTED,
    SMALL,
    Asked,
    as_address,
    counted,
    exports_of,
    moved,
    page_of,
    register_named,
    registers_for,
    shares_below,
    understood,
    views_of,
)
from bihuan.ui.wording import say_moment

LATELY = 10  # files on the page of all registers
SHORT = 8  # characters of a text that stays on one line
NARROW, NUMBER = 18, 24  # half-width characters: of a narrow column, and of what stays whole in one (文号)
SHOWN = 120  # characters of a cell on the page; the file has them all
TYPES = {Export.Form.XLSX: XLSX, Export.Form.CSV: "text/csv; charset=utf-8"}


@require_safe
@member
def registers(request: SignedIn) -> HttpResponse:
    """All registers in reach, the reader's views of them, and the files asked for lately."""
    found = registers_for(request.actor)
    if not found:
        raise Http404
    context = {
        "registers": [(one, views_of(one, request.actor)) for one in found],
        "exports": list(exports_of(request.actor)[:LATELY]),
        "person_id": request.actor.person_id,
    }
    return render(request, "registers/registers.html", context)


@require_safe
@member
def register(request: SignedIn, key: str) -> HttpResponse:
    """One register as the address asks for it."""
    asked, view = _asked(request, key, request.GET)
    return _page(request, asked, view)


@require_POST
@member
def view_save(request: SignedIn, key: str) -> HttpResponse:
    """Keep what the page shows under a name."""
    asked, _view = _asked(request, key, QueryDict(request.POST.get("address", "")))
    form = ViewForm(request.POST, below=shares_below(request.actor))
    outcome = submitted(
        request,
        form,
        lambda: save_view(
            actor=request.actor,
            register_key=asked.register.key,
            query=asked.query,
            columns=[column.key for column in asked.columns],
            order=asked.order.key,
            **form.cleaned_data,
        ),
    )
    if outcome.is_done:
        messages.success(request, _("视图已保存"))
        return redirect("register-view", outcome.made_id)
    return _page(request, asked, None, form, status=outcome.status)


@require_safe
@member
def view_open(request: SignedIn, view_id: int) -> HttpResponse:
    """A view leads to the page that it describes."""
    view = get_object_or_404(SavedView.objects.within(request.actor, Cap.VIEW), pk=view_id)
    if register_named(view.register, request.actor) is None:
        raise Http404
    return redirect(_address(view))


@require_http_methods(["GET", "POST"])
@member
def view_edit(request: SignedIn, view_id: int) -> HttpResponse:
    """Rename a view of one's own, share it, or forget it."""
    view = _own_view(request, view_id)
    initial = {"name": view.name, "shared": view.shared}
    form = ViewForm(request.POST or None, initial=initial, below=shares_below(request.actor))
    outcome = submitted(
        request, form, lambda: change_view(view_id=view_id, actor=request.actor, **form.cleaned_data)
    )
    if outcome.is_done:
        messages.success(request, _("视图已修改"))
        return redirect("register-view", view_id)
    context = {"view": view, "form": form, "register": listing.REGISTERS[view.register]}
    return render(request, "registers/view.html", context, status=outcome.status)


@require_POST
@member
def view_update(request: SignedIn, view_id: int) -> HttpResponse:
    """Let one's own view show what the page shows now."""
    view = _own_view(request, view_id)
    asked, _view = _asked(request, view.register, QueryDict(request.POST.get("address", "")))
    keys = [column.key for column in asked.columns]
    act(
        request,
        lambda: change_view(
            view_id=view_id, actor=request.actor, query=asked.query, columns=keys, order=asked.order.key
        ),
        _("视图已修改"),
    )
    return redirect("register-view", view_id)


@require_POST
@member
def view_drop(request: SignedIn, view_id: int) -> HttpResponse:
    """Forget a view of one's own."""
    view = _own_view(request, view_id)
    act(request, lambda: drop_view(view_id=view_id, actor=request.actor), _("视图已删除"))
    return redirect("register", view.register)


@require_http_methods(["GET", "POST"])
@member
def export_new(request: SignedIn, key: str) -> HttpResponse:
    """Choose heading, format and paper; what is small is there at once, the rest is written by a job."""
    given = QueryDict(request.POST.get("address", "")) if request.method == "POST" else request.GET
    asked, view = _asked(request, key, given)
    title = view.name if view else str(asked.register.title)
    form = ExportForm(request.POST or None, initial={"title": title, "form": Export.Form.XLSX, "paper": ""})
    outcome = submitted(
        request,
        form,
        lambda: ask_export(
            actor=request.actor,
            register_key=asked.register.key,
            query=asked.query,
            columns=[column.key for column in asked.columns],
            order=asked.order.key,
            **form.words(),
        ),
    )
    rows = counted(asked, SMALL)
    if outcome.is_done and outcome.made_id:
        if rows <= SMALL:
            serve_export(outcome.made_id)
        return redirect(f"{reverse('export', args=[outcome.made_id])}?now=1")
    context = {"asked": asked, "form": form, "rows": rows, "small": SMALL, "address": asked.address()}
    return render(request, "registers/export_new.html", context, status=outcome.status)


@require_safe
@member
def export(request: SignedIn, export_id: int) -> HttpResponse:
    """How far a file is, and where to fetch it; asks again by itself until it is there."""
    found = _own_export(request, export_id)
    if request.htmx and "now" in request.GET and found.state == Export.State.DONE:
        return HttpResponseClientRefresh()  # whose page then begins to fetch the file
    context = {
        "export": found,
        "at_once": "now" in request.GET and found.state == Export.State.DONE and not request.htmx,
        "register": listing.REGISTERS.get(found.register),
        "address": as_address(found),  # type: ignore[arg-type]
    }
    part = "#progress" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"registers/export.html{part}", context)


@require_safe
@member
def export_file(request: SignedIn, export_id: int) -> HttpResponseBase:
    """The file itself, while it is kept."""
    found = _own_export(request, export_id)
    if found.state != Export.State.DONE or not default_storage.exists(found.stored):
        raise Http404
    name = f"{found.title}-{found.asked_at:%Y%m%d}.{found.form}"
    kind = TYPES[Export.Form(found.form)]
    return FileResponse(
        default_storage.open(found.stored), as_attachment=True, filename=name, content_type=kind
    )


@require_POST
@member
def export_drop(request: SignedIn, export_id: int) -> HttpResponse:
    """Remove one's own file, or give up waiting for it."""
    _own_export(request, export_id)
    attempt(lambda: drop_export(export_id=export_id, actor=request.actor))
    messages.success(request, _("文件已删除"))
    return redirect("registers")


# What the pages are made of


@dataclass(frozen=True)
class Shown:
    """A cell as the page says it."""

    text: str
    is_number: bool = False
    is_short: bool = False  # kept on one line
    url: str = ""
    whole: str = ""  # where the text was cut off


def _page(
    request: SignedIn, asked: Asked, view: SavedView | None, form: ViewForm | None = None, status: int = 200
) -> HttpResponse:
    places = {name: request.GET.get(name, "") for name in ("after", "before")}
    page = page_of(asked, as_whole(request.GET.get("page", "")) or 1, **places)
    if not page.lines:  # all behind the place is gone meanwhile
        page = page_of(asked)
    mine = bool(view and view.owner_id == request.actor.person_id)
    chosen = {column.key for column in asked.columns}
    here = reverse("register", args=[asked.register.key])
    for field in asked.form.fields.values():
        if isinstance(field, CharField):
            field.widget.attrs.setdefault("placeholder", field.label)
    context = {
        "asked": asked,
        "register": asked.register,
        "page": page,
        "counted": COUNTED,
        "rows": [(line.key, _cells(asked, line)) for line in page.lines],
        "picks": [(column, True) for column in asked.columns]
        + [(column, False) for column in asked.register.columns if column.key not in chosen],
        "places": [
            (column, moved(asked, column.key, -1), moved(asked, column.key, 1)) for column in asked.columns
        ],
        "hidden": [bound for bound in asked.form if bound.is_hidden],
        "fields": [bound for bound in asked.form if not bound.is_hidden],
        "moving": "moving" in request.GET,  # a column was just moved: the panel stays open for the next
        "kept": QueryDict(asked.query).lists(),
        "cols": QueryDict(asked.address()).getlist("col"),
        "address": asked.address(),
        "here": here,
        "view": view,
        "mine": mine,
        "is_other": bool(
            view
            and asked.address()
            != understood(asked.register, asked.actor, QueryDict(as_address(view))).address()
        ),
        "views": views_of(asked.register, request.actor),
        "form": form or ViewForm(below=shares_below(request.actor)),
        "min_width": f"{max(36, sum(column.width for column in asked.columns) * 6 // 9)}rem",
        "previous": f"{here}?{asked.address(before=page.before, page=page.number - 1)}"
        if page.before
        else "",
        "next": f"{here}?{asked.address(after=page.after, page=page.number + 1)}" if page.after else "",
    }
    part = "#list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"registers/register.html{part}", context, status=status)


def _asked(request: SignedIn, key: str, given: QueryDict) -> tuple[Asked, SavedView | None]:
    found = register_named(key, request.actor)
    if found is None:
        raise Http404
    number = as_whole(given.get("view", ""))
    views = SavedView.objects.within(request.actor, Cap.VIEW).filter(register=key)
    view = views.filter(pk=number).first() if number else None
    return understood(found, request.actor, given, view), view


def _address(view: SavedView) -> str:
    """The page that a view describes; it is named in the address, so that the page can say so."""
    said = QueryDict(as_address(view), mutable=True)
    said["view"] = str(view.pk)
    return f"{reverse('register', args=[view.register])}?{said.urlencode()}"


def _own_view(request: SignedIn, view_id: int) -> SavedView:
    view = get_object_or_404(SavedView.objects.within(request.actor, Cap.HANDLE), pk=view_id)
    if register_named(view.register, request.actor) is None:
        raise Http404
    return view


def _own_export(request: SignedIn, export_id: int) -> Export:
    return get_object_or_404(Export.objects.within(request.actor, Cap.VIEW), pk=export_id)


def _cells(asked: Asked, line: listing.Line) -> list[Shown]:
    url = asked.register.url(line.key) if asked.register.url else ""
    return [
        _shown(value, url if column.leads else "", is_narrow=column.width <= NARROW)
        for column, value in zip(asked.columns, line.cells, strict=True)
    ]


def _shown(value: Any, url: str, *, is_narrow: bool) -> Shown:
    if isinstance(value, datetime):
        return Shown(say_moment(value), is_short=True)
    if isinstance(value, date):
        return Shown(value.isoformat(), is_short=True)
    if isinstance(value, bool):
        return Shown("✓" if value else "")
    if value is None or isinstance(value, str):
        text = value or ""
        return Shown(
            f"{text[:SHOWN]}…" if len(text) > SHOWN else text,
            is_short=len(text) <= SHORT or (is_narrow and _half_widths(text) <= NUMBER),
            url=url,
            whole=text if len(text) > SHOWN else "",
        )
    return Shown(f"{value}", is_number=True, url=url)


def _half_widths(text: str) -> int:
    return sum(1 if one.isascii() else 2 for one in text)
