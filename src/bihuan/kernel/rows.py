"""Writing many rows in one statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_each(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Save these fields of each row, as `bulk_update` does, in one statement of one plan whatever their number."""
    if not rows:
        return
    meta = rows[0]._meta
    key: Any = meta.pk
    columns: list[Any] = [meta.get_field(name) for name in fields]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(column.column)} = news.{quote(column.column)}" for column in columns)
    arrays = ", ".join(f"%s::{_type(column)}[]" for column in [key, *columns])
    names = ", ".join(quote(name) for name in ["key", *(column.column for column in columns)])
    table = quote(meta.db_table)
    values = [[_prepared(column, row) for row in rows] for column in [key, *columns]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS news({names})"
            f" WHERE {table}.{quote(key.column)} = news.key",
            values,
        )


def _type(column: Any) -> str:
    target = column.target_field if column.is_relation else column
    return target.cast_db_type(connection)


def _prepared(column: models.Field, row: models.Model) -> object:
    return column.get_db_prep_save(getattr(row, column.attname), connection)
