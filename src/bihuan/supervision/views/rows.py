"""What a row of the workbench becomes once its operation is done."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget, trigger_client_event

from bihuan.org.middleware import SignedIn
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries.assignments import Sheet
from bihuan.supervision.views.progress import turn_of


def row_done(
    request: SignedIn, place: str, pk: int, operation: Operation, sheet: Sheet | None
) -> HttpResponse:
    """The row says what happened and what comes next, and stays where it was; the counts follow.

    Its place is kept so that nothing moves under the pointer; the next visit to the workbench no longer has it.
    """
    context = {
        "pk": pk,
        "place": place,
        "what": _("已%(what)s") % {"what": operation.label},
        "title": sheet.item.title if sheet else "",
        "next": turn_of(sheet).sentence if sheet else "",
        "visible": sheet is not None,
    }
    response = render(request, "supervision/workbench/done.html", context)
    response = reswap(retarget(response, f"#{place}"), "outerHTML")
    return trigger_client_event(response, "counts")
