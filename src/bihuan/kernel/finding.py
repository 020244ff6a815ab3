"""What can be searched for (搜索). Each context registers what it offers; `insight` composes, and knows none of them.

An offer's `rows` is the one queryset from which its count, its pages and its suggestions come, and it is scoped: what
the reader may not know of is in none of them. An offer that does not understand a filter of the question finds
nothing, so that 状态:逾期 does not list every unit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet

from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import passage, stands_in

FILTERS = ("unit", "state", "number", "plan", "person", "due")
"""What may be asked for besides words; `kind` chooses among the offers themselves."""


@dataclass(frozen=True)
class Asked:
    """A question as it was understood: words that must all be found, and filters, each with its alternatives."""

    terms: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    state: tuple[str, ...] = ()  # codes of STATES
    number: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    since: date | None = None  # the deadline, both days included
    until: date | None = None
    kinds: tuple[str, ...] = ()

    @property
    def filters(self) -> frozenset[str]:
        used = {name for name in FILTERS if name != "due" and getattr(self, name)}
        return frozenset(used | ({"due"} if self.since or self.until else set()))

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.filters)

    @property
    def marks(self) -> tuple[str, ...]:
        """The words to be marked where they are found."""
        return (*self.terms, *self.unit, *self.number, *self.plan, *self.person)


@dataclass(frozen=True)
class Hit:
    """One thing found: where it is read, and in which of its texts the words stand."""

    pk: int
    title: str
    href: str
    notes: Sequence[str] = ()  # what tells it from others: number, unit
    where: Sequence[tuple[str, str]] = ()  # the name of the text, and the part of it with the words
    light: tuple[str, str] | None = None  # letter and words, of what has a clock
    more: Sequence[tuple[str, str]] = ()  # further addresses with their labels


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A kind of thing that can be found.

    `rows(actor, asked, above)` are all rows the reader may see that answer; `above` leaves out those whose key, the
    first they are ordered by, is not greater. Of a long kind `floor(actor, edge, n)` is the key of the n-th row below
    an edge, or None where there are not so many or the reader sees few. `told` makes hits of the rows with these keys,
    in their order. `words` are further names of the kind in a question (类型:文书).
    """

    kind: str
    label: Any
    icon: str
    order: int
    words: tuple[str, ...]
    filters: frozenset[str]
    rows: Callable[[Actor, Asked, int | None], QuerySet]
    told: Callable[[Actor, Asked, list[int]], list[Hit]]
    order_by: tuple[str, ...] = ("-pk",)
    floor: Callable[[Actor, int | None, int], int | None] | None = None
    facets: Callable[[list[int]], dict[str, int]] | None = None  # how many of these are in which of STATES

    def answers(self, asked: Asked) -> bool:
        """Whether it can be asked this at all."""
        if asked.kinds and self.kind not in asked.kinds:
            return False
        return not asked.is_empty and asked.filters <= self.filters


@dataclass(frozen=True)
class State:
    """A state by which one can filter (状态:逾期)."""

    code: str
    label: Any
    words: tuple[str, ...] = ()


def floor_of(model: type[Model], edge: int | None, n: int) -> int | None:
    """The key of the n-th row of a table below an edge, or below all."""
    rows: Any = model._default_manager
    below = rows.all() if edge is None else rows.filter(pk__lte=edge)
    return next(iter(below.order_by("-pk").values_list("pk", flat=True)[n : n + 1]), None)


_offers: dict[str, Offer] = {}
_states: dict[str, State] = {}


def offer(one: Offer) -> None:
    """Let something be found; twice the same kind is a programming error."""
    if one.kind in _offers:
        raise ValueError(f"{one.kind!r} is offered already")
    _offers[one.kind] = one


def offers() -> list[Offer]:
    return sorted(_offers.values(), key=lambda one: one.order)


def know_state(code: str, label: Any, *words: str) -> None:
    _states[code] = State(code, label, words)


def states() -> dict[str, State]:
    return dict(_states)


def where_of(texts: Iterable[tuple[Any, str]], terms: Sequence[str]) -> list[tuple[str, str]]:
    """Those of the named texts in which one of the terms stands, each with the part around it."""
    found = []
    for name, text in texts:
        if text and any(stands_in(text, term) for term in terms):
            found.append((str(name), passage(text, terms)))
    return found
