"""The answer to a search inside a form: the rows that match, as radio buttons or check boxes."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.kernel import clock
from bihuan.org.forms.people import PEOPLE, PLACES, people_for, places_for
from bihuan.org.forms.picking import ids_in, offer
from bihuan.org.forms.units import UNITS, managed_units
from bihuan.org.groups import members_for, owners_for
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.views.doors import holding

SOURCES = {
    UNITS: managed_units,
    PLACES: places_for,
    PEOPLE: people_for,
    "owners": lambda actor: owners_for(actor).filter(ends_on__isnull=True),
    "members": lambda actor: members_for(actor, clock.today()),
}


@require_safe
@holding(Cap.MANAGE_UNITS, Cap.MANAGE_POSTS, Cap.DRAFT)
def pick(request: SignedIn, source: str) -> HttpResponse:
    """What a picker offers for the words typed; nothing that the reader could not choose in its form."""
    if source not in SOURCES:
        raise Http404(source)
    rows = SOURCES[source](request.actor)
    name = request.GET.get("name", "")
    chosen = list(rows.filter(pk__in=ids_in(request.GET.getlist(name))))
    typed, blank = request.GET.get(f"{name}-q", ""), request.GET.get("blank", "")[:30]
    picker = offer(rows, name, typed, chosen, many="many" in request.GET, blank=blank)
    return render(request, "org/widgets/picked.html", {"picker": picker})
