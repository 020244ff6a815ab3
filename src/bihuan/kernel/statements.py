"""Statements that every page or call asks: written out once, planned by the server once for each connection."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from psycopg import sql

PERSON, UNIT, KEY = -101, -102, -103
NOW = datetime(1000, 1, 1, tzinfo=UTC)
TODAY = date(1000, 1, 2)
TEXT = "-104"
REQUEST = UUID(int=105)
"""What stands in a statement for what is not known yet, such as the reader; no row has such a value."""

_PLACES: dict[Any, str] = {
    PERSON: "%(person)s::bigint",
    UNIT: "%(unit)s::bigint",
    KEY: "%(key)s::bigint",
    TODAY: "%(today)s::date",
    TEXT: "%(text)s::text",
    REQUEST: "%(request)s::uuid",
}
_REACH = timedelta(days=366)  # how far from now a moment may lie


def with_places(statement: str, values: Sequence[Any]) -> str:
    """The statement with its constants written out, and named places where a stand-in was.

    Constants are written out, so that the server's plan can count on them; places have the names of the stand-ins.
    """
    parts = statement.split("%s")
    if len(parts) != len(values) + 1:
        raise ValueError("a statement with another number of values")
    return parts[0] + "".join(_place(value) + part for value, part in zip(values, parts[1:], strict=True))


def fetch_prepared(statement: str, values: dict[str, Any]) -> list[tuple]:
    """The rows of a statement that is sent and planned in full once, and by its values from then on."""
    if connection.queries_logged:  # whoever looks at statements is shown them with their values
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()
    connection.ensure_connection()
    prepared: Any = _Prepared(connection.connection)
    with connection.make_cursor(prepared) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


class Written:
    """A queryset with stand-ins, written out once; `fetch` gives the rows that the queryset would give.

    The ORM takes longer to write such a statement than the server to answer it. The rows are objects with what
    `select_related` names, or tuples of `values_list`.
    """

    def __init__(self, rows: QuerySet):
        self._alias = rows.db
        self._compiler: Any = rows.query.get_compiler(rows.db)
        try:
            self._statement = with_places(*self._compiler.as_sql())
        except EmptyResultSet:  # whatever stands in the places, nothing is found
            self._statement = ""
            return
        columns = [column for column, _sql, _alias in self._compiler.select]
        self._converters = self._compiler.get_converters(columns)
        self._kind: Any = (
            self._compiler.klass_info if issubclass(rows._iterable_class, ModelIterable) else None
        )
        if self._kind:
            own = self._kind["select_fields"]
            self._own = slice(own[0], own[-1] + 1)
            self._names = [column.target.attname for column in columns[self._own]]
            self._related = get_related_populators(  # the stubs know a later Django's
                self._kind, self._compiler.select, self._alias
            )  # type: ignore[call-arg]

    def fetch(self, **values: Any) -> list[Any]:
        if not self._statement:
            return []
        rows: Any = fetch_prepared(self._statement, values)
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return [self._object(row) for row in rows] if self._kind else [tuple(row) for row in rows]

    def _object(self, row: Sequence[Any]) -> Any:
        one = self._kind["model"].from_db(self._alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, one)
        return one


class _Prepared(psycopg.Cursor):
    """Binds on the server and keeps the plan, where Django's own cursor writes the values into the text."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **{**options, "prepare": True})


def _place(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(map(_place, value))}]::bigint[]"
    if isinstance(value, datetime):
        away = value - NOW
        if abs(away) > _REACH:
            raise ValueError(f"a moment that is no place: {value}")
        return f"(%(now)s::timestamptz + {_written(away)})" if away else "%(now)s::timestamptz"
    known = isinstance(value, int | str | date | UUID) and value in _PLACES
    if isinstance(value, date) and not known and value.year == NOW.year:
        raise ValueError(f"a day worked out from a stand-in would never change: {value}")
    return _PLACES[value] if known else _written(value)


def _written(value: Any) -> str:
    return sql.Literal(value).as_string(connection.connection).replace("%", "%%")
