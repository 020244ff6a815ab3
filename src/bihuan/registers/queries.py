"""Reading registers: what a reader may open, a page of rows, and everything a file needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.listing import REGISTERS, Column, Line, Order, Register, lines
from bihuan.kernel.seeking import Key, as_token, beyond, from_token, keys_of
from bihuan.kernel.workbooks import Head, Layout
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import standing_of
from bihuan.registers.models import Export, SavedView

PAGE_SIZE = 50
COUNTED = 1000  # beyond so many the exact number helps nobody and costs a scan
SMALL = 2000  # rows that are written while the reader waits
OWN = (
    "col",
    "order",
    "page",
    "after",
    "before",
    "view",
    "moving",
    "title",
    "form",
    "paper",
    "csrfmiddlewaretoken",
    "request_key",
)
"""What of an address is not the filter's."""


def registers_for(actor: Actor) -> list[Register]:
    """The registers that this reader may open, in the order in which they are offered."""
    ranked = sorted(REGISTERS.values(), key=lambda register: register.place)
    return [register for register in ranked if register.allowed(actor)]


def register_named(key: str, actor: Actor) -> Register | None:
    register = REGISTERS.get(key)
    return register if register and register.allowed(actor) else None


@dataclass(frozen=True)
class Asked:
    """A register as somebody asked for it: filter, columns and order, understood."""

    register: Register
    actor: Actor
    form: Any
    columns: list[Column]
    order: Order
    query: str  # the filter alone

    @property
    def rows(self) -> Any:
        return self.register.sorted_rows(self.actor, self.form, self.columns, self.order)

    def rows_beyond(self, place: Sequence[Any], keys: Sequence[Key], *, backwards: bool) -> Any:
        """The rows behind a place, or those before it, nearest first."""
        further = beyond(self.bare.model, keys, place, backwards=backwards)
        rows = self.register.sorted_rows(self.actor, self.form, self.columns, self.order, further)
        return rows.reverse() if backwards else rows

    @property
    def bare(self) -> Any:
        """The same rows without what the columns compute, for counting."""
        return self.register.rows(self.actor, self.form)

    def address(self, **more: Any) -> str:
        """The whole of it as it stands in an address."""
        said = QueryDict(self.query, mutable=True)
        pairs = [(name, value) for name, values in said.lists() for value in values]
        usual = [column.key for column in self.register.chosen()]
        if (keys := [column.key for column in self.columns]) != usual:
            pairs += [("col", key) for key in keys]
        if self.order != self.register.orders[0]:
            pairs.append(("order", self.order.key))
        return urlencode([*pairs, *((name, value) for name, value in more.items() if value)])


def moved(asked: Asked, key: str, by: int) -> str:
    """The address with a column one place further to the left (-1) or right (+1); "" where there is no place."""
    keys = [column.key for column in asked.columns]
    at = keys.index(key)
    if not 0 <= at + by < len(keys):
        return ""
    keys[at], keys[at + by] = keys[at + by], keys[at]
    said = QueryDict(asked.address(), mutable=True)
    said.setlist("col", keys)
    return said.urlencode()


def understood(register: Register, actor: Actor, given: QueryDict, view: SavedView | None = None) -> Asked:
    """What an address asks of a register; what cannot be read is left out. A view stands in for what is not said."""
    if view is not None and not filter_of(given) and not {"col", "order"} & given.keys():
        given = QueryDict(as_address(view))
    query = filter_of(given)
    form = register.form(actor, QueryDict(query))
    return Asked(
        register,
        actor,
        form,
        register.chosen(given.getlist("col"), form),
        register.order(given.get("order", "")),
        query,
    )


def as_address(view: SavedView) -> str:
    """A view as the address that shows it."""
    more = [("col", key) for key in view.columns]
    if view.order:
        more.append(("order", view.order))
    return "&".join(filter(None, [view.query, urlencode(more)]))


def filter_of(given: QueryDict) -> str:
    """The filter's part of an address; empty values count, for they say: all of them."""
    pairs = [(name, value) for name, values in given.lists() if name not in OWN for value in values]
    return urlencode(pairs)


