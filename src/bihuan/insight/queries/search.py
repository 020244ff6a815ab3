"""Searching (搜索): what every context offers, asked one after the other, each in its own scope.

A group's number and its list are the same rows: the keys are read up to the number that is counted, and those of the
page are told. Nothing is counted further than that, since a thousand or more helps nobody and costs a scan.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import override

from bihuan.insight import rules
from bihuan.insight.rules import KEYS, Question, called
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import by_index, fold
from bihuan.kernel.finding import Asked, Hit, Offer, offers, states

SHOWN, COUNTED = 5, 100  # of each kind where all are shown, and up to where they are counted
PAGE, COUNTED_ALONE = 20, 1000  # of one kind alone
WINDOW = 1500  # rows of a long table, the newest, that are read through first
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Group:
    """What was found of one kind. `after` is where the next page begins; `count` stops one above `counted`."""

    offer: Offer
    hits: list[Hit]
    count: int
    counted: int
    after: str = ""
    facets: Sequence[tuple[str, str, int]] = ()  # code, label, how many of all these

    @property
    def is_capped(self) -> bool:
        return self.count > self.counted

    @property
    def number(self) -> str:
        return f"{self.counted:,}+" if self.is_capped else f"{self.count:,}"


def understood(text: str) -> Question:
    """The question that somebody typed."""
    return rules.read(text, today=clock.today(), states=state_names(), kinds=kind_names())


def state_names() -> dict[str, list[str]]:
    """What each state is called, in every language."""
    return {code: [*_in_all(one.label), *one.words] for code, one in states().items()}


def kind_names() -> dict[str, list[str]]:
    return {one.kind: [*_in_all(one.label), *one.words] for one in offers()}


def _in_all(label: object) -> list[str]:
    found = []
    for language in LANGUAGES:
        with override(language):
            found.append(str(label))
    return found


def overview(actor: Actor, asked: Asked) -> list[Group]:
    """The first of every kind that answers, with how many there are; kinds of which nothing is found are left out."""
    groups = [found(actor, asked, one, SHOWN, COUNTED) for one in offers() if one.answers(asked)]
    return [group for group in groups if group.count]


def counts(actor: Actor, asked: Asked) -> list[Group]:
    """How many there are of every kind that answers, without the hits themselves."""
    groups = [found(actor, asked, one, 0, COUNTED) for one in offers() if one.answers(asked)]
    return [group for group in groups if group.count]


def page(actor: Actor, asked: Asked, kind: str, after: str = "") -> Group | None:
    """One kind alone, a page at a time; None for a kind that is not offered or cannot be asked this."""
    one = next((one for one in offers() if one.kind == kind), None)
    if one is None or not one.answers(asked):
        return None
    return found(actor, asked, one, PAGE, COUNTED_ALONE, after)


def found(actor: Actor, asked: Asked, one: Offer, size: int, counted: int, after: str = "") -> Group:
    """Up to `size` hits after a mark. On a later page nothing is counted anew."""
    edge = _edge(one, after)
    limit = size + 1 if edge else max(counted, size) + 1
    try:
        keys = _keys(actor, asked, one, edge, limit)
    except (ValidationError, ValueError, TypeError):  # a mark that was tampered with
        edge, keys = None, _keys(actor, asked, one, None, max(counted, size) + 1)
    shown = [key[-1] for key in keys[:size]]
    hits = one.told(actor, asked, shown) if shown else []
    mark = _mark(keys[size - 1]) if len(keys) > size > 0 else ""
    facets = _facets(one, asked, keys) if size == PAGE and edge is None and len(keys) <= counted else []
    return Group(one, hits, len(keys), counted, mark, facets)


def _facets(one: Offer, asked: Asked, keys: list[tuple[Any, ...]]) -> list[tuple[str, str, int]]:
    """The states in which what was found is, each with the number that the list of it will have."""
    if one.facets is None or asked.state or not keys:
        return []
    counts = one.facets([key[-1] for key in keys])
    return [(code, str(states()[code].label), n) for code, n in counts.items() if n]


def _keys(
    actor: Actor, asked: Asked, one: Offer, edge: Sequence[Any] | None, limit: int
) -> list[tuple[Any, ...]]:
    """The sort keys of the next rows. Of a long table the newest are asked first, and all only if these are too few."""
    names = [name.lstrip("-") for name in one.order_by]
    floors = _floors(actor, one, edge)
    for above in floors:
        rows = _beyond(one.rows(actor, asked, above), one, edge)
        with by_index() if above is None and len(floors) > 1 else nullcontext():
            keys = list(rows.order_by(*one.order_by).values_list(*names)[:limit])
        if above is None or len(keys) == limit:
            break
    return keys


def _floors(actor: Actor, one: Offer, edge: Sequence[Any] | None) -> list[int | None]:
    """Down to where the rows are read through first, since many texts hold a common word, and then all by index."""
    floor = one.floor(actor, edge[0] if edge else None, WINDOW) if one.floor else None
    return [None] if floor is None else [floor, None]


def _beyond(rows: QuerySet, one: Offer, edge: Sequence[Any] | None) -> QuerySet:
    """The rows behind the edge in the order of the offer."""
    if not edge:
        return rows
    behind, equal = Q(), Q()
    for name, value in zip(one.order_by, edge, strict=True):
        side = "lt" if name.startswith("-") else "gt"
        behind |= equal & Q(**{f"{name.lstrip('-')}__{side}": value})
        equal &= Q(**{name.lstrip("-"): value})
    return rows.filter(behind)


def _mark(key: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def _edge(one: Offer, mark: str) -> list[Any] | None:
    try:
        edge = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (ValueError, binascii.Error):
        return None
    fits = isinstance(edge, list) and len(edge) == len(one.order_by)
    plain = fits and all(isinstance(part, str) or _is_key(part) for part in edge)
    return edge if plain and _is_key(edge[-1]) else None


def _is_key(part: object) -> bool:
    return isinstance(part, int) and not isinstance(part, bool) and abs(part) < 2**62


# What the jump box offers while somebody types


@dataclass(frozen=True)
class Completion:
    """A way to go on with the question: what it says, and the question it makes."""

    label: str
    text: str


SUGGESTED = 4  # hits of a kind
COMPLETED = 6
NO_SUGGESTION = ("report", "submission", "urge", "explanation")  # read by opening what they are about


def suggestions(actor: Actor, asked: Asked) -> list[Group]:
    """A few of each kind that one jumps to."""
    groups = [
        found(actor, asked, one, SUGGESTED, SUGGESTED)
        for one in offers()
        if one.answers(asked) and one.kind not in NO_SUGGESTION
    ]
    return [group for group in groups if group.count]


def completions(actor: Actor, text: str) -> list[Completion]:
    """Filters and values by which the last word may go on."""
    before, _space, last = text.rpartition(" ")
    before = f"{before} " if before else ""
    key, sign, typed = last.replace("：", ":").partition(":")
    known = next((code for code, names in KEYS.items() if key.lower() in names), "")
    if sign and known:
        return [
            Completion(value, f"{before}{key}:{_quoted(value)} ") for value in _values(actor, known, typed)
        ]
    if not last:
        return []
    english = last.isascii()
    begun = [
        f"{called(key, english=english)}:"
        for key, names in KEYS.items()
        if any(name.startswith(last.lower()) for name in names)
    ]
    state = called("state", english=english)
    as_state = [f"{state}:{_quoted(value)}" for value in _values(actor, "state", last)[:2]]
    return [Completion(one, f"{before}{one}") for one in (begun + as_state)[:COMPLETED]]


def _values(actor: Actor, key: str, typed: str) -> list[str]:
    if key in ("state", "kind"):
        every = states().values() if key == "state" else offers()
        names = {"state": state_names(), "kind": kind_names()}[key]
        wanted = fold(typed)
        codes = {
            code for code, called in names.items() if any(fold(one).startswith(wanted) for one in called)
        }
        labels = [str(one.label) for one in every if getattr(one, "code", getattr(one, "kind", "")) in codes]
        return labels[: 12 if not typed else COMPLETED]
    sources = {"unit": "unit", "plan": "plan", "person": "person"}
    if key not in sources or not fold(typed):
        return []
    one = next((one for one in offers() if one.kind == sources[key]), None)
    if one is None:
        return []
    hits = found(actor, Asked((typed,)), one, COMPLETED, COMPLETED).hits
    return list(dict.fromkeys(hit.title for hit in hits))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
