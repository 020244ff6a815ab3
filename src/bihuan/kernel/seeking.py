"""Pages of a long list by the row at which one ends, not by how many rows stand before it (keyset paging).

However far one has turned, the next page costs what the first one does, and a row that comes or goes meanwhile
moves no other across the edge of a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, OrderBy, Q

ALWAYS, NEVER = Q(), Q(pk__in=[])


@dataclass(frozen=True)
class Key:
    """One of the values by which a list is sorted, and which way; the database puts nothing last unless descending."""

    path: str
    descending: bool = False
    nothing_first: bool = False


def keys_of(by: Sequence[str | OrderBy]) -> list[Key]:
    """What a queryset's `order_by` of these sorts by."""
    found = []
    for one in by:
        if isinstance(one, str):
            descending = one.startswith("-")
            found.append(Key(one.lstrip("-"), descending, descending))
        else:
            assert isinstance(one.expression, F)
            first = bool(one.nulls_first) or (one.descending and not one.nulls_last)
            found.append(Key(one.expression.name, one.descending, first))  # type: ignore[attr-defined]  # F has one
    return found


def beyond(model: type[Model], keys: Sequence[Key], place: Sequence[Any], *, backwards: bool = False) -> Q:
    """The rows behind a place, or before it: those that differ from it first in a value that sorts further on.

    The bound of the first value stands alone, too, so that an index begins to read there.
    """
    if backwards:
        keys = [Key(one.path, not one.descending, not one.nothing_first) for one in keys]
    found, same = NEVER, ALWAYS
    for key, value in zip(keys, place, strict=True):
        found |= same & _further(model, key, value)
        same &= Q(**{f"{key.path}__isnull": True} if value is None else {key.path: value})
    first, value = keys[0], place[0]
    if value is None or _may_be_nothing(model, first.path):
        return found
    return Q(**{f"{first.path}__{'lte' if first.descending else 'gte'}": value}) & found


def _further(model: type[Model], key: Key, value: Any) -> Q:
    if value is None:
        return Q(**{f"{key.path}__isnull": False}) if key.nothing_first else NEVER
    found = Q(**{f"{key.path}__{'lt' if key.descending else 'gt'}": value})
    if not key.nothing_first and _may_be_nothing(model, key.path):
        found |= Q(**{f"{key.path}__isnull": True})
    return found


def _may_be_nothing(model: type[Model] | None, path: str) -> bool:
    """Whether the path may lead to nothing; what a query computes itself never does."""
    for name in path.split("__"):
        if model is None or name == "pk":
            return False
        try:
            field: Any = model._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        if field.null:
            return True
        model = field.related_model
    return False


def as_token(place: Sequence[Any], salt: str) -> str:
    """A place as it stands in an address; nobody else can make one, so what is read from one is what was said."""
    plain = [
        one.isoformat() if isinstance(one, date) else str(one) if isinstance(one, Decimal) else one
        for one in place
    ]
    return Signer(salt=salt).sign_object(plain)


def from_token(token: str, salt: str) -> list[Any] | None:
    """The place that an address names; None for what is none of this list in this order."""
    if not token:
        return None
    try:
        return list(Signer(salt=salt).unsign_object(token))
    except (BadSignature, ValueError):
        return None
