"""A list as an outline (提纲): its nodes in reading order, each with a depth, and the moves an editor makes on it.

The order is the document's, so no move but `raise_` and `lower` changes it; a parent is always the nearest node
before that is less deep. Pure functions: they return a new outline, the same one where a move is not possible.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

DEEPEST = 8


class Shift(TextChoices):
    """The ways in which a branch can be moved."""

    HIGHER = "higher", _("升级")
    DEEPER = "deeper", _("降级")
    UP = "up", _("上移")
    DOWN = "down", _("下移")


class Place(NamedTuple):
    """A node by its key, and how deep it stands; the top level is 1."""

    key: int
    depth: int


Outline = Sequence[Place]


def is_valid(outline: Outline) -> bool:
    """Whether every node stands at most one level below the one before it, and none twice."""
    above = 0
    for place in outline:
        if not 1 <= place.depth <= min(above + 1, DEEPEST):
            return False
        above = place.depth
    return len({place.key for place in outline}) == len(outline)


def parents(outline: Outline) -> dict[int, int | None]:
    """Each node's parent, the top ones' being None."""
    found: dict[int, int | None] = {}
    path: list[int] = []
    for key, depth in outline:
        del path[depth - 1 :]
        found[key] = path[-1] if path else None
        path.append(key)
    return found


def reach(outline: Outline, index: int) -> int:
    """Where the branch that begins at `index` ends, exclusive."""
    depth = outline[index].depth
    return next((n for n in range(index + 1, len(outline)) if outline[n].depth <= depth), len(outline))


def indent(outline: Outline, keys: Collection[int]) -> list[Place]:
    """Put the chosen branches one level deeper, under what stands before them (降级)."""
    moved = list(outline)
    for index in _roots(outline, keys):
        end = reach(moved, index)
        below = max(place.depth for place in moved[index:end])
        if index and moved[index - 1].depth >= moved[index].depth and below < DEEPEST:
            moved[index:end] = _shifted(moved[index:end], +1)
    return moved


def outdent(outline: Outline, keys: Collection[int]) -> list[Place]:
    """Put the chosen branches one level higher (升级); siblings that follow come to stand below them."""
    moved = list(outline)
    for index in _roots(outline, keys):
        if moved[index].depth > 1:
            end = reach(moved, index)
            moved[index:end] = _shifted(moved[index:end], -1)
    return moved


def raise_(outline: Outline, key: int) -> list[Place]:
    """Exchange a branch with the sibling before it (上移)."""
    index = position(outline, key)
    before = _sibling_before(outline, index)
    if before is None:
        return list(outline)
    end = reach(outline, index)
    return [*outline[:before], *outline[index:end], *outline[before:index], *outline[end:]]


def lower(outline: Outline, key: int) -> list[Place]:
    """Exchange a branch with the sibling after it (下移)."""
    after = reach(outline, position(outline, key))
    if after == len(outline) or outline[after].depth < outline[position(outline, key)].depth:
        return list(outline)
    return raise_(outline, outline[after].key)


def without(outline: Outline, key: int) -> list[Place]:
    """Take a single node out; what hung below it goes on under the node before, where there is one to hold it."""
    index = position(outline, key)
    end = reach(outline, index)
    above = outline[index - 1].depth if index else 0
    orphans = outline[index + 1 : end]
    if outline[index].depth > above:  # it was the first part of the node before it
        orphans = _shifted(orphans, -1)
    return [*outline[:index], *orphans, *outline[end:]]


def insert(outline: Outline, key: int, *, after: int | None, below: bool = False) -> list[Place]:
    """Put a new node behind the branch of `after`, or below it as its last part; without `after` at the end."""
    if after is None:
        return [*outline, Place(key, 1)]
    index = position(outline, after)
    depth = min(outline[index].depth + below, DEEPEST)
    end = reach(outline, index)
    return [*outline[:end], Place(key, depth), *outline[end:]]


def insert_read(outline: Outline, key: int, *, after: int | None) -> list[Place]:
    """Put a new node where it is read: right behind `after`, as its first part where it has parts."""
    if after is None:
        return [Place(key, 1), *outline]
    index = position(outline, after)
    following = outline[index + 1].depth if index + 1 < len(outline) else 0
    depth = max(outline[index].depth, following)
    return [*outline[: index + 1], Place(key, depth), *outline[index + 1 :]]


def branch(outline: Outline, key: int) -> set[int]:
    """A node and everything below it."""
    index = position(outline, key)
    return {place.key for place in outline[index : reach(outline, index)]}


def before(outline: Outline, key: int) -> int | None:
    """The node that is read just before, whatever its level: what a wrongly separated passage belongs to."""
    index = position(outline, key)
    return outline[index - 1].key if index else None


def position(outline: Outline, key: int) -> int:
    """Raises LookupError for a node that is not in the outline."""
    for index, place in enumerate(outline):
        if place.key == key:
            return index
    raise LookupError(key)


def _sibling_before(outline: Outline, index: int) -> int | None:
    depth = outline[index].depth
    for n in range(index - 1, -1, -1):
        if outline[n].depth <= depth:
            return n if outline[n].depth == depth else None
    return None


def _roots(outline: Outline, keys: Collection[int]) -> Iterator[int]:
    """The chosen nodes that do not stand below another chosen one: their branches move as a whole."""
    index = 0
    while index < len(outline):
        if outline[index].key in keys:
            yield index
            index = reach(outline, index)
        else:
            index += 1


def _shifted(places: Iterable[Place], by: int) -> list[Place]:
    return [Place(key, depth + by) for key, depth in places]
