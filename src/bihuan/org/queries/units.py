"""The tree, names and ends of units, today and on an earlier day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from bihuan.org.models import Alias, ChangeKind, Succession, Unit, UnitChange, UnitKind, UnitName


def name_on(unit: Unit, day: date) -> str:
    """What the unit was called on that day; before its first name began, that first one."""
    return names_on([unit.pk], day).get(unit.pk, unit.name)


def names_on(units: Iterable[int], day: date) -> dict[int, str]:
    """The full names of these units as of a day, in one query: for circulars and registers of the past."""
    rows = UnitName.objects.filter(unit__in=list(units)).order_by("unit", "starts_on")
    names: dict[int, str] = {}
    for unit, name, starts_on in rows.values_list("unit", "name", "starts_on"):
        if unit not in names or starts_on <= day:
            names[unit] = name
    return names


def parent_on(unit: Unit, day: date) -> int | None:
    """The unit it stood under on that day."""
    later = unit.changes.filter(kind=ChangeKind.MOVE, state=UnitChange.State.APPLIED, on__gt=day).order_by(
        "on", "id"
    )
    first = later.first()
    return first.former_parent_id if first else unit.parent_id


def successors_on(unit: Unit, day: date) -> list[Unit]:
    """Who took over from this unit, directly or in turn, and exists on that day; itself if it does."""
    found: dict[int, Unit] = {}
    seen, todo = set(), [unit.pk]
    while todo:
        for here in Unit.objects.filter(pk__in=todo):
            if here.ends_on is None or here.ends_on > day:
                found[here.pk] = here
        seen |= set(todo)
        ended = [pk for pk in todo if pk not in found]
        heirs = Succession.objects.filter(predecessor__in=ended, successor__isnull=False, on__lte=day)
        todo = [pk for pk in heirs.values_list("successor", flat=True) if pk not in seen]
    return sorted(found.values(), key=lambda one: one.pk)


def roots(on: date) -> QuerySet[Unit]:
    """The tops of the tree on that day."""
    tops = Unit.objects.current(on).filter(parent__isnull=True).exclude(kind=UnitKind.EXTERNAL)
    return _for_tree(tops, on)


def children_of(unit: int, on: date) -> QuerySet[Unit]:
    """The units directly below on that day, each knowing whether it `has_children`."""
    return children_of_any([unit], on)


def children_of_any(units: Iterable[int], on: date) -> QuerySet[Unit]:
    """The units directly below any of these on that day."""
    return _for_tree(Unit.objects.current(on).filter(parent__in=list(units)), on)


def search_units(text: str, on: date) -> QuerySet[Unit]:
    """Units `called` so, those that exist first, each knowing whether it `has_ended`."""
    text = text.strip()
    if not text:
        return Unit.objects.none()
    gone = ExpressionWrapper(Q(ends_on__isnull=False, ends_on__lte=on), BooleanField())
    found = Unit.objects.filter(called(text)).annotate(has_ended=gone).select_related("parent")
    return found.order_by("has_ended", "sort_order", "pinyin", "id")


def called(text: str) -> Q:
    """By part of a name, alias or former name, by code, or by pinyin or its initials."""
    named = Q(name__contains=text) | Q(short_name__contains=text) | Q(code__startswith=text.upper())
    named |= Q(pk__in=Alias.objects.filter(name__contains=text).values("unit"))
    named |= Q(pk__in=UnitName.objects.filter(name__contains=text).values("unit"))
    if text.isascii():
        key = text.lower().replace(" ", "")
        named |= Q(pinyin__startswith=key) | Q(pinyin__contains=f" {key}")
    return named


@dataclass(frozen=True)
class TreeFlaw:
    """A place where what is stored beside the parent links does not follow from them."""

    unit_id: int
    ancestor_id: int | None
    code: str  # lineage_missing, lineage_surplus, authority_wrong


def lineage_flaws(limit: int = 100) -> list[TreeFlaw]:
    """Where lineage or authorities differ from the parent links; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up (descendant_id, ancestor_id, depth) AS ("
            "  SELECT id, id, 0 FROM org_unit"
            "  UNION ALL SELECT up.descendant_id, unit.parent_id, up.depth + 1"
            "  FROM up JOIN org_unit unit ON unit.id = up.ancestor_id"
            "  WHERE unit.parent_id IS NOT NULL AND up.depth < 100"  # a ring ends here instead of never
            "), stored AS (SELECT descendant_id, ancestor_id, depth::int FROM org_lineage),"
            " missing AS (SELECT * FROM up EXCEPT SELECT * FROM stored),"
            " surplus AS (SELECT * FROM stored EXCEPT SELECT * FROM up),"
            " nearest AS ("
            "  SELECT DISTINCT ON (up.descendant_id) up.descendant_id, up.ancestor_id"
            "  FROM up JOIN org_unit above ON above.id = up.ancestor_id AND above.kind <> 'office'"
            "  ORDER BY up.descendant_id, up.depth)"
            " SELECT descendant_id, ancestor_id, 'lineage_missing' FROM missing"
            " UNION ALL SELECT descendant_id, ancestor_id, 'lineage_surplus' FROM surplus"
            " UNION ALL SELECT unit.id, unit.authority_id, 'authority_wrong'"
            "  FROM org_unit unit LEFT JOIN nearest ON nearest.descendant_id = unit.id"
            "  WHERE unit.authority_id IS DISTINCT FROM nearest.ancestor_id"
            " ORDER BY 1, 2 LIMIT %s",
            [limit],
        )
        return [TreeFlaw(*row) for row in cursor.fetchall()]


def _for_tree(units: QuerySet[Unit], on: date) -> QuerySet[Unit]:
    below = Unit.objects.current(on).filter(parent=OuterRef("pk"))
    return units.annotate(has_children=Exists(below)).order_by("sort_order", "pinyin", "id")
