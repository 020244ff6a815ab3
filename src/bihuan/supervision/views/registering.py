"""Registering a single matter (登记临时交办)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.forms.picking import quiet
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.forms.registering import RegisterItemForm
from bihuan.supervision.forms.units import FIND, set_issuer
from bihuan.supervision.models import Item
from bihuan.supervision.views.assignments import field_named
from bihuan.supervision.views.workbench import may


@login_required
@require_http_methods(["GET", "POST"])
def register_item(request: SignedIn) -> HttpResponse:
    """The form; POST registers the matter and gives it out at once."""
    if not may(request, Cap.DISPATCH):
        raise PermissionDenied(_("登记交办须由督查员办理，请本单位督查员登记。"))
    form = RegisterItemForm(request.POST or None)
    set_issuer(form, request.post.unit.own_authority)
    if request.method == "GET":
        return form_page(request, form)
    if FIND in request.POST:
        quiet(form)  # only looking for a unit: nothing to complain about yet
        return form_page(request, form)
    if not form.is_valid():
        return form_page(request, form, 422)
    try:
        item = form.perform(request.actor)
    except AlreadyDone as again:
        item = Item.objects.get(pk=int(str(again.facts["stream"]).rpartition(":")[2]))
    except DomainError as refusal:
        field = field_named(form, refusal.field)
        form.add_error(field, str(refusal.message))
        return form_page(request, form, 422 if field else 409)
    given = list(item.assignments.order_by("pk").values_list("pk", flat=True))
    messages.success(request, _("已交办 %(n)d 件，时限自现在起算。") % {"n": len(given)})
    return redirect("assignment", given[0])


def form_page(request: SignedIn, form: RegisterItemForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "unit": request.post.unit}
    return render(request, "supervision/assignments/register.html", context, status=status)