@dataclass(frozen=True)
class Page:
    """A page of a register; `count` is of all rows, as far as they were counted.

    `after` and `before` name the pages beside it, "" where there is none. `number` tells how often one turned.
    """

    lines: list[Line]
    number: int
    count: int
    after: str = ""
    before: str = ""

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1

    @property
    def is_uncounted(self) -> bool:
        return self.count > COUNTED


def page_of(asked: Asked, number: int = 1, *, after: str = "", before: str = "") -> Page:
    """One page, in two statements however long the list and however far on: the first, or that beside a named place."""
    salt = f"register {asked.register.key} {asked.order.key}"
    behind, ahead = from_token(after, salt), from_token(before, salt)
    keys = keys_of(asked.order.by)
    found = _beside(asked, keys, behind or ahead, backwards=behind is None and ahead is not None)
    more = len(found) > PAGE_SIZE
    if ahead is not None and behind is None and not more:  # what stands before the second page is the first
        ahead, found = None, _beside(asked, keys, None)
        more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE]
    if behind is None and ahead is not None:
        shown.reverse()
    number = 1 if behind is None and ahead is None else max(2, number)
    return Page(
        shown,
        number,
        counted(asked, COUNTED),
        as_token(shown[-1].place, salt) if more else "",
        as_token(shown[0].place, salt) if shown and number > 1 else "",
    )


def _beside(
    asked: Asked, keys: Sequence[Key], place: Sequence[Any] | None, *, backwards: bool = False
) -> list[Line]:
    """The rows next to a place, nearest first, and one more to know whether there are others."""
    rows = asked.rows if place is None else asked.rows_beyond(place, keys, backwards=backwards)
    paths = [key.path for key in keys]
    return list(lines(asked.register, rows[: PAGE_SIZE + 1], asked.columns, clock.now(), paths))


def counted(asked: Asked, limit: int) -> int:
    """How many rows there are, up to one more than the limit."""
    return int(asked.bare.order_by()[: limit + 1].count())


def all_lines(asked: Asked, at: datetime) -> Iterator[Line]:
    """Every row, without holding them."""
    return lines(asked.register, asked.rows, asked.columns, at)


def layout_of(asked: Asked, title: str, paper: str, unit: Unit | None) -> Layout:
    """The office's form of the list: who made it, when, and what it was narrowed to."""
    authority = (unit.authority or unit) if unit else None
    heads = [
        Head(str(column.title), str(column.group), column.width, bool(column.merged))
        for column in asked.columns
    ]
    return Layout(
        title=title,
        unit=authority.name if authority else "",
        day=clock.today(),
        heads=heads,
        remark="；".join(words_of(asked)),
        paper=paper,
    )


def words_of(asked: Asked) -> list[str]:
    """What the list was narrowed to, in words: of each filter that says something its label and its choice."""
    form = asked.form
    if hasattr(form, "words"):
        return list(form.words())
    said = []
    for bound in form:
        value = getattr(form, "cleaned_data", {}).get(bound.name)
        if value in (None, "", []) or bound.is_hidden:
            continue
        choices = {str(key): label for key, label in getattr(bound.field, "choices", ())}
        said.append(_("%(what)s：%(value)s") % {"what": bound.label, "value": choices.get(str(value), value)})
    return said


def views_of(register: Register, actor: Actor) -> Sequence[SavedView]:
    """The views of a register that the reader may open, their own first."""
    rows = SavedView.objects.within(actor, Cap.VIEW).filter(register=register.key).select_related("unit")
    return sorted(rows, key=lambda one: (one.owner_id != actor.person_id, one.name))


def exports_of(actor: Actor) -> Any:
    """The files that the reader asked for in this post, the latest first."""
    return Export.objects.within(actor, Cap.VIEW).order_by("-asked_at", "-pk")


def shares_below(actor: Actor) -> bool:
    """Whether the actor may share views with the units below: an oversight role sees them, a handling role does not."""
    standing = standing_of(actor)
    return standing.unit_id is not None and standing.oversees(standing.unit_id, Cap.VIEW)
