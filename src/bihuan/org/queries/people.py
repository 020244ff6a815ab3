"""Who holds which role where, and who answers when nobody does."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Appointment, Lineage, Person, Unit
from bihuan.org.roles import Cap, Role
from bihuan.org.rules.posts import Tenure, conflict
from bihuan.org.scope import people_within, units_within


def people_in(units: Iterable[int], roles: Collection[str], on: date | None = None) -> QuerySet[Appointment]:
    """The appointments in these units to one of these roles on a day (today), with their people.

    One row per appointment, so somebody with two posts appears twice.
    """
    held = Appointment.objects.current(on or clock.today()).filter(unit__in=list(units), role__in=roles)
    return held.select_related("person").order_by("unit", "starts_on", "id")


def is_vacant(unit: Unit, cap: Cap | str, on: date | None = None) -> bool:
    """Whether nobody in the unit itself holds a role with this capability on the day (空岗)."""
    held = Appointment.objects.current(on or clock.today()).filter(unit=unit)
    return not held.granting(cap).exists()


def unheld_in(units: Iterable[int], cap: Cap | str, on: date | None = None) -> set[int]:
    """Those of the units in which nobody holds the capability: missing owners before a dispatch."""
    wanted = set(units)
    held = Appointment.objects.current(on or clock.today()).granting(cap).filter(unit__in=wanted)
    return wanted - set(held.values_list("unit", flat=True))


def answerable_in(
    units: Iterable[int], cap: Cap | str, on: date | None = None
) -> dict[int, list[Appointment]]:
    """Whom to turn to in each unit for this capability; four queries however many units.

    The holders; if the role is vacant the unit's leaders; failing them the supervisors of the nearest unit
    above that has any (DESIGN §3.0). Only where the whole way up is empty the list is.
    """
    day = on or clock.today()
    found: dict[int, list[Appointment]] = {unit: [] for unit in units}
    current = Appointment.objects.current(day).select_related("person", "unit").order_by("starts_on", "id")
    for post in current.granting(cap).filter(unit__in=found):
        found[post.unit_id].append(post)
    for post in current.filter(unit__in=_empty(found), role=Role.LEADER):
        found[post.unit_id].append(post)
    if vacant := _empty(found):
        above = Lineage.objects.filter(descendant__in=vacant, depth__gte=1).order_by("depth")
        chain = list(above.values_list("descendant", "ancestor"))
        supervisors: dict[int, list[Appointment]] = {}
        for post in current.filter(unit__in={unit for _below, unit in chain}, role=Role.SUPERVISOR):
            supervisors.setdefault(post.unit_id, []).append(post)
        for unit, ancestor in chain:
            found[unit] = found[unit] or supervisors.get(ancestor, [])
    return found


def vacancies(actor: Actor, on: date | None = None) -> QuerySet[Appointment]:
    """Posts that were held and are not any more, in the actor's reach: the last appointment of each (空岗).

    A post that somebody will take up later is not vacant; that of a retired account is.
    """
    day = on or clock.today()
    held = Appointment.objects.not_over(day).filter(
        unit=OuterRef("unit"), role=OuterRef("role"), person__is_active=True
    )
    units = Unit.objects.current(day).filter(pk__in=units_within(actor, Cap.MANAGE_POSTS).values("pk"))
    began = Appointment.objects.filter(unit__in=units.values("pk"), starts_on__lte=day)
    last = began.exclude(Exists(held)).order_by("unit", "role", "-starts_on", "-id").distinct("unit", "role")
    return last.select_related("person", "unit")


def list_people(actor: Actor, *, text: str = "", role: str = "", state: str = "") -> QuerySet[Person]:
    """The people in the actor's reach, by name, role and state, with their present posts as `posts_held`."""
    today = clock.today()
    here = Appointment.objects.not_over(today).filter(person=OuterRef("pk"))
    found = people_within(actor, Cap.MANAGE_POSTS).annotate(has_post=Exists(here))
    if text.strip():
        found = found.filter(known_as(text.strip()))
    if role:
        found = found.filter(Exists(here.filter(role=role)))
    if state:
        found = found.filter(is_active=state != "retired")
    if state in ("in_post", "without_post"):
        found = found.filter(has_post=state == "in_post")
    posts = Appointment.objects.not_over(today).select_related("unit").order_by("starts_on", "id")
    held = Prefetch("appointments", queryset=posts, to_attr="posts_held")
    return found.select_related("home").prefetch_related(held).order_by("pinyin", "id")


def open_posts(person: Person, actor: Actor) -> list[Appointment]:
    """What a leaver has to hand over: their posts that hold or will, within the actor's reach."""
    posts = person.appointments.not_over(clock.today())
    posts = posts.filter(unit__in=units_within(actor, Cap.MANAGE_POSTS).values("pk"))
    return list(posts.select_related("unit").order_by("id"))


def known_as(text: str) -> Q:
    """People by part of their name, by account, or by pinyin or its initials."""
    named = Q(name__contains=text) | Q(username__startswith=text)
    if text.isascii():
        key = text.lower().replace(" ", "")
        named |= Q(pinyin__startswith=key) | Q(pinyin__contains=f" {key}")
    return named


def conflicts(wanted: list[Appointment]) -> list[tuple[Appointment, str]]:
    """Which of the wanted appointments may not be, and why; three queries for any number."""
    people = {post.person_id for post in wanted}
    never_began = Q(ends_on__lt=F("starts_on"))
    held = list(Appointment.objects.filter(person__in=people).exclude(never_began).select_related("unit"))
    above = _above({post.unit_id for post in [*wanted, *held]})
    by_person: dict[int, list[tuple[Appointment, Tenure]]] = {pk: [] for pk in people}
    for post in held:
        by_person[post.person_id].append((post, _tenure(post, above)))
    refused = []
    for post in wanted:
        mine, tenure = by_person[post.person_id], _tenure(post, above)
        same = (other for other, its in mine if _same_seat(post, other) and its.overlaps(tenure))
        if next(same, None) is not None:
            refused.append((post, "held_already"))
        elif reason := conflict(tenure, (its for _other, its in mine)):
            refused.append((post, reason))
        mine.append((post, tenure))
    return refused


def _same_seat(one: Appointment, other: Appointment) -> bool:
    return (one.unit_id, one.role) == (other.unit_id, other.role)


def _tenure(post: Appointment, above: Mapping[int, frozenset[int]]) -> Tenure:
    return Tenure(
        role=post.role,
        authority=post.unit.authority_id or post.unit_id,
        above=above.get(post.unit_id, frozenset({post.unit_id})),
        starts_on=post.starts_on,
        ends_on=post.ends_on,
    )


def _above(units: set[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for unit, ancestor in Lineage.objects.filter(descendant__in=units).values_list("descendant", "ancestor"):
        found.setdefault(unit, set()).add(ancestor)
    return {unit: frozenset(ancestors) for unit, ancestors in found.items()}


def _empty(found: dict[int, list[Appointment]]) -> list[int]:
    return [unit for unit, posts in found.items() if not posts]
