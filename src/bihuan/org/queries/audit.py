"""What the audit administrator sees (审计): who did what, from which post and when, never what it was about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.apps import apps
from django.db.models import Q, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.org.models import Person, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import people_within, units_within

SHOWN = 100


@dataclass(frozen=True)
class Line:
    """One line of the ledger without its facts and words: the auditor sees no business content (DESIGN §5)."""

    entry: Entry
    who: str
    unit: str

    @property
    def subject(self) -> str:
        """What it was done to: the kind of thing and its number."""
        model, _colon, key = self.entry.stream.partition(":")
        return f"{apps.get_model(model)._meta.verbose_name} {key}"


def audited(
    actor: Actor,
    *,
    person: str = "",
    area: str = "",
    first_on: date | None = None,
    last_on: date | None = None,
    before: int | None = None,
) -> list[Line]:
    """The lines that posts in the actor's part of the tree left, newest first, at most `SHOWN` and one more.

    `before` continues below an entry. The system's own lines belong to whoever audits the topmost unit.
    """
    units = units_within(actor, Cap.AUDIT)
    reached = Q(unit_id__in=units.values("pk"))
    if units.filter(parent__isnull=True, keeper__isnull=True).exists():
        reached |= Q(unit_id__isnull=True)
    rows = Entry.objects.filter(reached)
    if person:
        named = people_within(actor, Cap.AUDIT).filter(Q(name__icontains=person) | Q(username__iexact=person))
        rows = rows.filter(actor_id__in=named.values("pk"))
    if area:
        rows = rows.filter(verb__startswith=f"{area}.")
    if first_on:
        rows = rows.filter(at__gt=clock.end_of(first_on - timedelta(days=1)))
    if last_on:
        rows = rows.filter(at__lte=clock.end_of(last_on))
    if before:
        rows = rows.filter(pk__lt=before)
    return _lines(list(rows.order_by("-pk")[: SHOWN + 1]))


def failed_sign_ins(actor: Actor) -> QuerySet[AccessAttempt]:
    """Accounts of the actor's part of the tree at which signing in went wrong and has not succeeded since."""
    accounts = people_within(actor, Cap.AUDIT).values("username")
    return AccessAttempt.objects.filter(username__in=accounts).order_by("-attempt_time")


def _lines(entries: Sequence[Entry]) -> list[Line]:
    people = Person.objects.filter(pk__in={one.actor_id for one in entries if one.actor_id})
    units = Unit.objects.filter(pk__in={one.unit_id for one in entries if one.unit_id})
    names: Mapping[int, Any] = dict(people.values_list("pk", "name"))
    places: Mapping[int, Any] = dict(units.values_list("pk", "short_name"))
    return [Line(one, names.get(one.actor_id or 0, ""), places.get(one.unit_id or 0, "")) for one in entries]
