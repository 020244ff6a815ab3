"""Looking units and people up while a form is filled in."""

from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Q, QuerySet

from bihuan.org.models import Person, Unit
from bihuan.org.queries.people import known_as
from bihuan.org.queries.units import called

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Option:
    """A row of a picker: the name, and what tells it from its namesakes."""

    value: int
    label: str
    note: str

    @classmethod
    def of(cls, row: Any) -> Self:
        if isinstance(row, Person):
            return cls(row.pk, row.name, row.username)
        return cls(row.pk, row.name, row.parent.short_name if row.parent else "")


def options_of(rows: QuerySet, typed: str) -> tuple[list[Option], bool]:
    """The first rows that match what was typed, in the order of offices, and whether there are more."""
    typed = typed.strip()
    if rows.model is Unit:
        rows = rows.filter(called(typed) if typed else Q()).select_related("parent")
        rows = rows.order_by("sort_order", "pinyin", "id")
    else:
        rows = rows.filter(known_as(typed) if typed else Q()).order_by("pinyin", "id")
    found = list(rows[: SHOWN + 1])
    return [Option.of(row) for row in found[:SHOWN]], len(found) > SHOWN
