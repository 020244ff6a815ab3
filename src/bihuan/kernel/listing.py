"""Lists that people read on paper (台账): what a context declares of each of its lists, once for page, file and API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import OrderBy, Q
from django.utils.translation import get_language

from bihuan.kernel.actor import Actor

Cell = str | int | float | Decimal | date | datetime | None
CHUNK = 2000  # rows fetched at a time


def as_said(value: Any) -> Cell:
    """A value as it stands in the row."""
    return value


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list (列): which values of a row it reads, and what it says of them.

    `say` takes the values in the order of `reads`, before them, where `timed`, the moment of the list. `width` is in
    half-width characters. Columns with the same `group` that stand side by side have it as a heading above theirs.
    Neighbours below each other are one merged cell where what `same` makes of the values of `merged` is the same.
    """

    key: str
    title: Any
    reads: Sequence[str] = ()  # the key itself where nothing is said
    say: Callable[..., Cell] = as_said
    width: int = 12
    group: Any = ""
    chosen: bool = True  # unless the reader says otherwise
    timed: bool = False
    merged: Sequence[str] = ()
    same: Callable[..., Any] | None = None  # without it the values themselves; nothing: never merged
    leads: bool = False  # to the page of the row

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.reads) or (self.key,)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One way to sort a list (排序), always with the key at its end so that pages neither overlap nor skip."""

    key: str
    label: Any
    by: Sequence[str | OrderBy]


def rows_of(rows: Any, paths: Sequence[str]) -> Iterator[tuple]:
    """The values of a queryset's rows, a chunk at a time; nothing is kept in memory."""
    return rows.values_list(*paths).iterator(chunk_size=CHUNK)


@dataclass(frozen=True, kw_only=True)
class Register:
    """A list that can be read, narrowed, sorted, kept as a view and taken along (台账).

    `form` understands the filter of an address and never refuses; `rows` gives the named queryset, which asks for
    the reader's scope itself; `with_columns` adds what the chosen columns compute. `row_key` comes first in
    what `stream` yields, `url` leads to its page.
    """

    key: str
    title: Any
    about: Any
    allowed: Callable[[Actor], bool]
    form: Callable[[Actor, Any], Any]
    rows: Callable[[Actor, Any], Any]
    columns: Sequence[Column]
    orders: Sequence[Order]
    with_columns: Callable[[Any, set[str], Actor], Any] = lambda rows, _keys, _actor: rows
    titled: Callable[[Any], Mapping[str, Any]] = (
        lambda _form: {}
    )  # other titles of columns by what was asked; none: not usual then
    stream: Callable[[Any, Sequence[str]], Iterator[tuple]] = rows_of
    row_key: str = "pk"
    # As `rows`, with a further condition, where these are no query that takes one.
    beyond: Callable[[Actor, Any, Q], Any] | None = None
    url: Callable[[Any], str] | None = None
    place: int = 50  # among the others, from the top

    def chosen(self, keys: Sequence[str] = (), asked: Any = None) -> list[Column]:
        """The columns asked for, in the order asked for, each once; without any known one the usual ones."""
        titles = self.titled(asked) if asked is not None else {}
        known = {column.key: column for column in self.columns}
        known |= {
            key: replace(known[key], title=title) for key, title in titles.items() if key in known and title
        }
        found = [known[key] for key in dict.fromkeys(keys) if key in known]
        return found or [
            column for column in known.values() if column.chosen and titles.get(column.key, column.title)
        ]

    def order(self, key: str = "") -> Order:
        """The way of sorting that is asked for, or the usual one."""
        return next((order for order in self.orders if order.key == key), self.orders[0])

    def sorted_rows(
        self, actor: Actor, asked: Any, columns: Sequence[Column], order: Order, further: Q | None = None
    ) -> Any:
        """The rows in scope that answer the filter, in order, with what these columns compute; or only some of them."""
        if further is not None and self.beyond:
            rows = self.beyond(actor, asked, further)
        else:
            rows = self.rows(actor, asked)
            rows = rows if further is None else rows.filter(further)
        return self.with_columns(rows, {column.key for column in columns}, actor).order_by(*order.by)


@dataclass(frozen=True)
class Line:
    """A row of a list as it is said: its key, its cells, and for merged columns what makes a cell the same as above.

    `place` is what it is sorted by, where that was asked for.
    """

    key: Any
    cells: list[Cell]
    same: list[Any]
    place: tuple[Any, ...] = ()


def lines(
    register: Register, rows: Any, columns: Sequence[Column], at: datetime, sorted_by: Sequence[str] = ()
) -> Iterator[Line]:
    """The lines of a list, one at a time."""
    places: dict[str, int] = {register.row_key: 0}
    for column in columns:
        for path in (*column.paths, *column.merged):
            places.setdefault(path, len(places))
    for path in sorted_by:
        places.setdefault(path, len(places))
    at_places = [places[path] for path in sorted_by]
    plan = [_reading(column, places, at) for column in columns]
    merging = [_sameness(column, places) for column in columns]
    merges = any(merging)
    nothing: list[Any] = []
    for row in register.stream(rows, list(places)):
        same = [one(row) if one else None for one in merging] if merges else nothing
        place = tuple(row[n] for n in at_places) if at_places else ()
        yield Line(row[0], [read(row) for read in plan], same, place)


def _sameness(column: Column, places: Mapping[str, int]) -> Callable[[tuple], Any] | None:
    """What makes a cell the same as the one above it, where the column is merged at all."""
    if not column.merged:
        return None
    numbers, same = [places[path] for path in column.merged], column.same
    if same is None:
        return lambda row: tuple(row[n] for n in numbers)
    return lambda row: same(*[row[n] for n in numbers])


def _reading(column: Column, places: Mapping[str, int], at: datetime) -> Callable[[tuple], Cell]:
    """How a column is said of a row of values: without a loop for those that read one value, which are most."""
    say, numbers = column.say, [places[path] for path in column.paths]
    if column.timed:
        return lambda row: say(at, *[row[n] for n in numbers])
    if len(numbers) > 1:
        return lambda row: say(*[row[n] for n in numbers])
    first = numbers[0]
    if say is as_said:
        return lambda row: row[first]
    return lambda row: say(row[first])


REGISTERS: dict[str, Register] = {}


def declare(*registers: Register) -> None:
    """Offer lists as registers; a key can be taken once."""
    for register in registers:
        if register.key in REGISTERS and REGISTERS[register.key] is not register:
            raise ValueError(f"register declared twice: {register.key}")
        REGISTERS[register.key] = register


def labelled(choices: Sequence[tuple[Any, Any]]) -> Callable[[Any], str]:
    """Says a code by its label, looked up once for a language and not once for a row."""
    labels = dict(choices)

    @lru_cache(maxsize=256)
    def said(_language: str | None, value: Any) -> str:
        return str(labels.get(value, value or ""))

    return lambda value: said(get_language(), value)


@contextmanager
def read_to_the_end() -> Iterator[None]:
    """Tell the server that cursors on this connection are read to their end, which it otherwise bets against."""
    with connection.cursor() as cursor:
        cursor.execute("SET cursor_tuple_fraction = 1.0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET cursor_tuple_fraction")
