"""The tree editor of a draft (草案): row by row, by selection, by structure; with scripts a little quicker."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org.actions import remember_alias
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.actions import planning, shaping
from bihuan.supervision.forms.drafts import AddForm, BulkForm, HeaderForm, ItemForm, NamesForm, SplitForm
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.nodes import Aim, Node, titled
from bihuan.supervision.outlines import Place, Shift, branch
from bihuan.supervision.queries import drafts as read
from bihuan.supervision.queries.matching import suggestions_for
from bihuan.supervision.views.answers import plan_for, run

PAGE = "supervision/drafts/draft.html"
ROW = "supervision/drafts/row.html"


@login_required
@require_safe
def draft(request: SignedIn, plan_id: int) -> HttpResponse:
    """A draft with its source beside it; `edit` opens a row, `show` leaves what still lacks something."""
    plan = draft_for(request, plan_id)
    return draft_page(request, plan, edit=as_whole(request.GET.get("edit", "")))


@login_required
@require_http_methods(["GET", "POST"])
def header(request: SignedIn, plan_id: int) -> HttpResponse:
    """The head of the draft (方案信息)."""
    plan = draft_for(request, plan_id)
    form = HeaderForm(request.POST or None, plan=plan)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            _done, status = run(
                form,
                planning.edit_plan,
                plan_id=plan_id,
                actor=request.actor,
                header=form.header(),
                seen_version=form.cleaned_data["seen_version"],
            )
            if status == 200:
                messages.success(request, _("方案信息已保存"))
                return redirect("draft", plan_id)
        status = 422 if status == 200 else status
    return render(request, "supervision/drafts/header.html", {"plan": plan, "form": form}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def item(request: SignedIn, plan_id: int, item_id: int) -> HttpResponse:
    """One row: GET opens it (or closes it again, `?closed`), POST saves it."""
    plan = draft_for(request, plan_id)
    found = item_of(plan, item_id)
    if request.method == "GET":
        form = None if "closed" in request.GET else ItemForm(plan=plan, item=found)
        return row_answer(request, plan, found, form)
    form = ItemForm(request.POST, plan=plan, item=found)
    status = 422
    if form.is_valid():
        _done, status = run(
            form,
            shaping.edit_item,
            plan_id=plan_id,
            actor=request.actor,
            item_id=item_id,
            change=form.change(),
            seen=form.cleaned_data["seen"],
        )
        if status == 200:
            return row_saved(request, plan_id, item_id)
    return row_answer(request, plan, found, form, status)


@login_required
@require_POST
def add(request: SignedIn, plan_id: int) -> HttpResponse:
    """A new item at the end, behind a row or below it; opens at once for the rest."""
    plan = draft_for(request, plan_id)
    form = AddForm(request.POST)
    status = 422
    made = None
    if form.is_valid():
        made, status = run(
            form,
            shaping.insert_item,
            plan_id=plan_id,
            actor=request.actor,
            node=form.node(),
            after_id=form.cleaned_data["after"],
            below=form.cleaned_data["below"],
        )
    return structure_answer(request, plan, form, status, edit=made.pk if made else None)


@login_required
@require_POST
def shift(request: SignedIn, plan_id: int) -> HttpResponse:
    """The chosen branches a level or a place elsewhere."""
    plan = draft_for(request, plan_id)
    chosen = chosen_ids(request, plan)
    where = request.POST.get("shift", "")
    form = Form(request.POST)
    if not chosen or where not in Shift.values:
        form.add_error(None, _("请先勾选要移动的条目"))
        return structure_answer(request, plan, form, 422)
    _done, status = run(
        form,
        shaping.shift_items,
        plan_id=plan_id,
        actor=request.actor,
        item_ids=chosen,
        shift=where,
        seen_version=seen_version(request),
    )
    return structure_answer(request, plan, form, status, edit=opened(request), focus=chosen[0])


@login_required
@require_POST
def merge(request: SignedIn, plan_id: int, item_id: int) -> HttpResponse:
    """A row into the one before it (并入上一条)."""
    plan = draft_for(request, plan_id)
    item_of(plan, item_id)
    form = Form(request.POST)
    kept, status = run(
        form,
        shaping.merge_item,
        plan_id=plan_id,
        actor=request.actor,
        item_id=item_id,
        seen_version=seen_version(request),
    )
    return structure_answer(request, plan, form, status, edit=kept.pk if kept else item_id)


@login_required
@require_http_methods(["GET", "POST"])
def split(request: SignedIn, plan_id: int, item_id: int) -> HttpResponse:
    """A row into several (拆分)."""
    plan = draft_for(request, plan_id)
    found = item_of(plan, item_id)
    form = SplitForm(request.POST or None, initial={"lines": SplitForm.proposed(found)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            born, status = run(
                form,
                shaping.split_item,
                plan_id=plan_id,
                actor=request.actor,
                item_id=item_id,
                lines=form.cleaned_data["lines"].splitlines(),
            )
            if status == 200:
                messages.success(request, _("已拆成 %(n)d 条") % {"n": len(born or [])})
                return redirect(anchor(plan_id, item_id))
    context = {"plan": plan, "item": found, "form": form}
    return render(request, "supervision/drafts/split.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: SignedIn, plan_id: int, item_id: int) -> HttpResponse:
    """A row with everything below it (删除条目), asked for once more because the words are gone then."""
    plan = draft_for(request, plan_id)
    found = item_of(plan, item_id)
    outline = [Place(one.pk, one.depth) for one in plan.items.order_by("position")]
    below = len(branch(outline, item_id)) - 1
    if request.method == "POST":
        run(None, planning.remove_item, plan_id=plan_id, actor=request.actor, item_id=item_id)
        messages.success(request, _("已删除“%(title)s”") % {"title": found.title})
        return redirect("draft", plan_id)
    context = {"plan": plan, "item": found, "below": below}
    return render(request, "supervision/drafts/remove.html", context)


@login_required
@require_POST
def bulk(request: SignedIn, plan_id: int) -> HttpResponse:
    """Units, deadline and the rest for a whole selection: what would change is shown before it does (批量设置)."""
    plan = draft_for(request, plan_id)
    chosen = chosen_ids(request, plan)
    if not chosen:
        form = Form(request.POST)
        form.add_error(None, _("请先勾选条目"))
        return structure_answer(request, plan, form, 422)
    asked = "apply" in request.POST
    form = BulkForm(request.POST if asked else None, plan=plan, initial={"seen_version": plan.version})
    status = 200
    if asked:
        status = 422
        if form.is_valid():
            change = form.change()
            _done, status = run(
                form,
                planning.edit_items,
                plan_id=plan_id,
                actor=request.actor,
                changes=dict.fromkeys(chosen, change),
                seen_version=form.cleaned_data["seen_version"],
            )
            if status == 200:
                said = ngettext("已设置 %(n)d 条", "已设置 %(n)d 条", len(chosen)) % {"n": len(chosen)}
                messages.success(request, said)
                return redirect("draft", plan_id)
    items = read.with_details(plan.items.filter(pk__in=chosen)).order_by("position")
    context = {"plan": plan, "form": form, "rows": [read.row_of(one, True, [], 0) for one in items]}
    return render(request, "supervision/drafts/bulk.html", context, status=status)


@login_required
@require_POST
def confirm(request: SignedIn, plan_id: int) -> HttpResponse:
    """What was read about the chosen rows is right (核对无误)."""
    plan = draft_for(request, plan_id)
    chosen = chosen_ids(request, plan)
    form = Form(request.POST)
    _done, status = run(form, shaping.confirm_items, plan_id=plan_id, actor=request.actor, item_ids=chosen)
    return structure_answer(request, plan, form, status)


@login_required
@require_POST
def names(request: SignedIn, plan_id: int) -> HttpResponse:
    """What the open names mean, for the whole list at once (对应单位)."""
    plan = draft_for(request, plan_id)
    form = NamesForm(request.POST, names=read.open_names(plan), owner=plan.issuer)
    status = 422
    if form.is_valid():
        settled = form.settled()
        if not settled:
            form.add_error(None, _("请先给至少一个名称选好对应的单位"))
        else:
            remembered = form.remembered()
            _done, status = run(
                form, shaping.settle_names, plan_id=plan_id, actor=request.actor, names=settled
            )
            if status == 200:
                remember(request, remembered)
                return structure_answer(request, plan, Form(), 200)
    if request.htmx:
        return body(request, plan, names_form=form, status=status)
    return draft_page(request, plan, names_form=form, status=status)


@login_required
@require_POST
def passage(request: SignedIn, plan_id: int, passage_id: int) -> HttpResponse:
    """An unread passage becomes an item, or is none (未读段落)."""
    plan = draft_for(request, plan_id)
    found = get_object_or_404(plan.source.passages, pk=passage_id)
    form = Form(request.POST)
    words = plan.source.text[found.span_start : found.span_end].strip()
    made = None
    if "item" in request.POST:
        title, text = titled(words)
        made, status = run(
            form,
            shaping.insert_item,
            plan_id=plan_id,
            actor=request.actor,
            node=Node(title, text=text),
            passage_id=passage_id,
        )
    else:
        _done, status = run(
            form, shaping.settle_passage, plan_id=plan_id, actor=request.actor, passage_id=passage_id
        )
    return structure_answer(request, plan, form, status, edit=made.pk if made else None)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: SignedIn, plan_id: int) -> HttpResponse:
    """The whole draft (删除草案)."""
    plan = draft_for(request, plan_id)
    if request.method == "POST":
        run(None, planning.delete_draft, plan_id=plan_id, actor=request.actor)
        messages.success(request, _("草案“%(title)s”已删除") % {"title": plan.title})
        return redirect("plans")
    return render(request, "supervision/drafts/delete.html", {"plan": plan, "count": plan.items.count()})


@login_required
@require_safe
def suggest(request: SignedIn, plan_id: int) -> HttpResponse:
    """Units and groups that the name being typed may mean."""
    plan = plan_for(request, plan_id, Cap.DRAFT)
    typed = request.GET.get("q", "")[-60:]
    context = {"found": suggestions_for(typed, plan.issuer), "typed": typed}
    return render(request, "supervision/drafts/suggestions.html", context)


def draft_for(request: SignedIn, plan_id: int) -> Plan:
    """The plan if it may be drafted by the reader; what was issued is told apart by the actions."""
    return plan_for(request, plan_id, Cap.DRAFT)


def item_of(plan: Plan, item_id: int) -> Item:
    return get_object_or_404(read.with_details(plan.items.all()), pk=item_id)


def draft_page(
    request: SignedIn,
    plan: Plan,
    *,
    edit: int | None = None,
    form: ItemForm | None = None,
    names_form: NamesForm | None = None,
    refusal: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, with one row open where asked for."""
    if plan.stage != Plan.Stage.DRAFT:
        return redirect("plan", plan.pk)
    context = page_context(request, plan, edit=edit, form=form, names_form=names_form, refusal=refusal)
    return render(request, PAGE, context, status=status)


