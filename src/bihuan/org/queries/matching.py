"""Which unit a document means: written names against all names the organisation knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection

from bihuan.kernel import clock
from bihuan.org.groups import groups_for
from bihuan.org.models import Alias, Unit
from bihuan.org.rules.naming import Known, Match, NameBook, Via, parts, plain, sure


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit or a group that a written name may mean, best first.

    `parent` is the short name of the unit above, to tell two bearers of one name apart. `is_sure` is set on
    an exact match that is the only one: that one alone may be taken without asking.
    """

    unit_id: int | None
    group_id: int | None
    name: str
    parent: str
    via: Via
    score: float
    is_sure: bool


def match_units(
    names: Iterable[str], owner: Unit, *, on: date | None = None, limit: int = 5
) -> dict[str, list[Suggestion]]:
    """What each written name may mean in a document of `owner`; three queries for any number of names.

    Known are the current units below the owner's authority and that authority itself, the external units it
    or a unit above keeps, and its groups; by full and short name, alias, former name and the names of units
    they took over from. Two units of one name are both suggested with their parents, never chosen between.
    """
    day = on or clock.today()
    units = {row.id: row for row in _reachable(owner.authority_id or owner.pk, day)}
    book = NameBook([*_names_of_units(units, day), *_names_of_groups(owner)])
    groups = {known.target: known.text for known in book.known if known.via == Via.GROUP}
    return {
        written: _suggestions(book.matches(written, limit=limit), units, groups)
        for written in dict.fromkeys(names)
    }


@dataclass(slots=True)
class _Row:
    id: int
    name: str
    short_name: str
    pinyin: str
    parent_id: int | None
    depth: int
    other_names: list[str]
    former_names: list[str]


def _reachable(authority: int, day: date) -> Iterator[_Row]:
    """Units that may be addressed, each with its aliases, former names and the names of its predecessors."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH reach AS ("
            "  SELECT descendant_id AS id, depth FROM org_lineage WHERE ancestor_id = %(authority)s"
            "  UNION ALL SELECT id, 0 FROM org_unit WHERE kind = 'external' AND (keeper_id IS NULL OR"
            "   keeper_id IN (SELECT ancestor_id FROM org_lineage WHERE descendant_id = %(authority)s))"
            "), other AS (SELECT unit_id, array_agg(name) AS names FROM org_alias"
            "  WHERE unit_id IS NOT NULL GROUP BY unit_id),"
            " former AS (SELECT unit_id, array_agg(name) AS names FROM ("
            "   SELECT unit_id, name FROM org_unitname WHERE ends_on <= %(day)s"
            "   UNION ALL SELECT heir.successor_id, gone.name FROM org_succession heir"
            "   JOIN org_unit gone ON gone.id = heir.predecessor_id"
            "   WHERE heir.successor_id IS NOT NULL AND heir.on <= %(day)s"
            "  ) every GROUP BY unit_id)"
            " SELECT unit.id, unit.name, unit.short_name, unit.pinyin, unit.parent_id, reach.depth,"
            "  coalesce(other.names, '{}'), coalesce(former.names, '{}')"
            " FROM reach JOIN org_unit unit ON unit.id = reach.id"
            " LEFT JOIN other ON other.unit_id = unit.id LEFT JOIN former ON former.unit_id = unit.id"
            " WHERE unit.starts_on <= %(day)s AND (unit.ends_on IS NULL OR unit.ends_on > %(day)s)",
            {"authority": authority, "day": day},
        )
        for row in cursor.fetchall():
            yield _Row(*row)


def _names_of_units(units: dict[int, _Row], day: date) -> Iterator[Known]:
    places = {unit.id: parts(plain(unit.name)).stems for unit in units.values()}
    for unit in units.values():
        around = _places_around(unit, units, places)
        sound = unit.pinyin.partition(" ")[0]

        def known(text: str, via: Via, sound: str = "", unit: _Row = unit, around=around) -> Known:
            return Known(("unit", unit.id), text, via, sound, around, unit.depth)

        yield known(unit.name, Via.NAME, "" if unit.short_name != unit.name else sound)
        if unit.short_name != unit.name:
            yield known(unit.short_name, Via.SHORT_NAME, sound)
        yield from (known(text, Via.ALIAS) for text in unit.other_names)
        yield from (known(text, Via.FORMER_NAME) for text in unit.former_names)


def _places_around(unit: _Row, units: dict[int, _Row], places: dict[int, frozenset[str]]) -> frozenset[str]:
    """The places in its name and the names above it: 一中 below 城关区教育局 lies in 城关."""
    around: set[str] = set()
    at: int | None = unit.id
    while at in units:
        around |= places[at]
        at = units[at].parent_id
    return frozenset(around)


def _names_of_groups(owner: Unit) -> Iterator[Known]:
    groups = {group.pk: group.name for group in groups_for(owner)}
    for pk, name in groups.items():
        yield Known(("group", pk), name, Via.GROUP)
    for group, name in Alias.objects.filter(group__in=groups).values_list("group", "name"):
        yield Known(("group", group), name, Via.ALIAS)


def _suggestions(
    matches: list[Match], units: dict[int, _Row], groups: dict[tuple[str, int], str]
) -> list[Suggestion]:
    certain = sure(matches)
    found = []
    for match in matches:
        kind, pk = match.target
        unit = units.get(pk) if kind == "unit" else None
        parent = units.get(unit.parent_id) if unit and unit.parent_id else None
        found.append(
            Suggestion(
                unit_id=pk if unit else None,
                group_id=None if unit else pk,
                name=unit.name if unit else groups[match.target],
                parent=parent.short_name if parent else "",
                via=match.via,
                score=match.score,
                is_sure=match is certain,
            )
        )
    return found
