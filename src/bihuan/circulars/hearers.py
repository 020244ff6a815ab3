"""Who hears that a unit's figures are to be checked, and what came of an objection."""

from collections.abc import Callable, Iterator, Sequence

from bihuan.circulars import verbs  # noqa: F401  (the verbs must be in the catalogue first)
from bihuan.circulars.models import Inquiry
from bihuan.ledger.catalogue import heard
from bihuan.ledger.models import Entry
from bihuan.org.queries.holders import holders
from bihuan.org.roles import Cap

Place = Callable[[Inquiry], int]


def _told(place: Place, cap: str) -> Callable[[Sequence[Entry]], Iterator[tuple[int, int]]]:
    """An audience: whoever holds `cap` in the unit that `place` names, the actor excepted."""

    def audience(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
        wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
        known = Inquiry.objects.select_related("circular__paper").in_bulk(list(set(wanted.values())))
        units = {pk: place(one) for pk, one in known.items()}
        people = holders(units.values(), [cap])
        for entry in entries:
            if (unit_id := units.get(wanted[entry.pk])) is not None:
                yield from ((entry.pk, one) for one in people[unit_id] if one != entry.actor_id)

    return audience


def _issuer(inquiry: Inquiry) -> int:
    paper = inquiry.circular.paper
    return int(paper.office_id or paper.issuer_id)


heard(
    "circulars.inquiry.asked",
    "circulars.inquiry.upheld",
    "circulars.inquiry.rejected",
    by=_told(lambda inquiry: inquiry.unit_id, Cap.HANDLE),
)
heard("circulars.inquiry.contested", by=_told(_issuer, Cap.ISSUE))
