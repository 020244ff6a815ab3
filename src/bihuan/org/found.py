"""What the organisation offers to the search (搜索): units, by every name they have, and people one may know."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import fold, says, stands_in
from bihuan.kernel.finding import Asked, Hit, Offer, offer, where_of
from bihuan.org.models import Alias, Appointment, Person, Unit, UnitKind, UnitName
from bihuan.org.roles import Cap
from bihuan.org.scope import people_within, standing_of, units_where

# Units


def units_called(text: str) -> Q:
    """Units by part of a name, alias or former name, by code, or by pinyin or its initials."""
    named = says(text, "name", "short_name") | Q(code__startswith=text.upper())
    for names, columns in ((Alias, ("name",)), (UnitName, ("name", "short_name"))):
        rows = names.objects.filter(says(text, *columns), unit__isnull=False)
        named |= Q(pk__among=rows.values("unit"))
    return named | _spelt(text)


def units_named(texts: Iterable[str]) -> QuerySet[Unit]:
    """Units called as one of these; of several that hold a name, one that is called exactly so stands alone."""
    named = Unit.objects.none()
    for text in texts:
        exactly = Unit.objects.filter(Q(name=text) | Q(short_name=text))
        named |= exactly if exactly.exists() else Unit.objects.filter(units_called(text))
    return named


def _units(actor: Actor, asked: Asked, above: int | None) -> QuerySet[Unit]:
    """Those that exist and whose page everybody may open; external ones only where one's authority names them."""
    if not standing_of(actor).role:
        return Unit.objects.none()
    rows = Unit.objects.current(clock.today()).filter(~Q(kind=UnitKind.EXTERNAL) | _external(actor))
    for term in asked.terms:
        rows = rows.filter(units_called(term))
    if asked.unit:
        rows = rows.filter(reduce(or_, (units_called(text) for text in asked.unit)))
    return rows


def _external(actor: Actor) -> Q:
    own = standing_of(actor).unit_id
    above = Unit.objects.filter(pk=own).values("lineage__ancestor")  # type: ignore[misc]  # None finds none
    return Q(keeper__isnull=True) | Q(keeper__in=above)


def _tell_units(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
    rows = Unit.objects.select_related("parent").prefetch_related("aliases", "names").in_bulk(keys)
    seen = _seen(actor, keys)
    return [_unit_hit(rows[key], asked, key in seen) for key in keys if key in rows]


def _unit_hit(unit: Unit, asked: Asked, is_seen: bool) -> Hit:
    others = [(_("别称"), one.name) for one in unit.aliases.all()]
    others += [(_("曾用名"), one.name) for one in unit.names.all() if one.name != unit.name]
    terms = [*asked.terms, *asked.unit]
    where = where_of([(_("名称"), unit.name), (_("简称"), unit.short_name), *others], terms)
    if not where and any(stands_in(unit.pinyin, term) for term in terms):
        where = [(str(_("拼音")), unit.pinyin.rpartition(" ")[2])]
    register = f"{reverse('assignments')}?under={unit.pk}&stage=open" if is_seen else ""
    return Hit(
        unit.pk,
        unit.name,
        reverse("unit", args=[unit.pk]),
        notes=[str(unit.get_kind_display()), *([unit.parent.short_name] if unit.parent else [])],
        where=[(name, text) for name, text in where if text != unit.name],
        more=[(_now("看在办办件"), register)] if register else [],
    )


def _seen(actor: Actor, keys: list[int]) -> set[int]:
    reached = Unit.objects.filter(pk__in=units_where(actor, Cap.VIEW)).filter(pk__in=keys)
    return set(reached.values_list("pk", flat=True))


# People


def people_known(actor: Actor) -> QuerySet[Person]:
    """Whom one may know of: who holds a post in units in sight, and for a security administrator their accounts."""
    here = Appointment.objects.current(clock.today()).filter(unit__in=units_where(actor, Cap.VIEW))
    kept = people_within(actor, Cap.MANAGE_POSTS)
    return Person.objects.filter(Q(pk__in=here.values("person")) | Q(pk__in=kept.values("pk")))


def people_called(text: str) -> Q:
    """By part of a name, or by pinyin or its initials."""
    return says(text, "name") | _spelt(text)


def posts_of_people(actor: Actor, texts: Iterable[str]) -> QuerySet[Appointment]:
    """The present posts, in units in sight, of the people called as one of these."""
    named = Person.objects.filter(reduce(or_, (people_called(text) for text in texts)))
    posts = Appointment.objects.current(clock.today()).filter(unit__in=units_where(actor, Cap.VIEW))
    return posts.filter(person__in=named)


def _people(actor: Actor, asked: Asked, above: int | None) -> QuerySet[Person]:
    rows = people_known(actor)
    for term in asked.terms:
        rows = rows.filter(people_called(term))
    if asked.person:
        rows = rows.filter(reduce(or_, (people_called(text) for text in asked.person)))
    if asked.unit:
        posts = Appointment.objects.current(clock.today()).filter(unit__in=units_named(asked.unit))
        rows = rows.filter(pk__in=posts.values("person"))
    return rows


def _tell_people(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
    people = Person.objects.in_bulk(keys)
    kept = set(people_within(actor, Cap.MANAGE_POSTS).filter(pk__in=keys).values_list("pk", flat=True))
    reached = Q(unit__in=units_where(actor, Cap.VIEW)) | Q(person__in=kept)
    posts: dict[int, list[Appointment]] = {}
    rows = Appointment.objects.current(clock.today()).filter(reached, person__in=keys)
    for post in rows.select_related("unit").order_by("starts_on", "pk"):
        posts.setdefault(post.person_id, []).append(post)
    hits = []
    for key in keys:
        held = posts.get(key, [])
        address = reverse("person", args=[key]) if key in kept else ""
        if not address and held:
            address = reverse("unit", args=[held[0].unit_id])
        notes = [f"{post.unit.short_name} {post.title}" for post in held[:3]]
        hits.append(Hit(key, people[key].name, address, notes=notes))
    return hits


def _spelt(text: str) -> Q:
    """Latin letters as pinyin or its initials."""
    key = fold(text)
    if not (key.isascii() and key.isalpha()):
        return Q()
    return Q(pinyin__startswith=key) | Q(pinyin__contains=f" {key}")


offer(
    Offer(
        kind="unit",
        label=_("单位"),
        icon="building",
        order=60,
        words=("单位", "机构", "unit", "units"),
        filters=frozenset({"unit"}),
        rows=_units,
        told=_tell_units,
        order_by=("sort_order", "pinyin", "pk"),
    )
)
offer(
    Offer(
        kind="person",
        label=_("人员"),
        icon="user",
        order=70,
        words=("人员", "人", "person", "people"),
        filters=frozenset({"unit", "person"}),
        rows=_people,
        told=_tell_people,
        order_by=("pinyin", "pk"),
    )
)
