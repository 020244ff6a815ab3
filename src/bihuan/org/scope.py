"""Scope (数据范围): one query for the list and for the single object (DESIGN §5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.statements import KEY, KEYS, PERSON, TODAY, UNIT, Written, fetch_prepared
from bihuan.org.models import Appointment, AppointmentQuerySet, Lineage, Person, Unit, UnitKind
from bihuan.org.roles import GRANTS, Cap, Reach
from bihuan.workdays.queries import regions_of

FEW = 500  # units: a county's, which are named one by one
MANY = 4000  # units: beyond a prefecture's, reading them all costs more than asking about the rows of a page
SUBTREE = f"""
    SELECT ARRAY(SELECT descendant_id FROM org_lineage WHERE ancestor_id = %(unit)s LIMIT {FEW}),
        (SELECT count(*) FROM (SELECT FROM org_lineage WHERE ancestor_id = %(unit)s LIMIT {MANY + 1}) AS below)"""


def held(actor: Actor) -> AppointmentQuerySet:
    """The appointment the actor acts in, if it still holds today; the system holds none."""
    if actor.appointment_id is None or actor.person_id is None:
        return Appointment.objects.none()
    return Appointment.objects.current(clock.today()).filter(
        pk=actor.appointment_id, person_id=actor.person_id
    )


class Breadth(Enum):
    """How many units are in reach, as far as it changes how rows are found: see `Standing.covering`."""

    ONE = 1
    FEW = FEW
    MANY = MANY
    ALL = 0


@dataclass(frozen=True)
class Standing:
    """What an actor is today: a role in a unit, or nothing. Asked for once, it answers for every capability."""

    role: str = ""
    unit_id: int | None = None
    like: Breadth | None = None  # whom a stand-in (UNIT) stands for: those who have so many units below

    def breadth(self, cap: Cap | str) -> Breadth:
        """How many units `cap` reaches."""
        if isinstance(self.where(cap), list):
            return Breadth.ONE
        if self.like:
            return self.like
        _units, count = self._below
        return Breadth.FEW if count <= FEW else Breadth.MANY if count <= MANY else Breadth.ALL

    def where(self, cap: Cap | str) -> models.QuerySet | list[int]:
        """Ids of the units where `cap` holds: one, a subtree, or none."""
        reach = GRANTS.get(self.role, {}).get(cap)
        if reach is None or self.unit_id is None:
            return []
        if reach == Reach.OWN:
            return [self.unit_id]
        return Lineage.objects.filter(ancestor=self.unit_id).values("descendant")

    def covering(self, path: str, cap: Cap | str) -> Q:
        """Rows whose unit at `path` is one where `cap` holds, in the form that is found fastest.

        Few units are named, so that their own indexes serve. Of more the rows are asked one by one, which suits a
        list that ends after a page: whether their unit is in a table made of them all, or, of a whole province,
        in its lineage.
        """
        match self.breadth(cap):
            case Breadth.ONE:
                return Q(**{f"{path}__among": self.where(cap)})
            case Breadth.FEW:
                return Q(**{f"{path}__among": self._below[0]})
            case Breadth.MANY:
                return Q(**{f"{path}__in": self.where(cap)})
        above = Lineage.objects.filter(ancestor=self.unit_id, descendant=OuterRef(path))
        return Q(IsNull(Subquery(above.values("depth")[:1]), False))

    def oversees(self, unit_id: int, cap: Cap | str) -> bool:
        """Whether `cap` holds in a unit and everything below it."""
        if self.unit_id is None or GRANTS.get(self.role, {}).get(cap) in (None, Reach.OWN):
            return False
        return Lineage.objects.filter(ancestor=self.unit_id, descendant=unit_id).exists()

    def is_narrow(self, cap: Cap | str) -> bool:
        """Whether `cap` holds in few units, so that rows are better gathered by index than asked one by one."""
        return self.breadth(cap) in (Breadth.ONE, Breadth.FEW)

    def values(self, cap: Cap | str) -> dict[str, Any]:
        """What stands in the places of a condition that was written out for those who stand alike."""
        return {"unit": self.unit_id, "keys": self._below[0] if self.breadth(cap) == Breadth.FEW else []}

    @cached_property
    def _below(self) -> tuple[list[int], int]:
        """The units of the subtree, all of them where they are few, and how many, up to one more than MANY."""
        if self.like:
            return KEYS, FEW
        if self.unit_id == UNIT:
            raise ValueError("a unit that is not known yet: how many are below it decides what is asked")
        ((units, count),) = fetch_prepared(SUBTREE, {"unit": self.unit_id})
        return units, count

    def grants(self, cap: Cap | str) -> bool:
        return cap in GRANTS.get(self.role, {})


_kept: ContextVar[dict[Actor, Standing] | None] = ContextVar("standings", default=None)


@contextmanager
def steady() -> Iterator[None]:
    """Ask for each actor's standing once only: while a page is read, which asks for it dozens of times.

    Never around an action, whose right is that of the moment in which it acts.
    """
    with _keeping({}):
        yield


@contextmanager
def assuming(actor: Actor, standing: Standing) -> Iterator[None]:
    """Let somebody who need not exist stand like that: to write out a statement that many will ask."""
    with _keeping({actor: standing}):
        yield


@contextmanager
def _keeping(standings: dict[Actor, Standing]) -> Iterator[None]:
    token = _kept.set(standings)
    try:
        yield
    finally:
        _kept.reset(token)


def standing_of(actor: Actor) -> Standing:
    """The actor's standing by an appointment that holds today."""
    kept = _kept.get()
    if kept is not None and actor in kept:
        return kept[actor]
    rows = _roles().fetch(today=clock.today(), key=actor.appointment_id, person=actor.person_id)
    standing = Standing(*rows[0]) if rows else Standing()
    if kept is not None:
        kept[actor] = standing
    return standing


