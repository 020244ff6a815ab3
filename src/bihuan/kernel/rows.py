"""Writing many rows in one statement."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from bihuan.kernel.statements import fetch_prepared
from bihuan.kernel.transactions import step


def refresh_statistics(*kinds: type[models.Model]) -> None:
    """Tell the planner of rows just written in masses: by the server's own rule, which it applies a minute later.

    Until then it took 24 s for a page over 16,000 new assignments that takes 0.3 s afterwards. What has changed by less
    than a tenth is left alone. Outside a transaction: what is not committed is not counted yet.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")  # of what this connection wrote a moment ago
        cursor.execute(
            "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND (reltuples < 0"
            " OR pg_stat_get_mod_since_analyze(oid) > 50 + 0.1 * reltuples)",
            [[quote(kind._meta.db_table) for kind in kinds]],
        )
        if stale := ", ".join(quote(name) for (name,) in cursor.fetchall()):
            cursor.execute(f"ANALYZE {stale}")


@step
def insert_alike(blank: models.Model, *, unless_there: bool = False, **varying: Sequence[Any]) -> list[int]:
    """Insert `blank` once for each value of the varying columns, given side by side; returns the new ids in order.

    One statement and no model objects: a mass dispatch writes 100,000 of them, and COPY itself is hardly faster.
    With `unless_there` rows that a unique constraint has already are passed over, and so are their ids.
    """
    table = connection.ops.quote_name(blank._meta.db_table)
    columns, values, constants = [], [], []
    concrete: list[Any] = list(blank._meta.concrete_fields)
    for field in concrete:
        if field.primary_key:
            continue
        columns.append(connection.ops.quote_name(field.column))
        if field.name in varying:
            values.append(f"given.{columns[-1]}")
        else:
            values.append(f"%s::{_type(field)}")
            constants.append(field.get_db_prep_save(field.pre_save(blank, add=True), connection))
    fields: list[Any] = [blank._meta.get_field(name) for name in varying]
    shape = ", ".join(f"{connection.ops.quote_name(field.column)} {_type(field)}" for field in fields)
    names = [field.column for field in fields]
    given = [dict(zip(names, row, strict=True)) for row in zip(*varying.values(), strict=True)]
    statement = f"""
        INSERT INTO {table} ({", ".join(columns)})
        SELECT {", ".join(values)} FROM json_to_recordset(%s::json) AS given ({shape})
        {"ON CONFLICT DO NOTHING" if unless_there else ""} RETURNING id"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [*constants, json.dumps(given, cls=DjangoJSONEncoder)])
        return [row[0] for row in cursor.fetchall()]


@step
def insert_one(row: models.Model) -> None:
    """Insert one row by a statement that is planned once: as `save`, for what is written in every action."""
    fields: list[Any] = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = {
        field.column: field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields
    }
    row.pk = fetch_prepared(_inserting(type(row)), values)[0][0]
    row._state.adding = False


@step
def update_one(row: models.Model, names: Iterable[str]) -> None:
    """Save these columns of a row that the action has locked, likewise."""
    columns = tuple(sorted(names))
    fields: list[Any] = [row._meta.get_field(name) for name in columns]
    values: dict[str, Any] = {field.column: _prepared(field, row) for field in fields}
    if not fetch_prepared(_updating(type(row), columns), {**values, "key": row.pk}):
        raise ObjectDoesNotExist(f"no {row._meta.label_lower} {row.pk} to update")


@lru_cache(maxsize=64)
def _inserting(kind: type[models.Model]) -> str:
    fields: list[Any] = [field for field in kind._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(f"%({field.column})s::{_type(field)}" for field in fields)
    return f"INSERT INTO {quote(kind._meta.db_table)} ({columns}) VALUES ({places}) RETURNING id"


@lru_cache(maxsize=256)
def _updating(kind: type[models.Model], names: tuple[str, ...]) -> str:
    fields: list[Any] = [kind._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %({field.column})s::{_type(field)}" for field in fields)
    return f"UPDATE {quote(kind._meta.db_table)} SET {sets} WHERE id = %(key)s RETURNING id"


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


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`pk__among=keys`: membership in one array, given or selected (`pk__among=queryset.values("pk")`).

    As `__in`, but thousands of keys cost less to send, and an array is looked up in an index where a subquery
    beside an OR is a question put to every row.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        if isinstance(self.rhs, Query):
            selected, more = self.process_rhs(compiler, connection)
            return f"{column} = ANY(ARRAY{selected})", (*parameters, *more)
        return f"{column} = ANY(%s::bigint[])", (*parameters, list(self.rhs))


def _type(field: Any) -> str:
    """The column's type without its length: a cast to `varchar(9)` would cut off where an insert refuses."""
    return str(field.db_type(connection)).partition("(")[0]


def _prepared(column: models.Field, row: models.Model) -> object:
    return column.get_db_prep_save(getattr(row, column.attname), connection)
