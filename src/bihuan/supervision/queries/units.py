"""Finding a unit by what somebody types: name, other name or pinyin."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from bihuan.kernel import clock
from bihuan.org.models import Alias, Lineage, Unit, UnitKind

SHOWN = 20


@dataclass(frozen=True)
class Pick:
    """What a unit picker shows: the chosen ones, then those that match."""

    chosen: list[Unit]
    found: list[Unit]
    more: bool  # there are more matches than are shown


def matching(units: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    """The units called so, exact names first; latin letters are taken as pinyin or its initials."""
    text = text.strip()
    if not text:
        return units.order_by("sort_order", "pinyin", "pk")
    other = Alias.objects.filter(unit=OuterRef("pk"), name__icontains=text)
    said = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(Exists(other))
    if text.isascii():
        spelt = text.lower().replace(" ", "")
        said |= Q(pinyin__startswith=spelt) | Q(pinyin__contains=f" {spelt}") | Q(code=text)
    nearness = Case(
        When(Q(short_name=text) | Q(name=text), then=Value(0)),
        When(Q(short_name__startswith=text) | Q(name__startswith=text), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return units.filter(said).order_by(nearness, "sort_order", "pinyin", "pk")


def below(issuer: Unit, keys: Sequence[int]) -> list[Unit]:
    """Those of these units that lie below `issuer`, in the order asked for."""
    found = Unit.objects.filter(lineage__ancestor=issuer, lineage__depth__gt=0).in_bulk(list(keys))
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def pick(issuer: Unit | None, text: str, chosen: Sequence[int], *, external: bool = False) -> Pick:
    """Units below `issuer` that can be given a duty; with `external` also those outside the system.

    An id of another unit that somebody writes into the address or the form is not looked up.
    """
    current = Unit.objects.current(clock.today())
    under = Lineage.objects.filter(ancestor=issuer, depth__gt=0).values("descendant")
    reach = Q(pk__in=under)
    if external:
        reach |= Q(kind=UnitKind.EXTERNAL)
    kept = current.filter(reach).in_bulk(list(chosen))
    rows = list(matching(current.filter(reach).exclude(pk__in=kept), text)[: SHOWN + 1])
    return Pick([kept[pk] for pk in chosen if pk in kept], rows[:SHOWN], len(rows) > SHOWN)