@lru_cache(maxsize=1)
def _roles() -> Written:
    """As `held`, with the role and its unit."""
    posts = Appointment.objects.current(TODAY).filter(pk=KEY, person_id=PERSON)
    return Written(posts.values_list("role", "unit"))


def units_where(actor: Actor, cap: Cap | str) -> models.QuerySet | list[int]:
    """Ids of the units where the actor's present appointment gives them `cap`."""
    return standing_of(actor).where(cap)


def units_within(actor: Actor, cap: Cap | str) -> models.QuerySet[Unit]:
    """The units on which the actor may exercise `cap`, and the external ones these keep."""
    if actor.is_system:
        return Unit.objects.all()
    reached = units_where(actor, cap)
    return Unit.objects.filter(Q(pk__in=reached) | Q(keeper__in=reached))


def people_within(actor: Actor, cap: Cap | str) -> models.QuerySet[Person]:
    """The people who are at home, or were ever appointed, in units where the actor has `cap`."""
    if actor.is_system:
        return Person.objects.all()
    reached = units_where(actor, cap)
    here = Appointment.objects.filter(unit__in=reached)
    return Person.objects.filter(Q(home__in=reached) | Q(pk__in=here.values("person")))


def accounts_within(actor: Actor, cap: Cap | str) -> models.QuerySet[Person]:
    """The people whose account the actor may change: at home here and without a post elsewhere.

    Otherwise a county's administrator could take over the account of somebody who also serves the province.
    """
    if actor.is_system:
        return Person.objects.all()
    reached = units_where(actor, cap)
    elsewhere = Appointment.objects.not_over(clock.today()).exclude(unit__in=reached)
    return Person.objects.filter(home__in=reached).exclude(pk__in=elsewhere.values("person"))


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
    return standing_of(actor).grants(cap)


def may_edit_calendar(actor: Actor, region_code: str) -> bool:
    """Whether the actor looks after the days off of a region: of the nation's only at the top of the tree."""
    units = Unit.objects.filter(pk__in=held(actor).granting(Cap.MANAGE_CALENDAR).values("unit"))
    if not region_code:
        return units.filter(parent__isnull=True).exists()
    return units.filter(region_code__in=regions_of(region_code)).exists()


def calendar_regions() -> list[tuple[str, str]]:
    """The regions there are authorities for, each with the name of the highest one."""
    rows = Unit.objects.filter(kind=UnitKind.AUTHORITY, ends_on__isnull=True).exclude(region_code="")
    names = rows.order_by("region_code", "-pk").values_list("region_code", "short_name")
    return sorted(dict(names).items())
