"""Named groups of units."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole
from bihuan.org import actions
from bihuan.org.forms import GroupForm
from bihuan.org.groups import members_of, owners_for
from bihuan.org.middleware import SignedIn
from bihuan.org.models import UnitGroup
from bihuan.org.queries.trail import trail_of
from bihuan.org.roles import Cap
from bihuan.org.views.doors import act, attempt, holding, submitted
from bihuan.ui.paging import paged

keeper = holding(Cap.DRAFT, Cap.MANAGE_UNITS)


@require_safe
@keeper
def groups(request: SignedIn) -> HttpResponse:
    """The groups the reader keeps (单位组)."""
    rows = _kept(request).select_related("owner").order_by("owner__sort_order", "owner__pinyin", "name")
    context = paged(request, rows)
    today = clock.today()
    for group in context["page"]:
        group.size = members_of(group, today).count()
    return render(request, "org/groups.html", context)


@require_safe
@keeper
def group(request: SignedIn, pk: int) -> HttpResponse:
    """One group: its rule or list, and who belongs to it today."""
    shown = get_object_or_404(_kept(request).select_related("owner"), pk=pk)
    members = members_of(shown, clock.today()).select_related("parent")
    context = {
        "group": shown,
        "aliases": list(shown.aliases.order_by("name")),
        "ended": shown.members.ended(clock.today()).count(),
        "trail": trail_of(shown),
    }
    return render(request, "org/group.html", context | paged(request, members))


@require_http_methods(["GET", "POST"])
@keeper
def group_new(request: SignedIn) -> HttpResponse:
    form = GroupForm(request.POST or None, initial={"owner": request.post.unit_id}, actor=request.actor)
    return _set(request, form, None)


@require_http_methods(["GET", "POST"])
@keeper
def group_edit(request: SignedIn, pk: int) -> HttpResponse:
    shown = get_object_or_404(_kept(request), pk=pk)
    if request.method == "POST":
        return _set(request, GroupForm(request.POST, actor=request.actor, group=shown), shown)
    return _set(request, GroupForm.of(shown, request.actor), shown)


@require_POST
@keeper
def group_dissolve(request: SignedIn, pk: int) -> HttpResponse:
    """Offer the group no more (停用)."""
    said = _("已停用；以往下发时的成员名单不变")
    act(request, lambda: actions.dissolve_group(group_id=pk, actor=request.actor), said)
    return redirect("groups")


@require_POST
@keeper
def group_alias(request: SignedIn, pk: int) -> HttpResponse:
    """Add another way of writing the group's name."""
    name = request.POST.get("name", "").strip()[:100]
    if name:
        attempt(lambda: actions.remember_alias(actor=request.actor, name=name, group_id=pk))
    return redirect("group", pk)


@require_POST
@keeper
def alias_forget(request: SignedIn, pk: int) -> HttpResponse:
    group_id = as_whole(request.POST.get("group", ""))
    attempt(lambda: actions.forget_alias(alias_id=pk, actor=request.actor))
    return redirect("group", group_id) if group_id is not None else redirect("groups")


def _set(request: SignedIn, form: GroupForm, shown: UnitGroup | None) -> HttpResponse:
    def deed() -> UnitGroup:
        target = {"group_id": shown.pk} if shown else {"owner_id": form.cleaned_data["owner"].pk}
        return actions.set_group(actor=request.actor, **target, **form.given())

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        messages.success(request, _("已保存"))
        return redirect("group", shown.pk if shown else outcome.made_id)
    return render(request, "org/group_form.html", {"form": form, "group": shown}, status=outcome.status)


def _kept(request: SignedIn) -> QuerySet[UnitGroup]:
    return UnitGroup.objects.filter(is_active=True, owner__in=owners_for(request.actor).values("pk"))