def body(request: SignedIn, plan: Plan, *, status: int = 200, **more: Any) -> HttpResponse:
    """Everything but the source, for a change of the structure."""
    return render(request, f"{PAGE}#body", page_context(request, plan, **more), status=status)


def page_context(
    request: SignedIn,
    plan: Plan,
    *,
    edit: int | None = None,
    form: ItemForm | None = None,
    names_form: NamesForm | None = None,
    refusal: Form | None = None,
    focus: int | None = None,
) -> dict[str, Any]:
    view = read.draft_view(plan)
    show = request.GET.get("show", "") or request.POST.get("show", "")
    by_id: Mapping[int, read.Row] = {row.item.pk: row for row in view.rows}
    if edit is not None and edit in by_id and form is None:
        form = ItemForm(plan=plan, item=by_id[edit].item)
    return {
        "plan": plan,
        "view": view,
        "rows": view.filtered(show),
        "show": show,
        "filters": filters(plan, view, show),
        "edit": edit,
        "form": form,
        "focus": focus,
        "refusal": refusal,
        "names": names_form or NamesForm(names=view.names, owner=plan.issuer),
        "segments": read.segments(plan.source.text, read.marks_of(view)) if plan.source.text else [],
        "shifts": Shift,
        "unread": [(one, plan.source.text[one.span_start : one.span_end].strip()) for one in view.passages],
    }


