"""Reading the organisation; nothing here writes."""

from bihuan.org.queries.matching import Suggestion, match_units
from bihuan.org.queries.people import answerable_in, is_vacant, people_in, unheld_in, vacancies
from bihuan.org.queries.units import (
    children_of,
    children_of_any,
    lineage_flaws,
    name_on,
    names_on,
    parent_on,
    roots,
    search_units,
    successors_on,
)

__all__ = [
    "Suggestion",
    "answerable_in",
    "children_of",
    "children_of_any",
    "is_vacant",
    "lineage_flaws",
    "match_units",
    "name_on",
    "names_on",
    "parent_on",
    "people_in",
    "roots",
    "search_units",
    "successors_on",
    "unheld_in",
    "vacancies",
]
