"""Duties that a change of the organisation left without a unit, or gave to one twice."""

from django.db.models import Exists, OuterRef, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment


def bereft(actor: Actor) -> QuerySet[Assignment]:
    """Open duties given by the actor's authority whose unit has ended without one successor (待定承接单位)."""
    ended = Unit.objects.filter(ends_on__lte=clock.today())
    return Assignment.objects.within(actor, Cap.DECIDE).open().filter(unit__in=ended.values("pk"))


def doubled(actor: Actor) -> QuerySet[Assignment]:
    """Inherited duties of units that have the same item already, which may be joined (可并入)."""
    same = Assignment.objects.open().filter(
        item=OuterRef("item"), unit=OuterRef("unit"), round=OuterRef("round"), period=OuterRef("period")
    )
    others = same.exclude(pk=OuterRef("pk"))
    inherited = Assignment.objects.within(actor, Cap.DECIDE).open().filter(original_unit__isnull=False)
    return inherited.filter(Exists(others))