def filters(plan: Plan, view: read.DraftView, show: str) -> list[tuple[str, str, bool]]:
    """What can be picked out of the list: label, address, whether it is."""
    here = reverse("draft", args=[plan.pk])
    found = [(_("全部 %(n)d") % {"n": len(view.rows)}, here, not show)]
    if view.unlooked:
        label = _("待核对 %(n)d") % {"n": view.unlooked}
        found.append((label, f"{here}?show=guessed", show == "guessed"))
    for code, label, n in view.kinds():
        found.append((f"{label} {n}", f"{here}?show={code}", show == code))
    return found


def row_answer(
    request: SignedIn, plan: Plan, found: Item, form: ItemForm | None, status: int = 200
) -> HttpResponse:
    """A row open or closed: alone for htmx, within the page otherwise."""
    if not request.htmx:
        if form is None:
            return redirect(anchor(plan.pk, found.pk))
        return draft_page(request, plan, edit=found.pk, form=form, status=status)
    context = {"plan": plan, "row": row_now(plan, found), "form": form, "shifts": Shift}
    return render(request, ROW, context, status=status)


def row_saved(request: SignedIn, plan_id: int, item_id: int) -> HttpResponse:
    """The row as it is now, and beside it the counts that have changed."""
    if not request.htmx:
        return redirect(anchor(plan_id, item_id))
    plan = draft_for(request, plan_id)
    view = read.draft_view(plan)
    row = next(one for one in view.rows if one.item.pk == item_id)
    show = request.POST.get("show", "")
    context = {"plan": plan, "row": row, "view": view, "show": show, "filters": filters(plan, view, show)}
    content = render_to_string(ROW, context | {"focus": item_id}, request)
    content += render_to_string("supervision/drafts/aside.html", context | {"oob": True}, request)
    return HttpResponse(content)


