"""Scope (数据范围): one query for the list and for the single object (DESIGN §5)."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Appointment, Lineage, Unit
from bihuan.org.roles import Cap, Reach
from bihuan.workdays.queries import regions_of


def held(actor: Actor) -> models.QuerySet[Appointment]:
    """The appointment the actor acts in, if it still holds today; the system holds none."""
    return Appointment.objects.current(clock.today()).filter(
        pk=actor.appointment_id, person_id=actor.person_id
    )


def units_where(actor: Actor, cap: Cap | str) -> models.QuerySet:
    """Ids of the units where the actor's present appointment gives them `cap`."""
    here = held(actor).granting(cap, Reach.OWN).values("unit")
    below = held(actor).granting(cap, Reach.SUBTREE).values("unit")
    reach = Q(ancestor__in=here, depth=0) | Q(ancestor__in=below)
    return Lineage.objects.filter(reach).values("descendant")


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to a unit; `scope_path` is the lookup that leads there."""

    scope_path = "unit"

    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """The rows on which the actor may exercise `cap`; nothing when in doubt."""
        return self.filter(**{f"{self.scope_path}__in": units_where(actor, cap)})


def may(actor: Actor, cap: Cap | str, obj: models.Model) -> bool:
    """The single-object question, put to the list's own query, so the two cannot disagree."""
    manager: Any = type(obj)._default_manager
    return manager.within(actor, cap).filter(pk=obj.pk).exists()


def has(actor: Actor, cap: Cap | str) -> bool:
    """Whether the actor's present appointment grants `cap` anywhere: for menus and buttons, not for rows."""
    return held(actor).granting(cap).exists()


def may_edit_calendar(actor: Actor, region_code: str) -> bool:
    """Whether the actor looks after the days off of a region: of the nation's only at the top of the tree."""
    units = Unit.objects.filter(pk__in=held(actor).granting(Cap.MANAGE_CALENDAR).values("unit"))
    if not region_code:
        return units.filter(parent__isnull=True).exists()
    return units.filter(region_code__in=regions_of(region_code)).exists()
