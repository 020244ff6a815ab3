"""Statements that every page or call asks: written out once, planned by the server once for each connection."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Expression, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, get_related_populators
from psycopg import sql

PERSON, UNIT, KEY = -101, -102, -103
NOW = datetime(1000, 1, 1, tzinfo=UTC)
TODAY = date(1000, 1, 2)
TEXT = "-104"
REQUEST = UUID(int=105)
KEYS = [-106]
"""What stands in a statement for what is not known yet, such as the reader; no row has such a value."""

_PLACES: dict[Any, str] = {
    PERSON: "%(person)s::bigint",
    UNIT: "%(unit)s::bigint",
    KEY: "%(key)s::bigint",
    TODAY: "%(today)s::date",
    TEXT: "%(text)s::text",
    REQUEST: "%(request)s::uuid",
}
_NAMED = r"%\((\w+)\)s"
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
        return _fetch(statement, values)
    connection.ensure_connection()
    prepared: Any = _Prepared(connection.connection)
    with connection.make_cursor(prepared) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _fetch(statement: str, values: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


class Written:
    """A queryset with stand-ins, written out once; `fetch` gives the rows that the queryset would give.

    The ORM takes longer to write such a statement than the server to answer it. The rows are objects with what
    `select_related` names, or tuples of `values_list`. Where the best plan depends on the values it is
    `planned_anew` each time, otherwise once for each connection.
    """

    def __init__(self, rows: QuerySet, *, planned_anew: bool = False):
        self._alias, self._planned_anew = rows.db, planned_anew
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
            self._make = _Maker(self._kind["model"])
            self._related = get_related_populators(  # the stubs know a later Django's
                self._kind, self._compiler.select, self._alias
            )  # type: ignore[call-arg]
            _quicken(self._related)

    def fetch(self, **values: Any) -> list[Any]:
        if not self._statement:
            return []
        rows: Any = (_fetch if self._planned_anew else fetch_prepared)(self._statement, values)
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return list(self._objects(rows)) if self._kind else [tuple(row) for row in rows]

    def _objects(self, rows: Iterable[Sequence[Any]]) -> Iterator[Any]:
        """Rows that lead to the same row of another table share it: a page's fifty lines have few givers."""
        known: list[dict[Any, Any]] = [{} for _related in self._related]
        for row in rows:
            one = self._make.from_db(self._alias, self._names, row[self._own])
            for related, seen in zip(self._related, known, strict=True):
                key = row[related.cols_start + related.pk_idx]
                if key in seen:
                    related.local_setter(one, seen[key])
                else:
                    related.populate(row, one)
                    seen[key] = related.local_setter.__self__.get_cached_value(one)
            yield one


class _Maker:
    """Makes objects of a model as its `from_db` does, without asking of each field whether the row has it."""

    def __init__(self, model: type[Model]):
        self._model = model

    def from_db(self, alias: str, names: Sequence[str], values: Sequence[Any]) -> Model:
        one = self._model.__new__(self._model)
        state = one.__dict__["_state"] = ModelState()
        state.db, state.adding = alias, False
        one.__dict__.update(zip(names, values, strict=True))
        return one


def _quicken(populators: Iterable[Any]) -> None:
    """Let what rows lead to be made so too."""
    for one in populators:
        one.model_cls = _Maker(one.model_cls)
        _quicken(one.related_populators)


class Condition(Expression):
    """A condition on the rows of one table, written out once, for `filter`; the values come with each use.

    For a scope that the ORM would put together anew for every list. The plan is the one of the same condition
    written by the ORM: the values stand in the statement.
    """

    output_field: Any = BooleanField()
    conditional = True

    def __init__(self, text: "ConditionText", values: dict[str, Any]):
        super().__init__()
        self.text, self.values, self.alias = text, values, ""

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        return self.relabeled_clone({"": query.get_initial_alias()})

    def relabeled_clone(self, change_map: Any) -> Any:
        clone = self.copy()
        clone.alias = change_map.get(self.alias, self.alias)
        return clone

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if not self.text.parts:
            raise EmptyResultSet
        text = compiler.quote_name_unless_alias(self.alias).join(self.text.parts)
        return f"({text})", tuple(self.values[name] for name in self.text.names)


class ConditionText:
    """What a queryset with stand-ins asks of the rows of its own table, as text around that table's alias."""

    def __init__(self, rows: QuerySet):
        self.names: list[str] = []
        self.parts: list[str] = []  # none where nothing is found, whatever the values
        compiler: Any = rows.query.get_compiler(rows.db)
        try:
            written = with_places(*rows.query.where.as_sql(compiler, connection))
        except EmptyResultSet:
            return
        # It may come to stand inside a subquery: aliases of its own keep the two apart.
        written = re.sub(r"\b([U-Z]+\d+)\b", r"within_\1", written)
        self.names = re.findall(_NAMED, written)
        table = connection.ops.quote_name(rows.model._meta.db_table)
        self.parts = re.split(rf"{re.escape(table)}(?=\.)", re.sub(_NAMED, "%s", written))


class _Prepared(psycopg.Cursor):
    """Binds on the server and keeps the plan, where Django's own cursor writes the values into the text."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **{**options, "prepare": True})


def _place(value: Any) -> str:
    if value == KEYS:
        return "%(keys)s::bigint[]"
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