def structure_answer(
    request: SignedIn,
    plan: Plan,
    form: Form,
    status: int,
    *,
    edit: int | None = None,
    focus: int | None = None,
) -> HttpResponse:
    """The list after its shape changed, or was refused to change."""
    plan = draft_for(request, plan.pk)
    refusal = form if form.errors else None
    if request.htmx:
        return body(request, plan, edit=edit, refusal=refusal, focus=focus, status=status)
    if refusal:
        return draft_page(request, plan, edit=edit, refusal=refusal, status=status)
    if edit:
        return redirect(reverse("draft", args=[plan.pk]) + f"?edit={edit}#item-{edit}")
    return redirect(anchor(plan.pk, focus) if focus else reverse("draft", args=[plan.pk]))


def row_now(plan: Plan, found: Item) -> read.Row:
    gaps = [gap for gap in read.gaps_of(plan) if gap.item_id == found.pk]
    is_leaf = not found.children.exists()
    return read.row_of(found, is_leaf, gaps, found.grounds.filter(confirmed=False).count())


def remember(request: SignedIn, aims: list[Aim]) -> None:
    """Keep names as aliases from now on; where that is refused it is said, and the list keeps what it has."""
    for aim in aims:
        try:
            remember_alias(
                actor=replace(request.actor, request_id=uuid5(request.actor.request_id, aim.written)),
                name=aim.written,
                unit_id=aim.unit_id,
                group_id=aim.group_id,
            )
        except AlreadyDone:
            continue
        except DomainError as refusal:
            messages.warning(request, str(refusal.message))


def chosen_ids(request: SignedIn, plan: Plan) -> list[int]:
    """The rows that were ticked, in the order of the list."""
    wanted = as_wholes(request.POST.getlist("selected"))
    rows = plan.items.filter(pk__in=wanted).order_by("position")
    return list(rows.values_list("pk", flat=True))


def seen_version(request: SignedIn) -> int | None:
    return as_whole(request.POST.get("seen_version", ""))


def opened(request: SignedIn) -> int | None:
    return as_whole(request.POST.get("edit", ""))


def anchor(plan_id: int, item_id: int) -> str:
    return reverse("draft", args=[plan_id]) + f"#item-{item_id}"
