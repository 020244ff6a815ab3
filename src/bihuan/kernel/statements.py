"""Statements that every page asks: written out once, planned by the server once for each connection."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

PERSON, UNIT = -101, -102
NOW = datetime(1000, 1, 1, tzinfo=UTC)
"""What stands in a statement for the reader and the moment until they are known; no row has such a value."""

_PLACES = {PERSON: "%(person)s::bigint", UNIT: "%(unit)s::bigint"}
_REACH = timedelta(days=366)  # how far from now a moment may lie


def with_places(statement: str, values: Sequence[Any]) -> str:
    """The statement with its constants written out, and named places where a stand-in was.

    Constants are written out, so that the server's plan can count on them; places are `person`, `unit` and `now`.
    """
    parts = statement.split("%s")
    if len(parts) != len(values) + 1:
        raise ValueError("a statement with another number of values")
    return parts[0] + "".join(_place(value) + part for value, part in zip(values, parts[1:], strict=True))


def fetch_prepared(statement: str, values: dict[str, Any]) -> list[tuple]:
    """The rows of a statement that is sent and planned in full once, and by its values from then on."""
    connection.ensure_connection()
    wrap: Callable[..., Any] = (
        connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    )
    with wrap(_Prepared(connection.connection)) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


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
    return _PLACES[int(value)] if isinstance(value, int) and value in _PLACES else _written(value)


def _written(value: Any) -> str:
    return sql.Literal(value).as_string(connection.connection).replace("%", "%%")
