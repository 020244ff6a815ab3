"""What `manage check --database` and `bihuan doctor` look at in the organisation."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import ProgrammingError

from bihuan.org.queries import lineage_flaws


@register(Tags.database)
def lineage_follows_parents(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Lineage and authorities must follow from the parent links; scope is read from them."""
    if not databases:
        return []
    try:
        flaws = lineage_flaws(limit=5)
    except ProgrammingError:
        return []  # the tables are not there before the first migration
    return [
        Error(f"the tree is spoilt at unit {flaw.unit_id}: {flaw.code} ({flaw.ancestor_id})", id="org.E001")
        for flaw in flaws
    ]
