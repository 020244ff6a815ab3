"""Steps on the organisation tree: the parent links and the lineage that follows from them, in bulk."""

from collections.abc import Iterable

from django.db import connection

from bihuan.kernel.transactions import step
from bihuan.org.models import Unit, UnitKind, UnitName
from bihuan.org.rules.naming import pinyin_key
from bihuan.org.rules.units import check_place

_TREE = 0x6F72675F74726565  # "org_tree", the advisory lock under which the tree changes shape


@step
def lock_tree() -> None:
    """Let one transaction at a time change the shape of the tree: two moves at once could make a ring."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TREE])


@step
def plant_unit(unit: Unit) -> Unit:
    """Save a new unit with its lineage, name history, sort key and the authority it acts for."""
    check_place(unit.kind, unit.parent.kind if unit.parent else None)
    unit.pinyin = pinyin_key(unit.short_name)
    if unit.kind == UnitKind.OFFICE and unit.parent:
        unit.authority_id = unit.parent.authority_id
    unit.save(force_insert=True)
    if unit.kind != UnitKind.OFFICE:
        unit.authority = unit
        unit.save(update_fields=["authority"])
    UnitName.objects.create(unit=unit, name=unit.name, short_name=unit.short_name, starts_on=unit.starts_on)
    grow_lineage([unit.pk])
    return unit


@step
def grow_lineage(units: Iterable[int]) -> None:
    """Write the lineage of units that have none yet, from the parent links, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up (descendant_id, ancestor_id, depth) AS ("
            "  SELECT id, id, 0 FROM org_unit WHERE id = ANY(%s)"
            "  UNION ALL"
            "  SELECT up.descendant_id, unit.parent_id, up.depth + 1"
            "  FROM up JOIN org_unit unit ON unit.id = up.ancestor_id WHERE unit.parent_id IS NOT NULL"
            ") INSERT INTO org_lineage (ancestor_id, descendant_id, depth)"
            " SELECT ancestor_id, descendant_id, depth FROM up",
            [list(units)],
        )


@step
def regrow_lineage(roots: Iterable[int]) -> None:
    """Make the lineage of these units and everything under them follow parent links that have changed.

    Set-based: what stands under a moved unit stays under it, so only the rows above are exchanged. Also
    settles for which authority the offices among them act. Everything in the lineage but these units and
    their descendants must be right; `roots` may lie below each other.
    """
    moved = list(roots)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT descendant_id FROM org_lineage WHERE ancestor_id = ANY(%s)", [moved])
        affected = [row[0] for row in cursor.fetchall()]
        cursor.execute("DELETE FROM org_lineage WHERE descendant_id = ANY(%s)", [affected])
    grow_lineage(affected)
    settle_authorities(affected)


@step
def settle_authorities(units: Iterable[int]) -> None:
    """Let each office among these units act for the nearest unit above that is not an office."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE org_unit SET authority_id = nearest.ancestor_id FROM ("
            "  SELECT DISTINCT ON (line.descendant_id) line.descendant_id, line.ancestor_id"
            "  FROM org_lineage line JOIN org_unit above ON above.id = line.ancestor_id"
            "  WHERE line.descendant_id = ANY(%s) AND above.kind <> 'office'"
            "  ORDER BY line.descendant_id, line.depth"
            ") nearest WHERE org_unit.id = nearest.descendant_id"
            " AND org_unit.authority_id IS DISTINCT FROM nearest.ancestor_id",
            [list(units)],
        )
